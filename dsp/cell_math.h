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

/** a + x as Kahan sums: what `high` lost goes to `low`. Exact where |x| is small against |a|. */
static inline struct xl_pair pair_add(struct xl_pair a, vf x)
{
    const vf s = a.low + x;
    const vf high = a.high + s;
    return (struct xl_pair){high, s - (high - a.high)};
}

/** Takes the stabiliser m on to max(i, l), l = m + log f, and returns i - l. Where they are all but
 *  equal either may count as the larger one. */
static inline vf stabilise(struct xl_pair *m, vf i, vf log_f)
{
    const struct xl_pair l = pair_add(*m, log_f);
    const vm newer = vf_less(l.high, i);
    m->high = vf_select(newer, i, l.high);
    m->low = vf_select(newer, vf_zero(), l.low);
    return (i - l.high) - l.low;
}

/** Stabilised gates i' = exp(i - m), f' = exp(l - m). One of them is 1, so that a single
 * exponential serves both. */
struct XL_FN(xl_gates) {
    vf i, f;
};
#define xl_gates XL_FN(xl_gates)

/** From ahead = i - l, as stabilise() gives it. */
static inline struct xl_gates stabilised_gates(vf ahead)
{
    const vf one = vf_set(1), smaller = v_exp_minus_abs(ahead);
    const vm newer = vf_less(vf_zero(), ahead);
    return (struct xl_gates){vf_select(newer, one, smaller), vf_select(newer, smaller, one)};
}

/** State of an sLSTM unit, and of what its step computed on the way. */
struct XL_FN(xl_slstm) {
    vf c, n, h;
    struct xl_pair m;
    struct xl_gates gates;
    vf z, o, decay; ///< decay: exp(-|f|), or 0 for the exponential gate
};
#define xl_slstm XL_FN(xl_slstm)

/** Beyond this difference of their logarithms the lesser of old and new state is lost in rounding.
 */
#define XL_GATE_RANGE ((real)35)

/** With w = i' / f' = exp(i - l) the output needs neither m nor the logarithm of f:
 *      h = o (c + w z) / (n + w),    w = exp(i - m - min(f, 0)) (1 + exp(-|f|)),
 *  and what it does need, the next step's R h waits for. The state then follows beside it: divided
 *  by w where the new part is the larger one. */
static inline void slstm_step(struct xl_slstm *s, vf i, vf f, vf z, vf o, bool exponential_forget)
{
    const vf one = vf_set(1);
    const vf decay = exponential_forget ? vf_zero() : v_exp_minus_abs(f);
    const vf whole = exponential_forget ? f : vf_min(f, vf_zero());
    const vf ahead = vf_clamp((i - s->m.high) - (s->m.low + whole), XL_GATE_RANGE);
    const vf e = v_exp_within(ahead);
    const vf w = vf_fma(e, decay, e);
    const struct xl_quotient tz = v_tanh_quotient(z), so = v_sigmoid_quotient(o);
    s->decay = decay;
    s->z = tz.n * vf_inverse(tz.d);
    const vf c = vf_fma(w, s->z, s->c), n = s->n + w;
    s->h = so.n * c * vf_inverse(vf_fma(w, so.d, s->n * so.d));
    s->o = so.n * vf_inverse(so.d);

    const vm newer = vf_less(one, w);
    s->gates.f = vf_select(newer, vf_inverse(w), one);
    s->gates.i = vf_select(newer, one, w);
    s->c = c * s->gates.f;
    s->n = n * s->gates.f;
    const vf log_f = whole - v_log1p_unit(decay);
    const struct xl_pair l = pair_add(s->m, log_f);
    s->m.high = vf_select(newer, i, l.high);
    s->m.low = vf_select(newer, vf_zero(), l.low);
}

/** Derivative of log sigmoid(f), which is sigmoid(-f), after a step. */
static inline vf slstm_slope(const struct xl_slstm *s, vf f)
{
    const vf larger = vf_inverse(vf_set(1) + s->decay);
    return vf_select(vf_less(f, vf_zero()), larger, s->decay * larger);
}

/** The LSTM of Hochreiter and Schmidhuber with forget gate. */
struct XL_FN(xl_lstm) {
    vf c, h;
    vf i, f, z, o, tanh_c;
};
#define xl_lstm XL_FN(xl_lstm)

/** One step: new c and h, and the activations on the way, from the four pre-activations. */
static inline void lstm_step(struct xl_lstm *s, vf i, vf f, vf z, vf o)
{
    const struct xl_quotient si = v_sigmoid_quotient(i), sf = v_sigmoid_quotient(f);
    const struct xl_quotient tz = v_tanh_quotient(z), so = v_sigmoid_quotient(o);
    const vf per_new = vf_inverse(si.d * tz.d);
    s->f = sf.n * vf_inverse(sf.d);
    s->c = vf_fma(s->f, s->c, si.n * tz.n * per_new);
    const struct xl_quotient tc = v_tanh_quotient(s->c);
    const vf per_out = vf_inverse(so.d * tc.d);
    s->h = so.n * tc.n * per_out;
    s->i = si.n * tz.d * per_new;
    s->z = tz.n * si.d * per_new;
    s->o = so.n * tc.d * per_out;
    s->tanh_c = tc.n * so.d * per_out;
}

/** The GRU as PyTorch and Keras (reset_after) define it: `inner` is R_n h + b inside the reset. */
struct XL_FN(xl_gru) {
    vf h;
    vf r, z, n;
};
#define xl_gru XL_FN(xl_gru)

/** One step: new h from the pre-activations. */
static inline void gru_step(struct xl_gru *s, vf r, vf z, vf n, vf inner)
{
    s->r = v_sigmoid(r);
    s->z = v_sigmoid(z);
    s->n = v_tanh(vf_fma(s->r, inner, n));
    s->h = vf_fma(s->z, s->h - s->n, s->n);
}

#endif
