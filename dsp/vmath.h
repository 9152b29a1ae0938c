/* SPDX-License-Identifier: ISC */
/* Elementary functions on vectors (specification 2), finite for every argument, NaN included where
 * a vector unit decides it. Vector forms stay within 1e-6, relative or absolute, of the exact value
 * (tests/test_vmath.c); the scalar forms call libm. Polynomials were fitted by weighted least
 * squares to the smallest largest error on the interval that each comment gives. */
#ifndef XL_VMATH_H
#define XL_VMATH_H

#include "vec.h"

#if defined(XL_SCALAR)

/** Beyond these, exp leaves the range of float; the double build keeps the same ends. */
#define XL_EXP_MIN (-87.0)
#define XL_EXP_MAX 88.0

static inline vf v_exp(vf x)
{
    return (real)exp(fmin(fmax(x, sizeof(real) == sizeof(float) ? XL_EXP_MIN : -700.0),
                          sizeof(real) == sizeof(float) ? XL_EXP_MAX : 700.0));
}
static inline vf v_tanh(vf x)
{
    return (real)tanh(x);
}
/** log(1 + e) for e in [0, 1]. */
static inline vf v_log1p_unit(vf e)
{
    return (real)log1p(e);
}
static inline vf v_erf(vf x)
{
    return (real)erf(x);
}

#else

static inline vf v_exp(vf x)
{
    x = vf_min(vf_max(x, vf_set(-87.0F)), vf_set(88.0F));
    const vf n = vf_round(x * vf_set(1.44269504F));
    /* ln 2 in two parts, so that n ln 2 is exact to twice the precision */
    vf r = vf_fma(n, vf_set(-0.693359375F), x);
    r = vf_fma(n, vf_set(2.12194440e-4F), r);
    /* 1 + r + r^2 P(r) on |r| <= ln(2) / 2, relative error 3e-9 */
    vf p = vf_set(1.381460195e-03F);
    p = vf_fma(p, r, vf_set(8.368715208e-03F));
    p = vf_fma(p, r, vf_set(4.166838789e-02F));
    p = vf_fma(p, r, vf_set(1.666652065e-01F));
    p = vf_fma(p, r, vf_set(4.999999345e-01F));
    return vf_scale(vf_fma(r * r, p, r + vf_set(1)), n);
}

static inline vf v_tanh(vf x)
{
    /* x P(x^2) / Q(x^2) on [-9, 9], relative error 2e-8; 1 - tanh(9) is 3e-8 */
    x = vf_min(vf_max(x, vf_set(-9.0F)), vf_set(9.0F));
    const vf s = x * x;
    vf p = vf_set(1.335448633e-08F);
    p = vf_fma(p, s, vf_set(2.060895149e-05F));
    p = vf_fma(p, s, vf_set(3.495580075e-03F));
    p = vf_fma(p, s, vf_set(1.338101886e-01F));
    p = vf_fma(p, s, vf_set(9.999999795e-01F));
    vf q = vf_set(7.776485171e-07F);
    q = vf_fma(q, s, vf_set(3.285621701e-04F));
    q = vf_fma(q, s, vf_set(2.587695154e-02F));
    q = vf_fma(q, s, vf_set(4.671433446e-01F));
    q = vf_fma(q, s, vf_set(1));
    return x * p / q;
}

/** log(1 + e) for e in [0, 1], relative error 3e-8. */
static inline vf v_log1p_unit(vf e)
{
    vf p = vf_set(5.232691394e-03F);
    p = vf_fma(p, e, vf_set(-2.950522727e-02F));
    p = vf_fma(p, e, vf_set(7.822593313e-02F));
    p = vf_fma(p, e, vf_set(-1.366324420e-01F));
    p = vf_fma(p, e, vf_set(1.910600601e-01F));
    p = vf_fma(p, e, vf_set(-2.484298202e-01F));
    p = vf_fma(p, e, vf_set(3.331909678e-01F));
    p = vf_fma(p, e, vf_set(-4.999949314e-01F));
    p = vf_fma(p, e, vf_set(9.999999699e-01F));
    return p * e;
}

static inline vf v_erf(vf x)
{
    /* 1 - exp(-a P(a)), a = |x| up to 4.2, where erf is 1 to 3e-9; absolute error 2e-8 */
    const vf a = vf_min(vf_abs(x), vf_set(4.2F));
    vf p = vf_set(3.144018908e-05F);
    p = vf_fma(p, a, vf_set(-3.088024170e-04F));
    p = vf_fma(p, a, vf_set(1.032402457e-03F));
    p = vf_fma(p, a, vf_set(5.369320013e-04F));
    p = vf_fma(p, a, vf_set(-1.958395902e-02F));
    p = vf_fma(p, a, vf_set(1.029196127e-01F));
    p = vf_fma(p, a, vf_set(6.365977336e-01F));
    p = vf_fma(p, a, vf_set(1.128380251e+00F));
    const vf e = vf_set(1) - v_exp(-a * p);
    return vf_select(vf_less(x, vf_zero()), -e, e);
}

#endif

static inline vf v_sigmoid(vf x)
{
    return vf_fma(v_tanh(x * vf_set((real)0.5)), vf_set((real)0.5), vf_set((real)0.5));
}

/** min(x, 0) - log1p(exp(-|x|)): exact also where sigmoid(x) rounds to 1. */
static inline vf v_log_sigmoid(vf x)
{
    return vf_min(x, vf_zero()) - v_log1p_unit(v_exp(-vf_abs(x)));
}

static inline vf v_swish(vf x)
{
    return x * v_sigmoid(x);
}

static inline vf v_gelu(vf x)
{
    return vf_set((real)0.5) * x * (vf_set(1) + v_erf(x * vf_set((real)0.70710678118654752)));
}

static inline vf v_selu(vf x)
{
    const vf alpha = vf_set((real)1.6732632423543772848),
             scale = vf_set((real)1.0507009873554804934);
    const vf below = alpha * (v_exp(vf_min(x, vf_zero())) - vf_set(1));
    return scale * vf_select(vf_less(vf_zero(), x), x, below);
}

static inline vf v_activation(enum xl_activation activation, vf x)
{
    const vf positive = vf_max(x, vf_zero());
    switch (activation) {
    case XL_TANH:
        return v_tanh(x);
    case XL_SIGMOID:
        return v_sigmoid(x);
    case XL_SWISH:
        return v_swish(x);
    case XL_GELU:
        return v_gelu(x);
    case XL_RELU:
        return positive;
    case XL_RELU2:
        return positive * positive;
    case XL_SELU:
        return v_selu(x);
    case XL_IDENTITY:
        break;
    }
    return x;
}

/** c tanh(x / c) */
static inline vf v_soft_cap(vf x, real cap)
{
    return vf_set(cap) * v_tanh(x / vf_set(cap));
}

#endif
