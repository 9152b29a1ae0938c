/* SPDX-License-Identifier: ISC */
/* Gradient through a path at control rate, of the frames that lie in this run. */
#include "back.h"

#include "control.h"
#include "vec.h"

/** The run's frames of a layer. */
struct frames {
    const struct xl_control_layer *layer;
    const struct xl_back *back;
    size_t phase, count;
};

static struct xl_rows join_back(const struct xl_control_layer *layer, const struct xl_back *back,
                                struct xl_rows dy, struct xl_rows dx)
{
    xl_copy_rows(layer->in, xl_run_rows(back->run), dy, dx);
    return xl_columns_from(dy, layer->in);
}

static struct xl_rows steer_back(const struct xl_control_layer *layer, const struct xl_back *back,
                                 struct xl_rows x, struct xl_rows dy, struct xl_rows dx)
{
    const size_t padded = xl_pad(layer->in), rows = xl_run_rows(back->run);
    const struct xl_rows s = xl_piece(back->run, layer->glide, xl_pad(layer->out));
    const struct xl_rows ds = xl_dpiece(back, layer->glide, xl_pad(layer->out));
    const struct xl_rows steered = xl_piece(back->run, layer->steered, 2 * padded);
    const struct xl_rows dsteered = xl_dpiece(back, layer->steered, 2 * padded);
    for (size_t row = 0; row < rows; row++) {
        const real *factor = steered.data + row * steered.stride;
        real *dfactor = dsteered.data + row * dsteered.stride;
        for (size_t i = 0; i < layer->in; i += W) {
            const vf d = vf_load(dy.data + row * dy.stride + i);
            vf_store(dfactor + i, d * vf_load(x.data + row * x.stride + i));
            vf_store(dfactor + padded + i, d);
            vf_store(dx.data + row * dx.stride + i, vf_fma(d, vf_load(factor + i), d));
        }
        /* the product takes the padding for further columns */
        memset(dfactor + layer->in, 0, (padded - layer->in) * sizeof(real));
        memset(dfactor + padded + layer->in, 0, (padded - layer->in) * sizeof(real));
    }
    xl_matrix_back(&layer->steer, back, s, dsteered, ds, false);
    return ds;
}

/** Adds `d` times `weight` to the gradient of frame `frame`'s s, if it lies in this run. */
static void give(const struct frames *f, struct xl_rows ds, ptrdiff_t frame, size_t channel,
                 const real *d, real weight)
{
    if (frame < 0)
        return;
    real *to = xl_rows_from(ds, (size_t)frame * f->back->run->channels + channel).data;
    for (size_t i = 0; i < f->layer->out; i++)
        to[i] += weight * d[i];
}

/** From the gliding s back to the frames between which it glides. */
static void glide_back(const struct frames *f, struct xl_rows dglide, struct xl_rows ds)
{
    const struct xl_run *run = f->back->run;
    const size_t length = f->layer->frames;
    for (size_t row = 0; row < f->count * run->channels; row++)
        memset(xl_rows_from(ds, row).data, 0, ds.stride * sizeof(real));
    for (size_t step = 0; step < run->steps; step++) {
        const ptrdiff_t present = (ptrdiff_t)((f->phase + step) / length) - 1;
        const real share = (real)((f->phase + step) % length + 1) / (real)length;
        for (size_t channel = 0; channel < run->channels; channel++) {
            const real *d = xl_rows_from(dglide, step * run->channels + channel).data;
            give(f, ds, present, channel, d, share);
            give(f, ds, present - 1, channel, d, 1 - share);
        }
    }
}

/** Turns the gradient of the pooled frames into one for each of their rows: of the row itself, and
 *  factor of the row. */
static void spread_frames(const struct frames *f, struct xl_rows pooled, struct xl_rows dpooled)
{
    const real length = (real)f->layer->frames;
    for (size_t at = 0; at < f->count * f->back->run->channels; at++) {
        const real *p = xl_rows_from(pooled, at).data;
        real *d = xl_rows_from(dpooled, at).data;
        for (size_t i = 0; i < f->layer->in; i++) {
            const real power = (real)exp((double)((p[2 * i + 1] - 1) * XL_CONTROL_SCALE));
            d[2 * i] /= length;
            d[2 * i + 1] *= 2 / (power * length * XL_CONTROL_SCALE);
        }
    }
}

/** dx += the gradient of the pooled frames. */
static void pool_back(const struct frames *f, struct xl_rows pooled, struct xl_rows dpooled,
                      struct xl_rows x, struct xl_rows dx)
{
    const struct xl_run *run = f->back->run;
    const size_t channels = run->channels;
    spread_frames(f, pooled, dpooled);
    for (size_t row = 0; row < xl_run_rows(run); row++) {
        const size_t frame = (f->phase + row / channels) / f->layer->frames;
        if (frame >= f->count)
            break;
        const real *d = xl_rows_from(dpooled, frame * channels + row % channels).data;
        const real *in = xl_rows_from(x, row).data;
        real *to = xl_rows_from(dx, row).data;
        for (size_t i = 0; i < f->layer->in; i++)
            to[i] += d[2 * i] + d[2 * i + 1] * in[i];
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
    const struct xl_rows pooled = xl_piece(run, control->pooled, xl_pad((size_t)2 * control->in));
    const struct xl_rows ds = {back->dwork +
                                   (control->rows + last * control->row_width) * xl_run_rows(run),
                               xl_pad(control->out)};
    (void)y;
    const struct xl_rows dglide =
        control->join ? join_back(control, back, dy, dx) : steer_back(control, back, x, dy, dx);
    if (f.count == 0)
        return;
    glide_back(&f, dglide, ds);
    pool_back(&f, pooled, layers_back(layer, &f, pooled, ds), x, dx);
}
