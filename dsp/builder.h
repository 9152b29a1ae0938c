/* SPDX-License-Identifier: ISC */
/* The verbs that plan.c describes layers with: every call adds to the plan under construction. A
 * failure is kept, and later calls do nothing harmful. Not real-time. */
#ifndef XL_BUILDER_H
#define XL_BUILDER_H

#include "plan.h"

/** A plan under construction. `file` and the plan are borrowed; the rooms are what its lists have
 *  memory for. */
struct builder {
    struct xl_plan *plan;
    const struct xl_tensors *file; ///< may be NULL
    bool tape, failed;
    struct xlstm_error *error;
    unsigned layer; ///< the layer being described
    const struct xl_layer_config *layer_config;
    size_t layer_work; ///< of the layer so far
    size_t room_slots, room_copies, room_fields;
};

/** Keeps the first sentence as the error; later ones are dropped. */
void builder_fail(struct builder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Asks for the tensor `prefix name` of `rank` dimensions; returns where its values begin. */
size_t want_shape(struct builder *b, const char *prefix, const char *name, unsigned rank,
                  const uint64_t *shape);
#define want(b, prefix, name, rank, ...)                                                           \
    want_shape(b, prefix, name, rank, (const uint64_t[XL_MAX_RANK]){__VA_ARGS__})

/** Whether the file stores that tensor in this shape of three. */
bool has_shape(const struct builder *b, const char *prefix, const char *name, size_t first,
               size_t second, size_t third);

/** Room among the packed parameters; returns its offset. */
size_t add_packed(struct builder *b, size_t count);

/** Room in the layer's work, for each row. */
size_t add_work(struct builder *b, size_t width);

/** Room in the state for a field of that name; NULL: one that has no name. */
size_t add_state(struct builder *b, const char *name, size_t count, struct xl_field field);

/** A state vector of heads * width numbers. If the file has a tensor `initial.<name>` of the layer,
 *  the state starts from it. */
size_t add_state_vector(struct builder *b, const char *name, size_t heads, size_t width);

/** The low half of the vector added last. */
size_t add_state_low(struct builder *b, size_t width);

/** Adds a copy from the values to the packed parameters: one of any shape, and `count` numbers in a
 *  row from `from` to `to`. */
void add_copy(struct builder *b, struct xl_copy copy);
void copy_vector(struct builder *b, size_t to, size_t from, size_t count);
/** Row-major (out, in) values at `from` to a dense matrix. */
void copy_matrix(struct builder *b, const struct xl_matrix *m, size_t from);

/** Counts multiply-adds for a frame. */
void count_macs(struct builder *b, uint64_t macs);

/** Width of the blocks that a block-diagonal matrix of `heads` blocks of `size` is packed in: the
 *  fewest blocks together that fill whole vectors, or all. */
unsigned block_width(unsigned heads, unsigned size);

struct xl_matrix new_matrix(struct builder *b, unsigned blocks, unsigned in, unsigned out,
                            bool bias);
/** Outputs first … first + count of a dense matrix, as a matrix. */
struct xl_matrix matrix_part(const struct xl_matrix *m, size_t first, unsigned count);
/** `name`.weight and, if `bias`, `name`.bias into a new matrix; "" leaves the dot out. */
struct xl_matrix linear(struct builder *b, const char *prefix, const char *name, unsigned in,
                        unsigned out, bool bias);
/** One tensor whose rows belong to several matrices, one after the other. */
void stacked_linear(struct builder *b, const char *prefix, const char *name,
                    const struct xl_matrix *parts, size_t count, bool bias);
/** The reference's LinearHeadwiseExpand of `heads` blocks. */
struct xl_matrix headwise(struct builder *b, const char *prefix, const char *name, unsigned heads,
                          unsigned width, bool bias);
struct xl_conv new_conv(struct builder *b, const char *prefix, const char *name, unsigned width,
                        unsigned taps);
/** LayerNorm; the configuration says epsilon and what the weight means. */
struct xl_norm new_norm(struct builder *b, const struct xl_layer_config *config, const char *name,
                        unsigned groups, unsigned width, bool weight);

#endif
