/* SPDX-License-Identifier: ISC */
/* Derivatives of the functions in dsp/vmath.h. */
#ifndef TRAIN_SLOPES_H
#define TRAIN_SLOPES_H

#include "vmath.h"

/** Of x sigmoid(x). */
static inline vf v_swish_slope(vf x)
{
    const vf s = v_sigmoid(x), one = vf_set(1);
    return s * vf_fma(x, one - s, one);
}

/** Of x times the normal distribution function of x. */
static inline vf v_gelu_slope(vf x)
{
    const vf half = vf_set((real)0.5);
    const vf density = v_exp(-half * x * x) * vf_set((real)0.39894228040143267794);
    return vf_fma(x, density, half * (vf_set(1) + v_erf(x * vf_set((real)0.70710678118654752))));
}

/** Of SELU. */
static inline vf v_selu_slope(vf x)
{
    const vf alpha = vf_set((real)1.6732632423543772848),
             scale = vf_set((real)1.0507009873554804934);
    const vf below = alpha * v_exp(vf_min(x, vf_zero()));
    return scale * vf_select(vf_less(vf_zero(), x), vf_set(1), below);
}

/** Derivative of an activation at its argument x. */
static inline vf v_activation_slope(enum xl_activation activation, vf x)
{
    const vf one = vf_set(1);
    const vf positive = vf_max(x, vf_zero());
    switch (activation) {
    case XL_TANH: {
        const vf t = v_tanh(x);
        return one - t * t;
    }
    case XL_SIGMOID: {
        const vf s = v_sigmoid(x);
        return s * (one - s);
    }
    case XL_SWISH:
        return v_swish_slope(x);
    case XL_GELU:
        return v_gelu_slope(x);
    case XL_RELU:
        return vf_select(vf_less(vf_zero(), x), one, vf_zero());
    case XL_RELU2:
        return positive + positive;
    case XL_SELU:
        return v_selu_slope(x);
    case XL_IDENTITY:
        break;
    }
    return one;
}

#endif
