/* SPDX-License-Identifier: ISC */
/* The elementary functions of dsp/vmath.h, one copy for each instruction set. */
#ifndef VMATH_PROBE_H
#define VMATH_PROBE_H

#include <stddef.h>

enum vmath_function {
    VMATH_EXP,
    VMATH_EXP_MINUS_ABS,
    VMATH_TANH,
    VMATH_SIGMOID,
    VMATH_LOG_SIGMOID,
    VMATH_LOG1P, ///< of 0 … 1
    VMATH_ERF,
    VMATH_GELU,
    VMATH_SWISH,
    VMATH_SELU,
    VMATH_INVERSE,      ///< of 1 … 1e30
    VMATH_INVERSE_SQRT, ///< of 1e-30 … 1e30
    VMATH_FUNCTIONS
};

enum { VMATH_STEP = 16 }; ///< `count` is a multiple of it

/** y = function(x) for `count` numbers. */
typedef void vmath_probe(enum vmath_function function, size_t count, const float *x, float *y);

extern vmath_probe vmath_probe_generic, vmath_probe_sse2, vmath_probe_avx2, vmath_probe_avx512,
    vmath_probe_neon;

#endif
