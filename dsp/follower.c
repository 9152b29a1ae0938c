/* SPDX-License-Identifier: ISC */
/* The follower: the sLSTM's normaliser alone, in its logarithm (specification 4, 3: n and m).
 * With L = log(n) + m the update n' = f n + exp(i) is L' = i + softplus(L + log f - i), which no
 * input can overflow. */
#include "layers.h"

#include "vmath.h"

/** One channel at one step, from its gates. `tape`: NULL outside of training. */
static void units(const struct xl_follower_layer *layer, const real *gates, const real *before,
                  real *h, real *tape)
{
    const size_t padded = xl_pad(layer->width);
    const vf scale = vf_set(XL_LOG_SCALE), one = vf_set(1);
    for (size_t u = 0; u < layer->width; u += W) {
        const vf i = vf_load(gates + u), f = vf_load(gates + padded + u);
        const vf ahead = vf_fma(scale, vf_load(before + u), v_log_sigmoid(f)) - i;
        const vf softplus = vf_max(ahead, vf_zero()) + v_log1p_unit(v_exp_minus_abs(ahead));
        vf_store(h + u, (i + softplus) / scale);
        if (tape) {
            vf_store(tape + u, v_sigmoid(ahead));
            vf_store(tape + padded + u, one - v_sigmoid(f));
        }
    }
}

void xl_follower_forward(const struct xl_follower_layer *layer, const struct xl_run *run,
                         struct xl_rows x, struct xl_rows y)
{
    const size_t padded = xl_pad(layer->width);
    const struct xl_rows gates = xl_piece(run, layer->gates, 2 * padded);
    const struct xl_rows tape =
        layer->tape == XL_NONE ? (struct xl_rows){0} : xl_piece(run, layer->tape, 2 * padded);
    struct xl_rows before = {run->state + layer->h, run->state_stride};
    xl_matrix_forward(&layer->input, run->parameters, xl_run_rows(run), x, gates);
    for (size_t row = 0; row < xl_run_rows(run); row += run->channels) {
        xl_matrix_add(&layer->recurrent, run->parameters, run->channels, before,
                      xl_rows_from(gates, row));
        for (size_t c = 0; c < run->channels; c++)
            units(layer, xl_rows_from(gates, row + c).data, xl_rows_from(before, c).data,
                  xl_rows_from(y, row + c).data, xl_rows_from(tape, row + c).data);
        before = xl_rows_from(y, row);
    }
    for (size_t c = 0; c < run->channels && run->steps > 0; c++)
        memcpy(run->state + c * run->state_stride + layer->h, xl_rows_from(before, c).data,
               padded * sizeof(real));
}
