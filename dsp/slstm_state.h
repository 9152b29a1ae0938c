/* SPDX-License-Identifier: ISC */
/* Units of the sLSTM in the state of a run. A vector of them begins at number `u` of each part of
 * the state; numbers lie `step` apart: 1 where a vector holds units, W where it holds channels. */
#ifndef XL_SLSTM_STATE_H
#define XL_SLSTM_STATE_H

#include "layer.h"

#include "slstm_math.h"

static inline struct xl_slstm slstm_load(const struct xl_cell *cell, const real *state, size_t u,
                                         size_t step)
{
    return (struct xl_slstm){
        .c = vf_load(state + (cell->c + u) * step),
        .c_low = vf_load(state + (cell->c_low + u) * step),
        .n = vf_load(state + (cell->n + u) * step),
        .n_low = vf_load(state + (cell->n_low + u) * step),
        .exponent = vf_load(state + (cell->m + u) * step),
        .scale = vf_load(state + (cell->scale + u) * step),
        .scale_low = vf_load(state + (cell->scale_low + u) * step),
    };
}

/** Stores S alone. */
static inline void slstm_store_scale(const struct xl_cell *cell, real *state, size_t u, size_t step,
                                     const struct xl_slstm *s)
{
    vf_store(state + (cell->m + u) * step, s->exponent);
    vf_store(state + (cell->scale + u) * step, s->scale);
    vf_store(state + (cell->scale_low + u) * step, s->scale_low);
}

/** Stores all that a step leaves, but for h. */
static inline void slstm_store(const struct xl_cell *cell, real *state, size_t u, size_t step,
                               const struct xl_slstm *s)
{
    vf_store(state + (cell->c + u) * step, s->c);
    vf_store(state + (cell->n + u) * step, s->n);
    vf_store(state + (cell->c_low + u) * step, s->c_low);
    vf_store(state + (cell->n_low + u) * step, s->n_low);
    slstm_store_scale(cell, state, u, step, s);
}

/** Gives a state at rest the scale that it starts with. */
static inline void slstm_wake_state(const struct xl_cell *cell, real *state, size_t u, size_t step)
{
    struct xl_slstm s = slstm_load(cell, state, u, step);
    slstm_wake(&s);
    slstm_store_scale(cell, state, u, step, &s);
}

/** Brings a state to range. Seldom needed, so apart from the walks, whose registers it would take.
 */
static __attribute__((noinline, cold)) struct xl_slstm_gates
slstm_recentre_state(const struct xl_cell *cell, real *state, size_t u, size_t step,
                     struct xl_slstm_gates in)
{
    struct xl_slstm s = slstm_load(cell, state, u, step);
    in = slstm_recentre(&s, in.i, in.f);
    slstm_store_scale(cell, state, u, step, &s);
    return in;
}

#endif
