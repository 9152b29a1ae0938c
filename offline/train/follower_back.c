/* SPDX-License-Identifier: ISC */
/* Back-propagation through time of the follower. */
#include "back.h"

#include "vec.h"

/** From dh to the gates, and to h of the step before along the normaliser itself. */
static void units_back(const struct xl_follower_layer *layer, const real *tape, const real *dh,
                       real *dgates, real *dbefore)
{
    const size_t padded = xl_pad(layer->width);
    const vf unit = vf_set((real)1 / XL_LOG_SCALE);
    for (size_t u = 0; u < padded; u += W) {
        const vf d = vf_load(dh + u), old = d * vf_load(tape + u);
        vf_store(dgates + u, (d - old) * unit);
        vf_store(dgates + padded + u, old * vf_load(tape + padded + u) * unit);
        vf_store(dbefore + u, old);
    }
    for (size_t u = layer->width; u < padded; u++) /* the product takes padding for columns */
        dgates[u] = dgates[padded + u] = dbefore[u] = 0;
}

void xl_follower_back(const struct xl_follower_layer *layer, const struct xl_back *back,
                      struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t padded = xl_pad(layer->width), channels = run->channels;
    const struct xl_rows tape = xl_piece(run, layer->tape, 2 * padded);
    const struct xl_rows dgates = xl_dpiece(back, layer->gates, 2 * padded);
    const struct xl_rows dstate = {back->dstate + layer->h, run->state_stride};
    const struct xl_rows start = {run->state + layer->h, run->state_stride};
    struct xl_run step = *run;
    struct xl_back step_back = *back;
    step.steps = 1;
    step_back.run = &step;
    for (size_t row = xl_run_rows(run); row > 0;) {
        row -= channels;
        xl_add(layer->width, channels, dstate, xl_rows_from(dy, row));
        for (size_t c = 0; c < channels; c++)
            units_back(layer, xl_rows_from(tape, row + c).data, xl_rows_from(dy, row + c).data,
                       xl_rows_from(dgates, row + c).data, xl_rows_from(dstate, c).data);
        xl_matrix_back(&layer->recurrent, &step_back, row ? xl_rows_from(y, row - channels) : start,
                       xl_rows_from(dgates, row), dstate, true);
    }
    xl_matrix_back(&layer->input, back, x, dgates, dx, false);
}
