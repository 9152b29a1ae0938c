/* SPDX-License-Identifier: ISC */
/* The sLSTM (specification 4) on one vector of units, in a form that needs no logarithm.
 *
 * In the specification what is stored, c and n, fades by the forget gate. Only c / n is heard, so
 * here it stays as it is, and what is new grows against it:
 *      S <- S / sigmoid(f) = S (1 + exp(-f)),    w = S exp(i),    c <- c + w z,    n <- n + w,
 *      h = sigmoid(o) c / n.
 * After each step c, n and S are scaled, without rounding, by the power of two that brings n to
 * 1 … 2. A slow gate changes S by less than its rounding (specification 15), and that of c and n
 * would be heard as noise, so each is a sum of two numbers; an exponent of two keeps S in range.
 * The specification's m is -log(S). */
#ifndef XL_SLSTM_MATH_H
#define XL_SLSTM_MATH_H

#include "vmath.h"

#define XL_LOG2_E ((real)1.4426950408889634)

/** ln(2) in two parts; whole multiples of the first are exact. */
#define XL_LN2_HIGH ((real)0.693359375)
#define XL_LN2_LOW ((real)-2.12194440054690583e-4)

/** State of a unit, and what its step computed on the way. S = (scale + scale_low) 2^exponent.
 *  Before a run at rest scale is 0 and exponent the m of the specification. */
struct XL_FN(xl_slstm) {
    vf c, c_low, n, n_low, h;
    vf exponent, scale, scale_low;
    vf kept, added; ///< c = kept c + added z, likewise n
    vf z, o;
};
#define xl_slstm XL_FN(xl_slstm)

/** What numbers of each precision need. Rounding loses what is 2^RANGE times smaller, and the 1 of
 *  1 + exp(-FORGET). */
#define XL_SLSTM_RANGE ((real)(sizeof(real) == sizeof(float) ? 24 : 54))
#define XL_SLSTM_FORGET ((real)(sizeof(real) == sizeof(float) ? -18 : -38))

/** What a state at rest starts with. A unit that has stored nothing takes its scale from the first
 *  i: so small an S lets that one be larger than any. */
static inline void slstm_wake(struct xl_slstm *s)
{
    const vm rest = vf_equal(s->scale, vf_zero());
    const vf m = s->exponent, whole = v_round(m * vf_set(-XL_LOG2_E));
    const vf empty = vf_set(1 << 20);
    const vf exponent = vf_select(vf_equal(s->n, vf_zero()), empty, whole);
    s->exponent = vf_select(rest, exponent, s->exponent);
    s->scale = vf_select(rest, v_exp2_within(vf_fma(m, vf_set(-XL_LOG2_E), -whole)), s->scale);
}

/** Where a step would leave the range of numbers: exp(i) 2^exponent must be within 2^-RANGE …
 *  2^RANGE, and f at least FORGET. */
static inline vm slstm_beyond(vf exponent, vf i, vf f)
{
    const vf ahead = vf_fma(i, vf_set(XL_LOG2_E), exponent);
    return vf_either(vf_less(vf_set(XL_SLSTM_RANGE), vf_abs(ahead)),
                     vf_less(f, vf_set(XL_SLSTM_FORGET)));
}

/** Gates i and f of a step. */
struct XL_FN(xl_slstm_gates) {
    vf i, f;
};
#define xl_slstm_gates XL_FN(xl_slstm_gates)

/** The gates within the limit of a layer (struct xl_cell). */
static inline struct xl_slstm_gates slstm_limit(double limit, vf i, vf f)
{
    return (struct xl_slstm_gates){vf_clamp(i, (real)limit), vf_min(f, vf_set((real)limit))};
}

/** Brings a step to that range, where it is beyond: `exponent` takes that of scale and what is
 *  forgotten beyond FORGET. Where the new part is so large that rounding loses the old one, only i
 *  counts; where it is so small that it is lost, i need not be smaller still. */
static inline struct xl_slstm_gates slstm_recentre(struct xl_slstm *s, vf i, vf f)
{
    const vf range = vf_set(XL_SLSTM_RANGE), log2_e = vf_set(XL_LOG2_E);
    const vm beyond = slstm_beyond(s->exponent, i, f);
    const vf excess = vf_max(vf_set(XL_SLSTM_FORGET) - f, vf_zero());
    const vf steps = v_round(excess * log2_e);
    const vf exponent = s->exponent + (vf_exponent(s->scale) + steps);
    const vf unit = vf_select(beyond, vf_unit(s->scale), vf_set(1));
    f = vf_fma(steps, vf_set(XL_LN2_LOW), vf_fma(steps, vf_set(XL_LN2_HIGH), f));
    s->exponent = vf_select(beyond, exponent, s->exponent);
    s->scale = s->scale * unit;
    s->scale_low = s->scale_low * unit;
    const vf log2_i = i * log2_e, ahead = s->exponent + log2_i;
    const vf least = vf_set(-4) * range;
    const vm all = vf_less(range, ahead), none = vf_less(ahead, least);
    i = vf_select(none, (least - s->exponent) * vf_set(XL_LN2_HIGH + XL_LN2_LOW), i);
    s->exponent = vf_select(all, -v_round(log2_i), s->exponent);
    s->scale = vf_select(all, v_exp2_within(range), s->scale);
    s->scale_low = vf_select(all, vf_zero(), s->scale_low);
    return (struct xl_slstm_gates){i, f};
}

/** exp(-f) - 1 for the exponential forget gate, whose powers of two, and those of scale, go to
 *  `exponent`: it may well let S shrink for ever. */
static inline vf slstm_growth_exponential(struct xl_slstm *s, vf f)
{
    const vf steps = v_round(f * vf_set(-XL_LOG2_E)), unit = vf_unit(s->scale);
    vf rest = vf_fma(steps, vf_set(-XL_LN2_HIGH), -f);
    rest = vf_fma(steps, vf_set(-XL_LN2_LOW), rest);
    s->exponent = s->exponent + (steps + vf_exponent(s->scale));
    s->scale = s->scale * unit;
    s->scale_low = s->scale_low * unit;
    return v_expm1_within(rest);
}

/** sum + low gets `more`: what rounding takes from sum goes to low (Kahan). */
static inline void slstm_add(vf *sum, vf *low, vf more)
{
    const vf before = *sum;
    *sum = before + more;
    *low = more - (*sum - before);
}

/** exp(-f), by which a step of the sigmoid's forget gate adds to S; f within range. */
static inline vf slstm_growth(vf f)
{
    return v_exp_minus_within(vf_min(f, vf_set((real)XL_EXP_LIMIT)));
}

/** A step within range, S growing by growth S. */
static inline __attribute__((always_inline)) void slstm_step(struct xl_slstm *s, vf i, vf growth,
                                                             vf z, vf o)
{
    slstm_add(&s->scale, &s->scale_low, vf_fma(s->scale, growth, s->scale_low));
    const vf w = v_exp2_within(vf_fma(i, vf_set(XL_LOG2_E), s->exponent)) * s->scale;
    const struct xl_quotient tz = v_tanh_quotient(z), so = v_sigmoid_quotient(o);
    s->z = tz.n * vf_inverse(tz.d);
    s->o = so.n * vf_inverse(so.d);
    slstm_add(&s->c, &s->c_low, vf_fma(w, s->z, s->c_low));
    slstm_add(&s->n, &s->n_low, w + s->n_low);
    s->h = so.n * s->c * vf_inverse(s->n * so.d);

    s->kept = vf_unit(s->n);
    s->added = w * s->kept;
    s->c = s->c * s->kept;
    s->c_low = s->c_low * s->kept;
    s->n = s->n * s->kept;
    s->n_low = s->n_low * s->kept;
    s->scale = s->scale * s->kept;
    s->scale_low = s->scale_low * s->kept;
}

#endif
