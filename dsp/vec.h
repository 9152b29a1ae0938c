/* SPDX-License-Identifier: ISC */
/* The vector verbs: one register of W numbers of the instruction set being compiled. Arithmetic is
 * written with operators, which C's vector extensions give to every type here; the verbs are what
 * operators cannot say. XL_SCALAR selects one number at a time, in float or double. */
#ifndef XL_VEC_H
#define XL_VEC_H

#include "isa.h"
#include "layer.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/** Before a loop over registers: expands it, so that arrays of vectors stay in registers. */
#if defined(__clang__)
#define XL_UNROLL _Pragma("clang loop unroll(full)")
#define XL_UNROLL_SOME _Pragma("clang loop unroll_count(8)")
#else
#define XL_UNROLL _Pragma("GCC unroll 32")
#define XL_UNROLL_SOME _Pragma("GCC unroll 8")
#endif

#if defined(XL_SCALAR)

enum { W = 1, XL_REGISTERS = 16, XL_FUSED = 0 }; ///< XL_FUSED: vf_fma rounds once
typedef real vf;
typedef bool vm; ///< one truth value for each lane

static inline vf vf_load(const real *p)
{
    return *p;
}
static inline void vf_store(real *p, vf x)
{
    *p = x;
}
static inline vf vf_set(real x)
{
    return x;
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return a * b + c;
}
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return c - a * b;
}
static inline vf vf_max(vf a, vf b)
{
    return a > b ? a : b;
}
static inline vf vf_min(vf a, vf b)
{
    return a < b ? a : b;
}
static inline vm vf_less(vf a, vf b)
{
    return a < b;
}
static inline vm vf_equal(vf a, vf b)
{
    return a == b;
}
static inline vm vf_or(vm a, vm b)
{
    return a || b;
}
static inline vf vf_select(vm m, vf yes, vf no)
{
    return m ? yes : no;
}
static inline vf vf_sqrt(vf x)
{
    return (real)sqrt(x);
}
static inline vf vf_inverse(vf x)
{
    return 1 / x;
}
static inline vf vf_inverse_sqrt(vf x)
{
    return (real)(1 / sqrt(x));
}
static inline vf vf_swap(vf x, size_t distance)
{
    (void)distance;
    return x;
}
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    (void)size;
    (void)lane;
    return x;
}
static inline vf vf_spread(const real *p, size_t size)
{
    (void)size;
    return *p;
}
static inline real vf_sum(vf x)
{
    return x;
}

#elif defined(__AVX512F__)

#include <immintrin.h>

enum { W = 16, XL_REGISTERS = 32, XL_FUSED = 1 };
typedef __m512 vf;
typedef __mmask16 vm;

static inline vf vf_load(const real *p)
{
    return _mm512_loadu_ps(p);
}
static inline void vf_store(real *p, vf x)
{
    _mm512_storeu_ps(p, x);
}
static inline vf vf_set(real x)
{
    return _mm512_set1_ps(x);
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm512_fnmadd_ps(a, b, c);
}
static inline vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}
static inline vm vf_less(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
}
static inline vm vf_equal(vf a, vf b)
{
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}
static inline vm vf_or(vm a, vm b)
{
    return (vm)(a | b);
}
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm512_mask_blend_ps(m, no, yes);
}
static inline vf vf_sqrt(vf x)
{
    return _mm512_sqrt_ps(x);
}
static inline vf vf_inverse(vf x)
{
    const vf r = _mm512_rcp14_ps(x);
    return _mm512_fmadd_ps(r, _mm512_fnmadd_ps(x, r, _mm512_set1_ps(1)), r);
}
static inline vf vf_inverse_sqrt(vf x)
{
    const vf r = _mm512_rsqrt14_ps(x), half = _mm512_mul_ps(r, _mm512_set1_ps(0.5F));
    return _mm512_fmadd_ps(half, _mm512_fnmadd_ps(_mm512_mul_ps(x, r), r, _mm512_set1_ps(1)), r);
}
/** Every lane i gets lane i xor distance: 1, 2, 4 …, less than W. */
static inline vf vf_swap(vf x, size_t distance)
{
    switch (distance) {
    case 1:
        return _mm512_permute_ps(x, 0xB1);
    case 2:
        return _mm512_permute_ps(x, 0x4E);
    case 4:
        return _mm512_shuffle_f32x4(x, x, 0xB1);
    default:
        return _mm512_shuffle_f32x4(x, x, 0x4E);
    }
}
/** Every lane gets lane `lane` of its group; groups of `size` lanes: 1, 2, 4 … W. */
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i first = _mm512_and_si512(all, _mm512_set1_epi32(-(int)size));
    return _mm512_permutexvar_ps(_mm512_add_epi32(first, _mm512_set1_epi32((int)lane)), x);
}
/** W / size numbers, each in `size` lanes: 1, 2, 4 … W. */
static inline vf vf_spread(const real *p, size_t size)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i from = _mm512_srl_epi32(all, _mm_cvtsi32_si128(__builtin_ctz((unsigned)size)));
    return _mm512_permutexvar_ps(from, _mm512_loadu_ps(p));
}
/** x in -limit … limit; and -|x|, but at least -limit. */
static inline vf vf_clamp(vf x, real limit)
{
    return _mm512_range_ps(x, _mm512_set1_ps(limit), 0x2); /* smaller magnitude, sign of x */
}
static inline vf vf_minus_abs(vf x, real limit)
{
    return _mm512_range_ps(x, _mm512_set1_ps(limit), 0xE); /* smaller magnitude, sign set */
}
static inline real vf_sum(vf x)
{
    return _mm512_reduce_add_ps(x);
}
/** The first `count` (up to W) lanes; zeros beyond, which are not read. */
static inline vf vf_load_part(const real *p, size_t count)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << count) - 1), p);
}
/** Writes the first `count` (up to W) lanes alone. */
static inline void vf_store_part(real *p, vf x, size_t count)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1U << count) - 1), x);
}

typedef __m512i vi; ///< which lanes a reading across vectors takes

static inline vi vf_lanes(size_t first)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(all, _mm512_set1_epi32((int)first));
}
static inline vf vf_load_across(const real *p, vi lanes)
{
    return _mm512_permutex2var_ps(_mm512_loadu_ps(p), lanes, _mm512_loadu_ps(p + W));
}
/** table[k mod 32] * 2^floor(k / 32) where the last bits of `bits` are k and n is k / 32. */
static inline vf vf_scale_from(const real table[32], vf bits, vf n)
{
    const vf entry = _mm512_permutex2var_ps(_mm512_loadu_ps(table), _mm512_castps_si512(bits),
                                            _mm512_loadu_ps(table + 16));
    return _mm512_scalef_ps(entry, n);
}

#elif defined(__AVX2__)

#include <immintrin.h>

enum { W = 8, XL_REGISTERS = 16, XL_FUSED = 1 };
typedef __m256 vf;
typedef __m256 vm;

static inline vf vf_load(const real *p)
{
    return _mm256_loadu_ps(p);
}
static inline void vf_store(real *p, vf x)
{
    _mm256_storeu_ps(p, x);
}
static inline vf vf_set(real x)
{
    return _mm256_set1_ps(x);
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm256_fnmadd_ps(a, b, c);
}
static inline vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}
static inline vm vf_less(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_LT_OQ);
}
static inline vm vf_equal(vf a, vf b)
{
    return _mm256_cmp_ps(a, b, _CMP_EQ_OQ);
}
static inline vm vf_or(vm a, vm b)
{
    return _mm256_or_ps(a, b);
}
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, m);
}
static inline vf vf_sqrt(vf x)
{
    return _mm256_sqrt_ps(x);
}
static inline vf vf_inverse(vf x)
{
    const vf r = _mm256_rcp_ps(x);
    return _mm256_fmadd_ps(r, _mm256_fnmadd_ps(x, r, _mm256_set1_ps(1)), r);
}
static inline vf vf_inverse_sqrt(vf x)
{
    const vf r = _mm256_rsqrt_ps(x), half = _mm256_mul_ps(r, _mm256_set1_ps(0.5F));
    return _mm256_fmadd_ps(half, _mm256_fnmadd_ps(_mm256_mul_ps(x, r), r, _mm256_set1_ps(1)), r);
}
static inline vf vf_swap(vf x, size_t distance)
{
    switch (distance) {
    case 1:
        return _mm256_permute_ps(x, 0xB1);
    case 2:
        return _mm256_permute_ps(x, 0x4E);
    default:
        return _mm256_permute2f128_ps(x, x, 0x01);
    }
}
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    const __m256i all = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i first = _mm256_and_si256(all, _mm256_set1_epi32(-(int)size));
    return _mm256_permutevar8x32_ps(x, _mm256_add_epi32(first, _mm256_set1_epi32((int)lane)));
}
static inline vf vf_spread(const real *p, size_t size)
{
    const __m256i all = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i from = _mm256_srl_epi32(all, _mm_cvtsi32_si128(__builtin_ctz((unsigned)size)));
    return _mm256_permutevar8x32_ps(_mm256_loadu_ps(p), from);
}
static inline real vf_sum(vf x)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline __m256i vf_first(size_t count)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count),
                              _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline vf vf_load_part(const real *p, size_t count)
{
    return _mm256_maskload_ps(p, vf_first(count));
}
static inline void vf_store_part(real *p, vf x, size_t count)
{
    _mm256_maskstore_ps(p, vf_first(count), x);
}

typedef __m256i vi;

static inline vi vf_lanes(size_t first)
{
    return _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                            _mm256_set1_epi32((int)first));
}
static inline vf vf_load_across(const real *p, vi lanes)
{
    const __m256i second = _mm256_cmpgt_epi32(lanes, _mm256_set1_epi32(W - 1));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(_mm256_loadu_ps(p), lanes),
                            _mm256_permutevar8x32_ps(_mm256_loadu_ps(p + W), lanes),
                            _mm256_castsi256_ps(second));
}
/** 2^k, where the last bits of `bits` are k, -126 … 127. */
static inline vf vf_power_of_two(vf bits)
{
    const __m256i k = _mm256_slli_epi32(_mm256_castps_si256(bits), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_castps_si256(_mm256_set1_ps(1))));
}

#elif defined(__SSE2__)

#include <emmintrin.h>

enum { W = 4, XL_REGISTERS = 16, XL_FUSED = 0 };
typedef __m128 vf;
typedef __m128 vm;

static inline vf vf_load(const real *p)
{
    return _mm_loadu_ps(p);
}
static inline void vf_store(real *p, vf x)
{
    _mm_storeu_ps(p, x);
}
static inline vf vf_set(real x)
{
    return _mm_set1_ps(x);
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return _mm_add_ps(_mm_mul_ps(a, b), c);
}
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return _mm_sub_ps(c, _mm_mul_ps(a, b));
}
static inline vf vf_max(vf a, vf b)
{
    return _mm_max_ps(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return _mm_min_ps(a, b);
}
static inline vm vf_less(vf a, vf b)
{
    return _mm_cmplt_ps(a, b);
}
static inline vm vf_equal(vf a, vf b)
{
    return _mm_cmpeq_ps(a, b);
}
static inline vm vf_or(vm a, vm b)
{
    return _mm_or_ps(a, b);
}
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no));
}
static inline vf vf_sqrt(vf x)
{
    return _mm_sqrt_ps(x);
}
static inline vf vf_inverse(vf x)
{
    const vf r = _mm_rcp_ps(x);
    return _mm_add_ps(r, _mm_mul_ps(r, _mm_sub_ps(_mm_set1_ps(1), _mm_mul_ps(x, r))));
}
static inline vf vf_inverse_sqrt(vf x)
{
    const vf r = _mm_rsqrt_ps(x), half = _mm_mul_ps(r, _mm_set1_ps(0.5F));
    const vf error = _mm_sub_ps(_mm_set1_ps(1), _mm_mul_ps(_mm_mul_ps(x, r), r));
    return _mm_add_ps(r, _mm_mul_ps(half, error));
}
static inline vf vf_swap(vf x, size_t distance)
{
    return distance == 1 ? _mm_shuffle_ps(x, x, 0xB1) : _mm_shuffle_ps(x, x, 0x4E);
}
static inline vf vf_spread(const real *p, size_t size)
{
    return size == 4   ? _mm_set1_ps(p[0])
           : size == 2 ? _mm_setr_ps(p[0], p[0], p[1], p[1])
                       : _mm_loadu_ps(p);
}
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    switch (size * 4 + lane) { /* size and lane are constants where this is expanded */
    case 8:
        return _mm_shuffle_ps(x, x, 0xA0);
    case 9:
        return _mm_shuffle_ps(x, x, 0xF5);
    case 16:
        return _mm_shuffle_ps(x, x, 0x00);
    case 17:
        return _mm_shuffle_ps(x, x, 0x55);
    case 18:
        return _mm_shuffle_ps(x, x, 0xAA);
    case 19:
        return _mm_shuffle_ps(x, x, 0xFF);
    default:
        return x;
    }
}
static inline real vf_sum(vf x)
{
    const __m128 s = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline vf vf_power_of_two(vf bits)
{
    const __m128i k = _mm_slli_epi32(_mm_castps_si128(bits), 23);
    return _mm_castsi128_ps(_mm_add_epi32(k, _mm_castps_si128(_mm_set1_ps(1))));
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

#include <arm_neon.h>

enum { W = 4, XL_REGISTERS = 32, XL_FUSED = 1 };
typedef float32x4_t vf;
typedef uint32x4_t vm;

static inline vf vf_load(const real *p)
{
    return vld1q_f32(p);
}
static inline void vf_store(real *p, vf x)
{
    vst1q_f32(p, x);
}
static inline vf vf_set(real x)
{
    return vdupq_n_f32(x);
}
static inline vf vf_fma(vf a, vf b, vf c)
{
    return vfmaq_f32(c, a, b);
}
static inline vf vf_fnma(vf a, vf b, vf c)
{
    return vfmsq_f32(c, a, b);
}
static inline vf vf_max(vf a, vf b)
{
    return vmaxnmq_f32(a, b);
}
static inline vf vf_min(vf a, vf b)
{
    return vminnmq_f32(a, b);
}
static inline vm vf_less(vf a, vf b)
{
    return vcltq_f32(a, b);
}
static inline vm vf_equal(vf a, vf b)
{
    return vceqq_f32(a, b);
}
static inline vm vf_or(vm a, vm b)
{
    return vorrq_u32(a, b);
}
static inline vf vf_select(vm m, vf yes, vf no)
{
    return vbslq_f32(m, yes, no);
}
static inline vf vf_sqrt(vf x)
{
    return vsqrtq_f32(x);
}
static inline vf vf_inverse(vf x)
{
    return vdivq_f32(vdupq_n_f32(1), x);
}
static inline vf vf_inverse_sqrt(vf x)
{
    return vdivq_f32(vdupq_n_f32(1), vsqrtq_f32(x));
}
static inline vf vf_swap(vf x, size_t distance)
{
    return distance == 1 ? vrev64q_f32(x) : vextq_f32(x, x, 2);
}
static inline vf vf_spread(const real *p, size_t size)
{
    if (size == 1)
        return vld1q_f32(p);
    return vcombine_f32(vdup_n_f32(p[0]), vdup_n_f32(size == 2 ? p[1] : p[0]));
}
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    switch (size * 4 + lane) { /* size and lane are constants where this is expanded */
    case 8:
        return vtrn1q_f32(x, x);
    case 9:
        return vtrn2q_f32(x, x);
    case 16:
        return vdupq_laneq_f32(x, 0);
    case 17:
        return vdupq_laneq_f32(x, 1);
    case 18:
        return vdupq_laneq_f32(x, 2);
    case 19:
        return vdupq_laneq_f32(x, 3);
    default:
        return x;
    }
}
static inline real vf_sum(vf x)
{
    return vaddvq_f32(x);
}
static inline vf vf_power_of_two(vf bits)
{
    const int32x4_t k = vshlq_n_s32(vreinterpretq_s32_f32(bits), 23);
    return vreinterpretq_f32_s32(vaddq_s32(k, vreinterpretq_s32_f32(vdupq_n_f32(1))));
}

#else
#error "no vector verbs for this instruction set: define XL_SCALAR"
#endif

static inline vf vf_abs(vf x)
{
#if !defined(XL_SCALAR) && defined(__AVX512F__)
    return _mm512_abs_ps(x);
#else
    return vf_max(x, -x);
#endif
}

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
#if defined(XL_SCALAR)
#elif defined(__AVX512F__)
    __asm__("" : "+v"(x));
#elif defined(__SSE2__)
    __asm__("" : "+x"(x));
#elif defined(__ARM_NEON)
    __asm__("" : "+w"(x));
#endif
    return x;
}

#if defined(XL_SCALAR) || !defined(__AVX2__)
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
#endif

/* Reading W numbers from p + first on, where p is the start of a vector: as whole vectors, since
 * what has just been stored as one is read back fastest as the same. */
#if defined(XL_SCALAR) || !defined(__AVX2__)
typedef size_t vi;

static inline vi vf_lanes(size_t first)
{
    return first;
}
static inline vf vf_load_across(const real *p, vi lanes)
{
    return vf_load(p + lanes);
}
#endif

#if defined(XL_SCALAR) || !defined(__AVX512F__)
/** x in -limit … limit; and -|x|, but at least -limit. */
static inline vf vf_clamp(vf x, real limit)
{
    return vf_min(vf_max(x, vf_set(-limit)), vf_set(limit));
}
static inline vf vf_minus_abs(vf x, real limit)
{
    return vf_max(vf_min(x, -x), vf_set(-limit));
}
#endif

#endif
