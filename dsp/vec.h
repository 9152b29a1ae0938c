/* SPDX-License-Identifier: ISC */
/* The vector verbs: one register of W numbers of the instruction set being compiled. Arithmetic is
 * written with operators, which C's vector extensions give to every type here; the verbs are what
 * operators cannot say. XL_SCALAR selects one number at a time, in float or double.
 *
 *   W, XL_REGISTERS         numbers of a register, registers
 *   XL_FUSED                vf_fma() rounds once
 *   vf, vm, vi              numbers; a truth value for each lane; lanes to read
 *   vf_load, vf_store       W numbers, at any address
 *   vf_load_part            the first `count` (up to W), zeros beyond, which are not read
 *   vf_store_part           the first `count` alone
 *   vf_set                  the same number in every lane
 *   vf_fma                  a b + c
 *   vf_max, vf_min, vf_abs
 *   vf_clamp                x in -limit … limit
 *   vf_minus_abs            -|x|, but at least -limit
 *   vf_less, vf_equal, vf_select
 *   vf_either, vf_any       of truth values: one or the other; in any lane
 *   vf_exponent             floor(log2 x) for normal x > 0
 *   vf_unit                 2^-floor(log2 x) for 2^-126 <= x < 2^127
 *   vf_inverse              1 / x for 1e-30 < |x| < 1e30, relative error 3e-7
 *   vf_inverse_sqrt         1 / sqrt(x) for 1e-30 < x < 1e30, relative error 3e-7
 *   vf_sum                  of all lanes; the upper half is added to the lower until one is left
 *   vf_swap                 lane i gets lane i xor distance: 1, 2, 4 …, less than W
 *   vf_of_group             every lane gets lane `lane` of its group of `size`: 1, 2, 4 … W; size
 *                           and lane are constants
 *   vf_spread               W / size numbers, each in `size` lanes
 *   vf_lanes, vf_across     W numbers from lane `first` on of two vectors, one behind the other
 *   vf_power_of_two         2^k where the last bits of `bits` are k, -126 … 127
 *   vf_scale_from           (AVX-512) table[k mod 32] 2^floor(n), n = k / 32 and the last bits of
 *                           `bits` are k */
#ifndef XL_VEC_H
#define XL_VEC_H

#include "isa.h"
#include "layer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(XL_SCALAR)
#include "vec_scalar.h"
#elif defined(__AVX512F__)
#include "vec_avx512.h"
#elif defined(__AVX2__)
#include "vec_avx2.h"
#elif defined(__SSE2__)
#include "vec_sse2.h"
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include "vec_neon.h"
#else
#error "no vector verbs for this instruction set: define XL_SCALAR"
#endif

/** Before a loop over registers: expands it, so that arrays of vectors stay in registers. */
#if defined(__clang__)
#define XL_UNROLL _Pragma("clang loop unroll(full)")
#define XL_UNROLL_SOME _Pragma("clang loop unroll_count(8)")
#else
#define XL_UNROLL _Pragma("GCC unroll 32")
#define XL_UNROLL_SOME _Pragma("GCC unroll 8")
#endif

static inline vf vf_zero(void)
{
    return vf_set(0);
}

/** Every lane gets the sum of its group; groups of `size` lanes: 1, 2, 4 … W. */
static inline vf vf_group_sum(vf x, size_t size)
{
    for (size_t distance = 1; distance < size; distance *= 2)
        x = x + vf_swap(x, distance);
    return x;
}

/** x, in a register: what several operations read is then loaded once, not by each of them. */
static inline vf vf_keep(vf x)
{
#ifdef XL_REGISTER_CONSTRAINT
    __asm__("" : XL_REGISTER_CONSTRAINT(x));
#endif
    return x;
}

#ifndef XL_HAS_CLAMP
static inline vf vf_abs(vf x)
{
    return vf_max(x, -x);
}
static inline vf vf_clamp(vf x, real limit)
{
    return vf_min(vf_max(x, vf_set(-limit)), vf_set(limit));
}
static inline vf vf_minus_abs(vf x, real limit)
{
    return vf_max(vf_min(x, -x), vf_set(-limit));
}
#endif

#ifndef XL_HAS_PARTS
typedef size_t vi;

static inline vf vf_load_part(const real *p, size_t count)
{
    real lanes[W] = {0};
    memcpy(lanes, p, count * sizeof *p);
    return vf_load(lanes);
}
static inline void vf_store_part(real *p, vf x, size_t count)
{
    real lanes[W];
    vf_store(lanes, x);
    memcpy(p, lanes, count * sizeof *p);
}
static inline vi vf_lanes(size_t first)
{
    return first;
}
static inline vf vf_across(vf a, vf b, vi lanes)
{
    real both[2 * W];
    vf_store(both, a);
    vf_store(both + W, b);
    return vf_load(both + lanes);
}
#endif

/** W numbers from p + first on, where `lanes` is vf_lanes(first) and p the start of a vector, read
 *  as whole vectors: what has just been stored as one is read back fastest as the same. */
static inline vf vf_load_across(const real *p, vi lanes)
{
    return vf_across(vf_load(p), vf_load(p + W), lanes);
}

#endif
