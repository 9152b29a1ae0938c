/* SPDX-License-Identifier: ISC */
/* Elementary functions on vectors (specification 2), finite for every finite argument. Vector forms
 * stay within 1e-6, relative or absolute, of the exact value (tests/test_vmath.c); the scalar forms
 * call libm. Polynomials were fitted by weighted least squares to the smallest largest error on the
 * interval that each comment gives. */
#ifndef XL_VMATH_H
#define XL_VMATH_H

#include "vec.h"

/** numerator / denominator; the denominator is at least 1. A cell that needs several functions can
 *  so divide once. */
struct XL_FN(xl_quotient) {
    vf n, d;
};
#define xl_quotient XL_FN(xl_quotient)

#if defined(XL_SCALAR)

/** Beyond these, exp leaves the range of float; the double build has wider ends. */
#define XL_EXP_LIMIT (sizeof(real) == sizeof(float) ? 87.0 : 700.0)

/** e^x and e^-x, for |x| up to XL_EXP_LIMIT; tanh and sigmoid as quotients. */
static inline vf v_exp_within(vf x)
{
    return (real)exp(x);
}
static inline vf v_exp_minus_within(vf x)
{
    return (real)exp(-x);
}
static inline struct xl_quotient v_tanh_quotient(vf x)
{
    return (struct xl_quotient){(real)tanh(x), 1};
}
static inline struct xl_quotient v_sigmoid_quotient(vf x)
{
    return (struct xl_quotient){(real)(1 / (1 + exp(-x))), 1};
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

#define XL_EXP_LIMIT 87.0F

#if defined(__AVX512F__)

/** e^x, or e^-x if `minus`, for |x| <= 87, relative error 4e-7: the exponent is n ln 2 + r with n
 *  a multiple of 1/32, and 1 + r + r^2 / 2 on |r| <= ln(2) / 64, relative error 2.1e-7. */
static inline vf exp_within(vf x, bool minus)
{
    static const real POWERS[32] = {
        /* 2^(k / 32) */
        1.0F,         1.021897149F, 1.044273782F, 1.067140401F, 1.090507733F, 1.114386743F,
        1.138788635F, 1.163724859F, 1.189207115F, 1.215247360F, 1.241857812F, 1.269050957F,
        1.296839555F, 1.325236643F, 1.354255547F, 1.383909882F, 1.414213562F, 1.445180807F,
        1.476826146F, 1.509164428F, 1.542210825F, 1.575980845F, 1.610490332F, 1.645755478F,
        1.681792831F, 1.718619298F, 1.756252160F, 1.794709050F, 1.834008086F, 1.874167635F,
        1.915206561F, 1.957144124F,
    };
    const real sign = minus ? -1 : 1;
    const vf shift = vf_set(393216.0F); /* 1.5 * 2^18: its last bit is worth 1/32 */
    const vf bits = vf_fma(x, vf_set(sign * 1.44269504F), shift);
    const vf n = bits - shift;
    const vf r = vf_fma(n, vf_set(sign * -0.693147182F), x); /* with the sign of x */
    const vf power = vf_scale_from(POWERS, bits, n);
    return vf_fma(power * r, vf_fma(r, vf_set(4.999853384e-01F), vf_set(sign)), power);
}

#else

/** e^x, or e^-x if `minus`, for |x| <= 87: the exponent is n ln 2 + r, and 1 + r + r^2 P(r) on
 *  |r| <= ln(2) / 2, relative error 1.1e-7. */
static inline vf exp_within(vf x, bool minus)
{
    const real sign = minus ? -1 : 1;
    const vf shift = vf_set(12582912.0F); /* 1.5 * 2^23: its last bit is worth 1 */
    const vf bits = vf_fma(x, vf_set(sign * 1.44269504F), shift);
    const vf n = bits - shift;
    /* Without fused products ln 2 comes in two parts, the first of which makes n ln 2 exact. */
    vf r = vf_fma(n, vf_set(sign * (XL_FUSED ? -0.693147182F : -0.693359375F)), x);
    if (!XL_FUSED)
        r = vf_fma(n, vf_set(sign * 2.12194440e-4F), r);
    const vf s = r * r; /* r has the sign of x */
    const vf low = vf_fma(vf_set(sign * 1.666711461e-01F), r, vf_set(4.999923156e-01F));
    const vf high = vf_fma(vf_set(sign * 8.312521347e-03F), r, vf_set(4.189014655e-02F));
    const vf power = vf_power_of_two(bits);
    return vf_fma(vf_fma(s, vf_fma(s, high, low), vf_set(sign) * r), power, power);
}

#endif

/** e^x and e^-x, for |x| up to XL_EXP_LIMIT. */
static inline vf v_exp_within(vf x)
{
    return exp_within(x, false);
}
static inline vf v_exp_minus_within(vf x)
{
    return exp_within(x, true);
}

/** x P(x^2) / Q(x^2) on [-8, 8], relative error 2.2e-7; 1 - tanh(8) is 2.3e-7. */
static inline struct xl_quotient v_tanh_quotient(vf x)
{
    x = vf_clamp(x, 8);
    const vf s = x * x, s2 = s * s;
    const vf p_low = vf_fma(vf_set(1.271230998e-01F), s, vf_set(9.999997850e-01F));
    const vf p_high = vf_fma(vf_set(7.162497031e-06F), s, vf_set(2.696408799e-03F));
    const vf q_low = vf_fma(vf_set(4.604547141e-01F), s, vf_set(1));
    const vf q_high = vf_fma(vf_set(1.967451086e-04F), s, vf_set(2.285029656e-02F));
    const vf p = vf_fma(s2, vf_fma(s2, vf_set(-6.142296007e-09F), p_high), p_low);
    return (struct xl_quotient){x * p, vf_fma(s2, q_high, q_low)};
}

#if defined(__AVX512F__)

/** 1 / (1 + e^-x), of the nearest x in -30 … 30. */
static inline struct xl_quotient v_sigmoid_quotient(vf x)
{
    return (struct xl_quotient){vf_set(1), vf_set(1) + v_exp_minus_within(vf_clamp(x, 30))};
}

#else

/** 1 / (1 + e^-x). */
static inline struct xl_quotient v_sigmoid_quotient(vf x)
{
    /* (1 + tanh(x / 2)) / 2 */
    const struct xl_quotient t = v_tanh_quotient(x * vf_set(0.5F));
    return (struct xl_quotient){t.d + t.n, t.d + t.d};
}

#endif

/** log(1 + e) for e in [0, 1], relative error 2.2e-7. */
static inline vf v_log1p_unit(vf e)
{
    vf p = vf_set(-8.778953015e-03F);
    p = vf_fma(p, e, vf_set(4.498663311e-02F));
    p = vf_fma(p, e, vf_set(-1.090228980e-01F));
    p = vf_fma(p, e, vf_set(1.784720735e-01F));
    p = vf_fma(p, e, vf_set(-2.453686586e-01F));
    p = vf_fma(p, e, vf_set(3.328406376e-01F));
    p = vf_fma(p, e, vf_set(-4.999818035e-01F));
    return vf_fma(e * e, p, e);
}

/** The error function. */
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
    const vf e = vf_set(1) - v_exp_within(-a * p);
    return vf_select(vf_less(x, vf_zero()), -e, e);
}

#endif

/** e^x, of the nearest x in -87 … 87. */
static inline vf v_exp(vf x)
{
    return v_exp_within(vf_clamp(x, (real)XL_EXP_LIMIT));
}

/** e^-|x| */
static inline vf v_exp_minus_abs(vf x)
{
    return v_exp_within(vf_minus_abs(x, (real)XL_EXP_LIMIT));
}

/** Hyperbolic tangent. */
static inline vf v_tanh(vf x)
{
    const struct xl_quotient t = v_tanh_quotient(x);
    return t.n * vf_inverse(t.d);
}

/** 1 / (1 + e^-x). */
static inline vf v_sigmoid(vf x)
{
    const struct xl_quotient s = v_sigmoid_quotient(x);
    return s.n * vf_inverse(s.d);
}

/** min(x, 0) - log1p(exp(-|x|)): exact also where sigmoid(x) rounds to 1. */
static inline vf v_log_sigmoid(vf x)
{
    return vf_min(x, vf_zero()) - v_log1p_unit(v_exp_minus_abs(x));
}

/** x sigmoid(x), where the sigmoid has to be right relative to itself. */
static inline vf v_swish(vf x)
{
    const real end = (real)XL_EXP_LIMIT; /* beyond it, x sigmoid(x) is 0 or x */
    const vf factor = vf_inverse(vf_set(1) + v_exp_minus_within(vf_clamp(x, end)));
    return vf_max(x, vf_set(-end)) * factor;
}

/** x times the normal distribution function of x. */
static inline vf v_gelu(vf x)
{
    return vf_set((real)0.5) * x * (vf_set(1) + v_erf(x * vf_set((real)0.70710678118654752)));
}

/** x above 0, alpha (e^x - 1) below, times a scale (Klambauer et al. 2017). */
static inline vf v_selu(vf x)
{
    const vf alpha = vf_set((real)1.6732632423543772848),
             scale = vf_set((real)1.0507009873554804934);
    const vf below = alpha * (v_exp(vf_min(x, vf_zero())) - vf_set(1));
    return scale * vf_select(vf_less(vf_zero(), x), x, below);
}

/** Any activation. */
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
