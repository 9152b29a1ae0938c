/* SPDX-License-Identifier: ISC */
#include "vmath_probe.h"

#include "vmath.h"

static vf apply(enum vmath_function function, vf x)
{
    switch (function) {
    case VMATH_EXP:
        return v_exp(x);
    case VMATH_EXP_MINUS_ABS:
        return v_exp_minus_abs(x);
    case VMATH_TANH:
        return v_tanh(x);
    case VMATH_SIGMOID:
        return v_sigmoid(x);
    case VMATH_LOG_SIGMOID:
        return v_log_sigmoid(x);
    case VMATH_LOG1P:
        return v_log1p_unit(x);
    case VMATH_ERF:
        return v_erf(x);
    case VMATH_GELU:
        return v_gelu(x);
    case VMATH_SWISH:
        return v_swish(x);
    case VMATH_SELU:
        return v_selu(x);
    case VMATH_INVERSE:
        return vf_inverse(x);
    case VMATH_INVERSE_SQRT:
        return vf_inverse_sqrt(x);
    default:
        return x;
    }
}

void XL_FN(vmath_probe)(enum vmath_function function, size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i += W)
        vf_store(y + i, apply(function, vf_load(x + i)));
}
