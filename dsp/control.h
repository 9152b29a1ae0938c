/* SPDX-License-Identifier: ISC */
/* Where the frames of a path at control rate lie within a run. */
#ifndef XL_CONTROL_H
#define XL_CONTROL_H

#include "run.h"
#include "vec.h"

/** Added to a column's mean square before the logarithm. */
#define XL_CONTROL_FLOOR ((real)1e-9)

/** Largest logarithm of a gain, of either sign: 43 dB. */
#define XL_CONTROL_GAIN_LIMIT ((real)5)

/** Rows of the present frame that came before this run. */
static inline size_t xl_control_phase(const struct xl_control_layer *layer,
                                      const struct xl_run *run)
{
    return (size_t)run->state[layer->count];
}

/** The columns of `rows` that the path sees: with newest frames and knobs last, those. */
static inline struct xl_rows xl_control_watched(const struct xl_control_layer *layer,
                                                struct xl_rows rows)
{
    return xl_columns_from(rows, layer->in - layer->levels - layer->held);
}

/** What the path sees: a row for each frame and channel. */
static inline struct xl_rows xl_control_pooled(const struct xl_control_layer *layer,
                                               const struct xl_run *run)
{
    return xl_piece(run, layer->pooled, xl_pad(xl_control_seen(layer->levels, layer->held)));
}

/** The run of the path's layer `child` (0 …) over `steps` frames. */
static inline struct xl_run xl_control_run(const struct xl_layer *layer, const struct xl_run *run,
                                           size_t child, size_t steps)
{
    struct xl_run inner = *run;
    inner.steps = steps;
    inner.work += (layer->control.layer_work + layer[1 + child].work_before) * xl_run_rows(run);
    return inner;
}

/** to[0 … count) = from[0 … count), and no more. */
static inline void xl_control_copy(const real *from, real *to, size_t count)
{
    for (size_t i = 0; i < count; i += W)
        if (count - i < W)
            vf_store_part(to + i, vf_load_part(from + i, count - i), count - i);
        else
            vf_store(to + i, vf_load(from + i));
}

/** Output rows of the path's layer `child`, one for each frame and channel. */
static inline struct xl_rows xl_control_rows(const struct xl_layer *layer, const struct xl_run *run,
                                             size_t child)
{
    const struct xl_control_layer *control = &layer->control;
    return (struct xl_rows){run->work +
                                (control->rows + child * control->row_width) * xl_run_rows(run),
                            xl_pad(layer[1 + child].out)};
}

#endif
