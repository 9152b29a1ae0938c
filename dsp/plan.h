/* SPDX-License-Identifier: ISC */
/* From a configuration to layers: which tensors a model needs, where each number goes in the packed
 * parameters, what a channel's state holds and how much work memory a run takes.
 *
 * Three forms of the same weights:
 *   tensors  as a file stores them, one `slot` for each name
 *   values   the tensors' elements one after the other, in slot order; what a trainer updates
 *   packed   what the kernels read; every element is a sum of values (and a constant)
 * `copies` is that map, and, read backwards, the one from packed gradients to gradients of values.
 */
#ifndef XL_PLAN_H
#define XL_PLAN_H

#include "config.h"

/** A tensor that the model needs. */
struct xl_slot {
    char name[XL_NAME_BYTES];
    unsigned rank;
    uint64_t shape[XL_MAX_RANK];
    size_t offset, count; ///< in the values
};

/** packed[to + i*to_step[0] + j*to_step[1] + k*to_step[2]] += values[from + …] + add */
struct xl_copy {
    size_t count[3];
    size_t to, to_step[3];
    size_t from, from_step[3];
    double add;
};

/** The same copy with its dimensions of one element first, so that inner loops are long. */
static inline struct xl_copy xl_copy_ones_first(struct xl_copy copy)
{
    while (copy.count[2] == 1 && copy.count[0] * copy.count[1] > 1)
        copy = (struct xl_copy){
            .count = {1, copy.count[0], copy.count[1]},
            .to = copy.to,
            .to_step = {0, copy.to_step[0], copy.to_step[1]},
            .from = copy.from,
            .from_step = {0, copy.from_step[0], copy.from_step[1]},
            .add = copy.add,
        };
    return copy;
}

/** A named part of the state: an array of shape count[0] x count[1] x count[2] (specification 11).
 */
struct xl_field {
    unsigned layer; ///< index among the plan's layers
    const char *name;
    size_t offset, count[3], step[3];
    size_t low;     ///< offset of what extends it to twice the precision, or XL_NONE
    size_t initial; ///< where the values hold the state to start from, or XL_NONE: zeros
};

/** A model without its numbers. Owns its lists. */
struct xl_plan {
    bool audio;
    unsigned inputs, outputs;
    unsigned frames, knob_count; ///< the input vector: frames * inputs numbers, then the knobs
    unsigned prewarm;
    size_t window;           ///< state: the last frames - 1 inputs, oldest first
    struct xl_matrix direct; ///< from the input vector to the output; blocks 0: none

    struct xl_layer *layers; ///< children follow their layer: step by xl_layer_span()
    size_t layer_count;
    size_t last; ///< index of the last outer layer
    struct xl_slot *slots;
    size_t slot_count;
    struct xl_copy *copies;
    size_t copy_count;
    struct xl_field *fields;
    size_t field_count;

    size_t values, packed, state; ///< sizes in numbers; `state` is a multiple of XL_PAD
    size_t row_width;             ///< widest row between layers, padded
    size_t layer_work;            ///< largest work of a layer, for each row
    uint64_t macs;                ///< multiply-adds for a frame
};

/** Width of the input vector. */
static inline unsigned xl_plan_features(const struct xl_plan *plan)
{
    return plan->frames * plan->inputs + plan->knob_count;
}

/** Makes a plan. `file` decides between stored layouts and tells which optional tensors exist; NULL
 *  means the reference's first layout and none. `tape` makes room for what training keeps. Not
 *  real-time. On failure nothing is left to free. */
bool xl_plan_build(struct xl_plan *plan, const struct xl_config *config,
                   const struct xl_tensors *file, bool tape, struct xlstm_error *error);

/** Frees the lists; a zeroed plan is fine. */
void xl_plan_free(struct xl_plan *plan);

/** The slot of that name, or NULL. */
const struct xl_slot *xl_plan_slot(const struct xl_plan *plan, const char *name);

/** Checks that `file` has every tensor in the right shape, of floating type and finite. */
bool xl_plan_check(const struct xl_plan *plan, const struct xl_tensors *file,
                   struct xlstm_error *error);

#endif
