/* SPDX-License-Identifier: ISC */
/* Recurrent cells over time: the recurrent product of a step for all channels, then the units. */
#include "cell.h"

#include "cell_math.h"

/** One channel at one step: where its state, gates, output and tape lie. */
struct place {
    real *state;
    const real *gates, *inner;
    real *h;
    real *tape; ///< NULL outside of training
};

static void record(const struct xl_cell *cell, real *tape, size_t unit, size_t count,
                   const vf *values)
{
    for (size_t i = 0; i < count; i++)
        vf_store(tape + i * xl_pad(cell->width) + unit, values[i]);
}

static void emit(const struct xl_cell *cell, const struct place *at, size_t unit, vf h)
{
    vf_store(at->state + cell->h + unit, h);
    vf_store(at->h + unit, h);
}

static void slstm_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    real *state = at->state;
    for (size_t u = 0; u < width; u += W) {
        struct xl_slstm s = {
            .c = vf_load(state + cell->c + u),
            .n = vf_load(state + cell->n + u),
            .m = {vf_load(state + cell->m + u), vf_load(state + cell->m_low + u)},
        };
        slstm_step(&s, vf_load(at->gates + u), vf_load(at->gates + width + u),
                   vf_load(at->gates + 2 * width + u), vf_load(at->gates + 3 * width + u),
                   cell->exponential_forget);
        vf_store(state + cell->c + u, s.c);
        vf_store(state + cell->n + u, s.n);
        vf_store(state + cell->m + u, s.m.high);
        vf_store(state + cell->m_low + u, s.m.low);
        emit(cell, at, u, s.h);
        if (at->tape) {
            const vf slope =
                cell->exponential_forget ? vf_set(1) : v_sigmoid(-vf_load(at->gates + width + u));
            record(cell, at->tape, u, XL_SLSTM_TAPE,
                   (const vf[]){s.gates.i, s.gates.f, s.z, s.o, slope, s.c, s.n});
        }
    }
}

static void lstm_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    for (size_t u = 0; u < width; u += W) {
        struct xl_lstm s = {.c = vf_load(at->state + cell->c + u)};
        lstm_step(&s, vf_load(at->gates + u), vf_load(at->gates + width + u),
                  vf_load(at->gates + 2 * width + u), vf_load(at->gates + 3 * width + u));
        vf_store(at->state + cell->c + u, s.c);
        emit(cell, at, u, s.h);
        if (at->tape)
            record(cell, at->tape, u, XL_LSTM_TAPE,
                   (const vf[]){s.i, s.f, s.z, s.o, s.c, s.tanh_c});
    }
}

static void gru_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    for (size_t u = 0; u < width; u += W) {
        struct xl_gru s = {.h = vf_load(at->state + cell->h + u)};
        const vf inner = vf_load(at->inner + u);
        gru_step(&s, vf_load(at->gates + u), vf_load(at->gates + width + u),
                 vf_load(at->gates + 2 * width + u), inner);
        emit(cell, at, u, s.h);
        if (at->tape)
            record(cell, at->tape, u, XL_GRU_TAPE, (const vf[]){s.r, s.z, s.n, inner});
    }
}

/** gates += R h for every channel; the GRU's last gate goes to `inner` instead, with its bias. */
static void recur(const struct xl_cell *cell, const struct xl_run *run, struct xl_rows gates,
                  struct xl_rows inner)
{
    const size_t count = xl_cell_gates(cell->type);
    struct xl_product p = {
        .m = run->channels,
        .k = cell->block,
        .a_row = run->state_stride,
        .a_column = 1,
        .b = run->parameters + cell->recurrent,
        .c_row = gates.stride,
        .accumulate = true,
    };
    if (cell->joined) {
        p.n = p.b_row = xl_pad(count * cell->width);
        p.a = run->state + cell->h;
        p.c = gates.data;
        xl_multiply(&p);
        return;
    }
    p.n = p.b_row = xl_pad(cell->block);
    for (size_t block = 0; block < cell->blocks; block++)
        for (size_t gate = 0; gate < count; gate++) {
            const size_t unit = block * cell->block;
            const bool inside = cell->type == XL_CELL_GRU && gate == count - 1;
            p.a = run->state + cell->h + unit;
            p.c = inside ? inner.data + unit : gates.data + gate * cell->width + unit;
            p.c_row = inside ? inner.stride : gates.stride;
            p.accumulate = !inside;
            p.bias = inside ? run->parameters + cell->inner_bias + unit : NULL;
            xl_multiply(&p);
            p.b += p.k * p.b_row;
        }
}

void xl_cell_forward(const struct xl_cell *cell, const struct xl_run *run, struct xl_rows gates,
                     struct xl_rows h)
{
    const size_t padded = xl_pad(cell->width);
    const size_t tape_width = xl_cell_tape(cell->type) * padded;
    const bool gru = cell->type == XL_CELL_GRU;
    const struct xl_rows none = {0};
    const struct xl_rows inner = gru ? xl_piece(run, cell->inner, padded) : none;
    const struct xl_rows tape =
        cell->tape == XL_NONE ? none : xl_piece(run, cell->tape, tape_width);
    for (size_t row = 0; row < xl_run_rows(run); row += run->channels) {
        recur(cell, run, xl_rows_from(gates, row), xl_rows_from(inner, row));
        for (size_t channel = 0; channel < run->channels; channel++) {
            const struct place at = {
                .state = run->state + channel * run->state_stride,
                .gates = xl_rows_from(gates, row + channel).data,
                .inner = gru ? xl_rows_from(inner, row + channel).data : NULL,
                .h = xl_rows_from(h, row + channel).data,
                .tape = tape.data ? xl_rows_from(tape, row + channel).data : NULL,
            };
            if (cell->type == XL_CELL_SLSTM)
                slstm_units(cell, &at);
            else if (gru)
                gru_units(cell, &at);
            else
                lstm_units(cell, &at);
        }
    }
}
