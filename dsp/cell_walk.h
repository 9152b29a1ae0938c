/* SPDX-License-Identifier: ISC */
/* A recurrent cell on its way through the steps of a run, and what a vector of its units does in a
 * step. Shared by the walks of cell.c and cell_registers.c. */
#ifndef XL_CELL_WALK_H
#define XL_CELL_WALK_H

#include "cell.h"

#include "cell_math.h"
#include "slstm_state.h"

/** One channel at one step: where its state, output and tape lie. */
struct place {
    real *state;
    const real *x;
    real *h;
    real *sum;  ///< x + h; NULL if not wanted
    real *tape; ///< NULL outside of training
};

/** All arrays of a cell during a run. */
struct walk {
    const struct xl_cell *cell;
    const struct xl_run *run;
    const struct xl_matrix *input; ///< what `gates` lack yet, of x; NULL: nothing
    struct xl_rows x, gates, inner, h, sum, tape;
    const real *before; ///< h of the step before, channel 0
    size_t before_stride;
    size_t row; ///< first row of the step
};

/** Where channel `channel` is in the present step. */
static inline struct place place_at(const struct walk *w, size_t channel)
{
    return (struct place){
        .state = w->run->state + channel * w->run->state_stride,
        .x = xl_rows_from(w->x, w->row + channel).data,
        .h = xl_rows_from(w->h, w->row + channel).data,
        .sum = xl_rows_from(w->sum, w->row + channel).data,
        .tape = w->tape.data ? xl_rows_from(w->tape, w->row + channel).data : NULL,
    };
}

/** Goes on by a step: its h is the one before now. */
static void next_step(struct walk *w)
{
    w->before = xl_rows_from(w->h, w->row).data;
    w->before_stride = w->h.stride;
    w->row += w->run->channels;
}

/** Writes `count` vectors for the units from `unit` on to the pieces of a row of the tape. */
static inline void record(const struct xl_cell *cell, real *tape, size_t unit, size_t count,
                          const vf *values)
{
    const size_t width = cell->width, left = width - unit;
    for (size_t i = 0; i < count; i++)
        if (left < W)
            vf_store_part(tape + i * width + unit, values[i], left);
        else
            vf_store(tape + i * width + unit, values[i]);
}

/** Writes the output of the units from `unit` on. */
static inline void put_h(const struct place *at, size_t unit, vf h)
{
    vf_store(at->h + unit, h);
    if (at->sum)
        vf_store(at->sum + unit, vf_load(at->x + unit) + h);
}

/** The growth of S by the exponential forget gate, powers of two left to the state. Seldom needed,
 *  so apart from the walks, whose registers it would take. */
static __attribute__((noinline, cold)) vf exponential_growth(const struct xl_cell *cell,
                                                             real *state, size_t u, vf f)
{
    struct xl_slstm s = slstm_load(cell, state, u, 1);
    const vf growth = slstm_growth_exponential(&s, f);
    slstm_store_scale(cell, state, u, 1, &s);
    return growth;
}

/** A step of W units from unit u on, with their pre-activations i, f, z, o: state, output, tape. */
static inline __attribute__((always_inline)) void
slstm_unit(const struct xl_cell *cell, struct place at, size_t u, const vf gate[4])
{
    const bool exponential = cell->exponential_forget;
    const struct xl_slstm_gates limited = slstm_limit(cell->gate_limit, gate[0], gate[1]);
    struct xl_slstm_gates in = {limited.i, exponential ? vf_zero() : limited.f};
    vf growth = exponential ? exponential_growth(cell, at.state, u, gate[1]) : vf_zero();
    if (vf_any(slstm_beyond(vf_load(at.state + cell->m + u), in.i, in.f)))
        in = slstm_recentre_state(cell, at.state, u, 1, in);
    if (!exponential)
        growth = slstm_growth(in.f);
    struct xl_slstm s = slstm_load(cell, at.state, u, 1);
    slstm_step(&s, in.i, growth, gate[2], gate[3]);
    put_h(&at, u, s.h);
    slstm_store(cell, at.state, u, 1, &s);
    if (at.tape) {
        const vf one = vf_set(1), limit = vf_set((real)cell->gate_limit);
        const vf free_f = exponential ? one : (vf)(growth * vf_inverse(one + growth));
        const vf slope = vf_select(vf_less(limited.f, limit), free_f, -free_f);
        const vm free_i = vf_less(vf_abs(limited.i), limit);
        record(
            cell, at.tape, u, XL_SLSTM_TAPE,
            (const vf[]){vf_select(free_i, s.added, -s.added), s.kept, s.z, s.o, slope, s.c, s.n});
    }
}

/** The same of an LSTM. */
static inline __attribute__((always_inline)) void
lstm_unit(const struct xl_cell *cell, struct place at, size_t u, const vf gate[4])
{
    const vf limit = vf_set((real)cell->gate_limit);
    struct xl_lstm s = {.c = vf_load(at.state + cell->c + u)};
    lstm_step(&s, gate[0], vf_min(gate[1], limit), gate[2], gate[3]);
    put_h(&at, u, s.h);
    vf_store(at.state + cell->c + u, s.c);
    if (at.tape) {
        const vf free_f = vf_select(vf_less(gate[1], limit), s.f, -s.f);
        record(cell, at.tape, u, XL_LSTM_TAPE, (const vf[]){s.i, free_f, s.z, s.o, s.c, s.tanh_c});
    }
}

/** Walks through all steps of a run. Real-time. */
typedef void walk_function(struct walk *walk);

/** The walk that keeps the gates of this cell in registers, or NULL if there is none or if it is
 * not the best for so many channels. The bits are the same either way. */
walk_function *XL_FN(xl_walk_in_registers)(const struct xl_cell *cell, size_t channels);
#define xl_walk_in_registers XL_FN(xl_walk_in_registers)

#endif
