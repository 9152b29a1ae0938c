/* SPDX-License-Identifier: ISC */
/* A path at control rate: it sees seconds at little cost and steers a fast path. */
#include "control.h"

#include "layers.h"
#include "vec.h"

/** Ends a frame of one channel: pooled columns out, sums to zero. */
static void pool(const struct xl_control_layer *layer, real *sums, real *pooled)
{
    const real count = (real)layer->frames;
    real *squares = sums + xl_pad(layer->in);
    for (size_t i = 0; i < layer->in; i++) {
        const real power = squares[i] / count + XL_CONTROL_FLOOR;
        pooled[2 * i] = sums[i] / count;
        pooled[2 * i + 1] = (real)log((double)power) / XL_CONTROL_SCALE + 1;
        sums[i] = squares[i] = 0;
    }
}

/** Sums the rows of one channel into frames. */
static void gather_frames(const struct xl_control_layer *layer, const struct xl_run *run,
                          size_t channel, size_t phase, struct xl_rows x, struct xl_rows pooled)
{
    real *sums = run->state + channel * run->state_stride + layer->sums;
    real *squares = sums + xl_pad(layer->in);
    size_t frame = 0;
    for (size_t step = 0; step < run->steps; step++) {
        const real *row = xl_rows_from(x, step * run->channels + channel).data;
        for (size_t i = 0; i < layer->in; i++) {
            sums[i] += row[i];
            squares[i] += row[i] * row[i];
        }
        if (++phase < layer->frames)
            continue;
        phase = 0;
        pool(layer, sums, xl_rows_from(pooled, frame++ * run->channels + channel).data);
    }
}

/** s of one channel for every row: from the last frame's value to this one's. */
static void glide(const struct xl_control_layer *layer, const struct xl_run *run, size_t channel,
                  size_t phase, struct xl_rows s, struct xl_rows out)
{
    real *state = run->state + channel * run->state_stride;
    real *previous = state + layer->previous, *present = state + layer->present;
    size_t frame = 0;
    for (size_t step = 0; step < run->steps; step++) {
        real *row = xl_rows_from(out, step * run->channels + channel).data;
        const real share = (real)(phase + 1) / (real)layer->frames;
        for (size_t i = 0; i < layer->out; i++)
            row[i] = previous[i] + (present[i] - previous[i]) * share;
        if (++phase < layer->frames)
            continue;
        phase = 0;
        const real *next = xl_rows_from(s, frame++ * run->channels + channel).data;
        memcpy(previous, present, layer->out * sizeof(real));
        memcpy(present, next, layer->out * sizeof(real));
    }
}

static void join(const struct xl_control_layer *layer, size_t rows, struct xl_rows x,
                 struct xl_rows s, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++) {
        real *out = y.data + row * y.stride;
        memcpy(out, x.data + row * x.stride, layer->in * sizeof(real));
        memcpy(out + layer->in, s.data + row * s.stride, layer->out * sizeof(real));
    }
}

static void steer(const struct xl_control_layer *layer, const struct xl_run *run, struct xl_rows x,
                  struct xl_rows s, struct xl_rows y)
{
    const size_t padded = xl_pad(layer->in), rows = xl_run_rows(run);
    const struct xl_rows steered = xl_piece(run, layer->steered, 2 * padded);
    xl_matrix_forward(&layer->steer, run->parameters, rows, s, steered);
    for (size_t row = 0; row < rows; row++) {
        const real *in = x.data + row * x.stride, *factor = steered.data + row * steered.stride;
        for (size_t i = 0; i < layer->in; i += W) {
            const vf v = vf_load(in + i);
            vf_store(y.data + row * y.stride + i,
                     vf_fma(v, vf_load(factor + i), v) + vf_load(factor + padded + i));
        }
    }
}

void xl_control_forward(const struct xl_layer *layer, const struct xl_run *run, struct xl_rows x,
                        struct xl_rows y)
{
    const struct xl_control_layer *control = &layer->control;
    const size_t phase = xl_control_phase(control, run);
    const size_t frames = (phase + run->steps) / control->frames;
    struct xl_rows s = xl_piece(run, control->pooled, xl_pad((size_t)2 * control->in));
    const struct xl_rows gliding = xl_piece(run, control->glide, xl_pad(control->out));
    for (size_t channel = 0; channel < run->channels; channel++)
        gather_frames(control, run, channel, phase, x, s);
    for (size_t child = 0; frames > 0 && child < control->children; child++) {
        const struct xl_run inner = xl_control_run(layer, run, child, frames);
        const struct xl_rows out = xl_control_rows(layer, run, child);
        xl_layer_forward(&layer[1 + child], &inner, s, out);
        s = out;
    }
    for (size_t channel = 0; channel < run->channels; channel++)
        glide(control, run, channel, phase, s, gliding);
    for (size_t channel = 0; channel < run->channels; channel++)
        run->state[channel * run->state_stride + control->count] =
            (real)((phase + run->steps) % control->frames);
    if (control->join)
        join(control, xl_run_rows(run), x, gliding, y);
    else
        steer(control, run, x, gliding, y);
}
