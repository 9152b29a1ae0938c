/* SPDX-License-Identifier: ISC */
/* The compute code of one instruction set and precision, behind one table. */
#ifndef XL_ENGINE_H
#define XL_ENGINE_H

#include "plan.h"

/** A run of a whole model over `steps` frames of `channels` channels. All numbers are of the
 *  engine's type: float, or double for `xl_engine_f64`. */
struct xl_call {
    const void *parameters;
    void *state;        ///< images of plan->state numbers, one for each channel
    void *work;         ///< xl_engine_work() numbers
    bool keep;          ///< for training: every layer keeps its output and its work
    const float *knobs; ///< of channel 0
    size_t knob_stride; ///< from one channel's knobs to the next's; 0: shared
    size_t steps, channels;
    const void *const *in; ///< for each channel, steps x inputs
    void *const *out;      ///< for each channel, steps x outputs; may be `in`
};

/** What the code of one instruction set offers. Constant, shared by all threads. */
struct xl_engine {
    enum xlstm_isa isa;
    const char *name;
    size_t real_bytes;
    /** Elements of the tensors, one slot after the other. Not real-time. */
    void (*gather)(const struct xl_plan *plan, const struct xl_tensors *file, void *values);
    /** Values to packed parameters. Not for the audio thread. */
    void (*pack)(const struct xl_plan *plan, const void *values, void *packed);
    /** The state that a stream starts from. Not for the audio thread. */
    void (*rest)(const struct xl_plan *plan, const void *values, void *state);
    /** Real-time. */
    void (*forward)(const struct xl_plan *plan, const struct xl_call *call);
};

/** Where a call over `rows` = steps * channels has the output rows of a layer, in its work. The
 *  input vectors lie at 0. Unless kept, outputs take turns in two places. */
static inline size_t xl_output_at(const struct xl_plan *plan, size_t layer, size_t rows, bool keep)
{
    const size_t ordinal = plan->layers[layer].ordinal;
    return (1 + (keep ? ordinal : ordinal % 2)) * plan->row_width * rows;
}

/** Where it has the work of a layer. */
static inline size_t xl_work_at(const struct xl_plan *plan, size_t layer, size_t rows, bool keep)
{
    return keep ? ((1 + plan->layer_count) * plan->row_width + plan->layers[layer].work_before) *
                      rows
                : 3 * plan->row_width * rows;
}

/** Numbers of work that the call needs. */
static inline size_t xl_engine_work(const struct xl_plan *plan, size_t rows, bool keep)
{
    return xl_work_at(plan, plan->last, rows, keep) +
           (keep ? plan->layers[plan->last].work : plan->layer_work) * rows + XL_PAD;
}

/** The engine of an instruction set, NULL if this build or this CPU lacks it. */
const struct xl_engine *xl_engine_find(enum xlstm_isa isa);

/** The engines; those of other CPUs are declared only. xl_engine_find() chooses. */
extern const struct xl_engine xl_engine_generic, xl_engine_sse2, xl_engine_avx2, xl_engine_avx512,
    xl_engine_neon;
extern const struct xl_engine xl_engine_f64; ///< for tests and gradient checks

#endif
