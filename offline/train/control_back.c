/* SPDX-License-Identifier: ISC */
/* Gradient through a path at control rate, of the frames that lie in this run. */
#include "back.h"

#include "control.h"
#include "vec.h"

#include <math.h>
#include <string.h>

/** The run's frames of a layer. */
struct frames {
    const struct xl_control_layer *layer;
    const struct xl_back *back;
    size_t phase, count;
};

/** From dq of each frame to ds, through q = [exp(G s) - 1, s]. */
static void q_back(const struct frames *f, struct xl_rows s, struct xl_rows dq, struct xl_rows ds)
{
    const struct xl_control_layer *layer = f->layer;
    const struct xl_run *run = f->back->run;
    const size_t padded = xl_pad(layer->in);
    const struct xl_rows q = xl_piece(run, layer->q, dq.stride);
    const struct xl_rows logarithm = xl_piece(run, layer->logarithm, padded);
    const struct xl_rows dlog = xl_dpiece(f->back, layer->logarithm, padded);
    struct xl_run inner = *run;
    struct xl_back back = *f->back;
    inner.steps = f->count;
    back.run = &inner;
    for (size_t row = 0; row < f->count * run->channels; row++) {
        const real *d = xl_rows_from(dq, row).data, *log = xl_rows_from(logarithm, row).data;
        const real *gain = xl_rows_from(q, row).data;
        real *to = xl_rows_from(dlog, row).data;
        memset(to, 0, padded * sizeof(real));
        for (size_t i = 0; i < layer->in; i++)
            to[i] = fabs(log[i]) < XL_CONTROL_GAIN_LIMIT ? d[i] * (gain[i] + 1) : 0;
        memcpy(xl_rows_from(ds, row).data, d + layer->in, layer->out * sizeof(real));
    }
    xl_matrix_back(&layer->gain, &back, s, dlog, ds, true);
}

/** Adds d times `weight` to a vector of the gradient of frame `frame`'s q, if it lies in this run.
 */
static inline void give(const struct frames *f, struct xl_rows dq, ptrdiff_t frame, size_t channel,
                        size_t at, vf d, real weight)
{
    if (frame < 0)
        return;
    real *to = xl_rows_from(dq, (size_t)frame * f->back->run->channels + channel).data + at;
    vf_store(to, vf_load(to) + d * vf_set(weight));
}

/** From dy to dx along y = [x (1 + q), s], unless its data is NULL, and to q and s of the frames
 *  between which they glide. */
static void steer_back(const struct frames *f, struct xl_rows x, struct xl_rows dy,
                       struct xl_rows dx, struct xl_rows dq)
{
    const struct xl_run *run = f->back->run;
    const struct xl_rows glide = xl_piece(run, f->layer->glide, dq.stride);
    const size_t length = f->layer->frames, in = f->layer->in, width = in + f->layer->out;
    real lanes[W];
    for (size_t lane = 0; lane < W; lane++)
        lanes[lane] = (real)lane;
    for (size_t row = 0; row < xl_run_rows(run); row++) {
        const size_t at = f->phase + row / run->channels, channel = row % run->channels;
        const ptrdiff_t present = (ptrdiff_t)(at / length) - 1;
        const real share = (real)(at % length + 1) / (real)length;
        for (size_t i = 0; i < width; i += W) {
            const vf d = vf_load(xl_rows_from(dy, row).data + i);
            vf by = vf_set(1);
            if (i < in) {
                const vm steered = vf_less(vf_load(lanes), vf_set((real)(in - i)));
                const vf q = vf_load(xl_rows_from(glide, row).data + i);
                by = vf_select(steered, vf_load(xl_rows_from(x, row).data + i), by);
                if (dx.data)
                    vf_store(xl_rows_from(dx, row).data + i, d + d * q);
            }
            give(f, dq, present, channel, i, d * by, share);
            give(f, dq, present - 1, channel, i, d * by, 1 - share);
        }
    }
}

/** What a pooled logarithm was taken of. */
static real power_of(real logarithm)
{
    return (real)exp((double)(logarithm * XL_LOG_SCALE + XL_LOG_SILENCE));
}

/** Turns the gradient of the levels of frames into factors: one for the value of each row, and one
 *  for that of the row with the peak. */
static void spread_frames(const struct frames *f, struct xl_rows pooled, struct xl_rows dpooled)
{
    const real length = (real)f->layer->frames;
    for (size_t at = 0; at < f->count * f->back->run->channels; at++)
        for (size_t i = 0; i < f->layer->levels; i++) {
            const real *p = xl_rows_from(pooled, at).data + XL_POOLED * i;
            real *d = xl_rows_from(dpooled, at).data + XL_POOLED * i;
            d[XL_POOLED_POWER] *= 2 / (power_of(p[XL_POOLED_POWER]) * length * XL_LOG_SCALE);
            d[XL_POOLED_PEAK] *= 2 / (power_of(p[XL_POOLED_PEAK]) * XL_LOG_SCALE);
        }
}

/** The row, from `first` on, that holds the peak of a column. */
static size_t peak_row(const struct frames *f, struct xl_rows x, size_t first, size_t last,
                       size_t column)
{
    size_t peak = first;
    for (size_t row = first; row < last; row += f->back->run->channels)
        if (fabs(xl_rows_from(x, row).data[column]) > fabs(xl_rows_from(x, peak).data[column]))
            peak = row;
    return peak;
}

/** dx += the gradient of the levels of one frame, whose rows in this run are first … last. */
static void levels_back(const struct frames *f, const real *d, struct xl_rows x, struct xl_rows dx,
                        size_t first, size_t last)
{
    for (size_t i = 0; i < f->layer->levels; i++) {
        const real *column = d + XL_POOLED * i;
        const size_t peak = peak_row(f, x, first, last, i);
        for (size_t row = first; row < last; row += f->back->run->channels)
            xl_rows_from(dx, row).data[i] += column[XL_POOLED_POWER] * xl_rows_from(x, row).data[i];
        xl_rows_from(dx, peak).data[i] += column[XL_POOLED_PEAK] * xl_rows_from(x, peak).data[i];
    }
}

/** dx += the gradient of what is held, in the newest row of a frame. */
static void held_back(const struct xl_control_layer *layer, const real *d, real *dx)
{
    for (size_t i = 0; i < layer->held; i++)
        dx[layer->levels + i] += d[XL_POOLED * layer->levels + i];
}

/** dx += the gradient of the pooled frames. */
static void pool_back(const struct frames *f, struct xl_rows pooled, struct xl_rows dpooled,
                      struct xl_rows x, struct xl_rows dx)
{
    const size_t channels = f->back->run->channels, length = f->layer->frames;
    spread_frames(f, pooled, dpooled);
    for (size_t frame = 0; frame < f->count; frame++) {
        const size_t first = frame ? frame * length - f->phase : 0;
        const size_t last = (frame + 1) * length - f->phase;
        for (size_t c = 0; c < channels; c++) {
            const real *d = xl_rows_from(dpooled, frame * channels + c).data;
            levels_back(f, d, x, dx, first * channels + c, last * channels);
            held_back(f->layer, d, xl_rows_from(dx, (last - 1) * channels + c).data);
        }
    }
}

/** Runs the path's layers in reverse; returns the gradient of the pooled rows. */
static struct xl_rows layers_back(const struct xl_layer *layer, const struct frames *f,
                                  struct xl_rows pooled, struct xl_rows ds)
{
    const struct xl_control_layer *control = f->layer;
    const struct xl_run *run = f->back->run;
    for (size_t child = control->children; child-- > 0;) {
        const struct xl_run inner = xl_control_run(layer, run, child, f->count);
        struct xl_back back = *f->back;
        back.run = &inner;
        back.dwork += (control->layer_work + layer[1 + child].work_before) * xl_run_rows(run);
        const struct xl_rows x = child ? xl_control_rows(layer, run, child - 1) : pooled;
        struct xl_rows dx = xl_dpiece(f->back, control->pooled, pooled.stride);
        if (child) {
            dx.data = f->back->dwork +
                      (control->rows + (child - 1) * control->row_width) * xl_run_rows(run);
            dx.stride = x.stride;
        }
        xl_layer_back(&layer[1 + child], &back, x, xl_control_rows(layer, run, child), ds, dx);
        ds = dx;
    }
    return ds;
}

void xl_control_back(const struct xl_layer *layer, const struct xl_back *back, struct xl_rows x,
                     struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_control_layer *control = &layer->control;
    const struct xl_run *run = back->run;
    const size_t phase = xl_control_phase(control, run), last = control->children - 1;
    const struct frames f = {control, back, phase, (phase + run->steps) / control->frames};
    const size_t width = xl_pad(control->in + control->out);
    const struct xl_rows pooled = xl_control_pooled(control, run);
    const struct xl_rows dq = xl_dpiece(back, control->q, width);
    const struct xl_rows ds = {back->dwork +
                                   (control->rows + last * control->row_width) * xl_run_rows(run),
                               xl_pad(control->out)};
    (void)y;
    memset(dq.data, 0, f.count * run->channels * width * sizeof(real));
    steer_back(&f, x, dy, dx, dq);
    if (f.count == 0)
        return;
    q_back(&f, xl_control_rows(layer, run, last), dq, ds);
    const struct xl_rows dpooled = layers_back(layer, &f, pooled, ds);
    if (dx.data)
        pool_back(&f, pooled, dpooled, xl_control_watched(control, x),
                  xl_control_watched(control, dx));
}
