/* SPDX-License-Identifier: ISC */
/* The pointwise equations of the recurrent cells on one vector of units: the one definition that
 * plugin, renderer and trainer share. No memory, no loops. */
#ifndef XL_CELL_MATH_H
#define XL_CELL_MATH_H

#include "vmath.h"

/** A number in twice the precision: high + low. Slow forget gates change the stabiliser by less
 *  than its own rounding (specification 15), so it is kept as such a pair. */
struct XL_FN(xl_pair) {
    vf high, low;
};
#define xl_pair XL_FN(xl_pair)

/** a + x, where |x| is small against |a| or they cancel exactly (Knuth's two-sum). */
static inline struct xl_pair pair_add(struct xl_pair a, vf x)
{
    const vf s = a.low + x;
    const vf high = a.high + s;
    const vf back = high - a.high;
    return (struct xl_pair){high, (a.high - (high - back)) + (s - back)};
}

/** Stabilised gates: exp(i - m) and exp(l - m) for m = max(i, l), l = m_before + log f. One of them
 *  is 1, so that a single exponential serves both. */
struct XL_FN(xl_gates) {
    vf i, f;
    struct xl_pair m;
};
#define xl_gates XL_FN(xl_gates)

/** `first` marks units that have stored nothing yet: their m starts at i (specification 4, 3). */
static inline struct xl_gates stabilise(vf i, vf log_f, struct xl_pair m, vm first)
{
    const vf one = vf_set(1);
    const struct xl_pair l = pair_add(m, log_f);
    const vf ahead = (i - l.high) - l.low;
    const vf smaller = v_exp(-vf_abs(ahead));
    const vm newer = vf_less(vf_zero(), ahead);
    struct xl_gates g = {
        .i = vf_select(first, one, vf_select(newer, one, smaller)),
        .f = vf_select(newer, smaller, one),
        .m = {vf_select(newer, i, l.high), vf_select(newer, vf_zero(), l.low)},
    };
    g.m.high = vf_select(first, i, g.m.high);
    g.m.low = vf_select(first, vf_zero(), g.m.low);
    return g;
}

/** State of an sLSTM unit, and of what its step computed on the way. */
struct XL_FN(xl_slstm) {
    vf c, n, h;
    struct xl_pair m;
    struct xl_gates gates;
    vf z, o;
};
#define xl_slstm XL_FN(xl_slstm)

static inline void slstm_step(struct xl_slstm *s, vf i, vf f, vf z, vf o, bool exponential_forget)
{
    const vf log_f = exponential_forget ? f : v_log_sigmoid(f);
    s->gates = stabilise(i, log_f, s->m, vf_equal(s->n, vf_zero()));
    s->m = s->gates.m;
    s->z = v_tanh(z);
    s->o = v_sigmoid(o);
    s->c = vf_fma(s->gates.f, s->c, s->gates.i * s->z);
    s->n = vf_fma(s->gates.f, s->n, s->gates.i);
    s->h = s->o * s->c / s->n;
}

/** The LSTM of Hochreiter and Schmidhuber with forget gate. */
struct XL_FN(xl_lstm) {
    vf c, h;
    vf i, f, z, o, tanh_c;
};
#define xl_lstm XL_FN(xl_lstm)

static inline void lstm_step(struct xl_lstm *s, vf i, vf f, vf z, vf o)
{
    s->i = v_sigmoid(i);
    s->f = v_sigmoid(f);
    s->z = v_tanh(z);
    s->o = v_sigmoid(o);
    s->c = vf_fma(s->f, s->c, s->i * s->z);
    s->tanh_c = v_tanh(s->c);
    s->h = s->o * s->tanh_c;
}

/** The GRU as PyTorch and Keras (reset_after) define it: `inner` is R_n h + b inside the reset. */
struct XL_FN(xl_gru) {
    vf h;
    vf r, z, n;
};
#define xl_gru XL_FN(xl_gru)

static inline void gru_step(struct xl_gru *s, vf r, vf z, vf n, vf inner)
{
    s->r = v_sigmoid(r);
    s->z = v_sigmoid(z);
    s->n = v_tanh(vf_fma(s->r, inner, n));
    s->h = vf_fma(s->z, s->h - s->n, s->n);
}

#endif
