/* SPDX-License-Identifier: ISC */
/* One run of a layer or a model over a stretch of frames: the arrays that layer.h speaks of. */
#ifndef XL_RUN_H
#define XL_RUN_H

#include "isa.h"
#include "layer.h"

#include "kernels.h"

/** Louder inputs (+24 dBFS) are clipped: no model was trained on such, and none should have to
 *  forget it. */
#define XL_INPUT_CLIP ((real)16)

/** Larger inputs (+60 dBFS) are no audio. */
#define XL_INPUT_LIMIT ((real)1000)

/** Arrays are borrowed; `work` is that of the layer which runs. */
struct XL_FN(xl_run) {
    const real *parameters;
    real *state;         ///< image of channel 0
    size_t state_stride; ///< from one channel's image to the next
    real *work;          ///< the layer's work
    size_t steps, channels;
};
#define xl_run XL_FN(xl_run)

/** Rows of the run. */
static inline size_t xl_run_rows(const struct xl_run *run)
{
    return run->steps * run->channels;
}

/** The rows of a work piece whose rows hold `width` numbers, a multiple of XL_PAD. */
static inline struct xl_rows xl_piece(const struct xl_run *run, size_t offset, size_t width)
{
    return (struct xl_rows){run->work + offset * xl_run_rows(run), width};
}

/** The same rows from step `step` on. */
static inline struct xl_rows xl_rows_from(struct xl_rows rows, size_t row)
{
    return (struct xl_rows){rows.data ? rows.data + row * rows.stride : NULL, rows.stride};
}

/** The same rows from column `column` on. */
static inline struct xl_rows xl_columns_from(struct xl_rows rows, size_t column)
{
    return (struct xl_rows){rows.data + column, rows.stride};
}

#endif
