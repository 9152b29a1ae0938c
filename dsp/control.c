/* SPDX-License-Identifier: ISC */
/* A path at control rate: it sees seconds at little cost and steers a fast path. */
#include "control.h"

#include "layers.h"
#include "vmath.h"

/** Of a power, between about 0 for silence and 2 for full scale. */
static real logarithm(real power)
{
    return ((real)log((double)(power + XL_CONTROL_FLOOR)) - XL_LOG_SILENCE) / XL_LOG_SCALE;
}

/** Ends a frame of one channel, whose newest row is `row`: what the path sees of it out, levels to
 *  zero. */
static void pool(const struct xl_control_layer *layer, const real *row, real *squares, real *pooled)
{
    real *peaks = squares + xl_pad(layer->levels);
    for (size_t i = 0; i < layer->levels; i++) {
        real *column = pooled + XL_POOLED * i;
        column[XL_POOLED_POWER] = logarithm(squares[i] / (real)layer->frames);
        column[XL_POOLED_PEAK] = logarithm(peaks[i]);
        squares[i] = peaks[i] = 0;
    }
    for (size_t i = 0; i < layer->held; i++)
        pooled[XL_POOLED * layer->levels + i] = row[layer->levels + i];
}

/** Pools the watched columns of one channel into frames. */
static void gather_frames(const struct xl_control_layer *layer, const struct xl_run *run,
                          size_t channel, size_t phase, struct xl_rows x, struct xl_rows pooled)
{
    real *squares = run->state + channel * run->state_stride + layer->squares;
    real *peaks = squares + xl_pad(layer->levels);
    size_t frame = 0;
    for (size_t step = 0; step < run->steps; step++) {
        const real *row = xl_rows_from(x, step * run->channels + channel).data;
        for (size_t i = 0; i < layer->levels; i++) {
            squares[i] += row[i] * row[i];
            peaks[i] = row[i] * row[i] > peaks[i] ? row[i] * row[i] : peaks[i];
        }
        if (++phase < layer->frames)
            continue;
        phase = 0;
        pool(layer, row, squares, xl_rows_from(pooled, frame++ * run->channels + channel).data);
    }
}

/** q = [exp(G s) - 1, s] of each frame. */
static void make_q(const struct xl_control_layer *layer, const struct xl_run *run, size_t rows,
                   struct xl_rows s, struct xl_rows q)
{
    const struct xl_rows logarithm = xl_piece(run, layer->logarithm, xl_pad(layer->in));
    xl_matrix_forward(&layer->gain, run->parameters, rows, s, logarithm);
    for (size_t row = 0; row < rows; row++) {
        const real *from = xl_rows_from(logarithm, row).data;
        real *to = xl_rows_from(q, row).data;
        for (size_t i = 0; i < layer->in; i += W) {
            const vf gain = v_exp(vf_clamp(vf_load(from + i), XL_CONTROL_GAIN_LIMIT));
            vf_store(to + i, gain - vf_set(1));
        }
        memcpy(to + layer->in, xl_rows_from(s, row).data, layer->out * sizeof(real));
    }
}

/** q of one channel for every row: from the last frame's value to this one's. */
static void glide(const struct xl_control_layer *layer, const struct xl_run *run, size_t channel,
                  size_t phase, struct xl_rows q, struct xl_rows out)
{
    const size_t width = layer->in + layer->out;
    real *state = run->state + channel * run->state_stride;
    real *previous = state + layer->previous, *present = state + layer->present;
    size_t frame = 0;
    for (size_t step = 0; step < run->steps; step++) {
        real *row = xl_rows_from(out, step * run->channels + channel).data;
        const real share = (real)(phase + 1) / (real)layer->frames;
        for (size_t i = 0; i < width; i += W) {
            const vf from = vf_load(previous + i);
            vf_store(row + i, from + (vf_load(present + i) - from) * vf_set(share));
        }
        if (++phase < layer->frames)
            continue;
        phase = 0;
        const real *next = xl_rows_from(q, frame++ * run->channels + channel).data;
        memcpy(previous, present, width * sizeof(real));
        memcpy(present, next, width * sizeof(real));
    }
}

/** y = [x (1 + q), s]. */
static void steer(const struct xl_control_layer *layer, size_t rows, struct xl_rows x,
                  struct xl_rows q, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++) {
        const real *in = xl_rows_from(x, row).data, *by = xl_rows_from(q, row).data;
        real *out = xl_rows_from(y, row).data;
        for (size_t i = 0; i < layer->in; i += W) {
            const vf wide = vf_load(in + i);
            vf_store(out + i, wide + wide * vf_load(by + i));
        }
        xl_control_copy(by + layer->in, out + layer->in, layer->out);
    }
}

void xl_control_forward(const struct xl_layer *layer, const struct xl_run *run, struct xl_rows x,
                        struct xl_rows y)
{
    const struct xl_control_layer *control = &layer->control;
    const size_t phase = xl_control_phase(control, run), width = control->in + control->out;
    const size_t frames = (phase + run->steps) / control->frames;
    struct xl_rows s = xl_control_pooled(control, run);
    const struct xl_rows q = xl_piece(run, control->q, xl_pad(width));
    const struct xl_rows gliding = xl_piece(run, control->glide, xl_pad(width));
    for (size_t channel = 0; channel < run->channels; channel++)
        gather_frames(control, run, channel, phase, xl_control_watched(control, x), s);
    for (size_t child = 0; frames > 0 && child < control->children; child++) {
        const struct xl_run inner = xl_control_run(layer, run, child, frames);
        const struct xl_rows out = xl_control_rows(layer, run, child);
        xl_layer_forward(&layer[1 + child], &inner, s, out);
        s = out;
    }
    make_q(control, run, frames * run->channels, s, q);
    for (size_t channel = 0; channel < run->channels; channel++) {
        glide(control, run, channel, phase, q, gliding);
        run->state[channel * run->state_stride + control->count] =
            (real)((phase + run->steps) % control->frames);
    }
    steer(control, xl_run_rows(run), x, gliding, y);
}
