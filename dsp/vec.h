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

#if defined(XL_SCALAR)

enum { W = 1, XL_REGISTERS = 16 };
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
static inline vf vf_select(vm m, vf yes, vf no)
{
    return m ? yes : no;
}
static inline vf vf_sqrt(vf x)
{
    return (real)sqrt(x);
}
static inline real vf_sum(vf x)
{
    return x;
}

#elif defined(__AVX512F__)

#include <immintrin.h>

enum { W = 16, XL_REGISTERS = 32 };
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
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm512_mask_blend_ps(m, no, yes);
}
static inline vf vf_sqrt(vf x)
{
    return _mm512_sqrt_ps(x);
}
static inline real vf_sum(vf x)
{
    return _mm512_reduce_add_ps(x);
}
/** Nearest integer, and x * 2^n for an integer n of -126 … 127. */
static inline vf vf_round(vf x)
{
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vf vf_scale(vf x, vf n)
{
    return _mm512_scalef_ps(x, n);
}

#elif defined(__AVX2__)

#include <immintrin.h>

enum { W = 8, XL_REGISTERS = 16 };
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
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm256_blendv_ps(no, yes, m);
}
static inline vf vf_sqrt(vf x)
{
    return _mm256_sqrt_ps(x);
}
static inline real vf_sum(vf x)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline vf vf_round(vf x)
{
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline vf vf_scale(vf x, vf n)
{
    const __m256i bits =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(x, _mm256_castsi256_ps(bits));
}

#elif defined(__SSE2__)

#include <emmintrin.h>

enum { W = 4, XL_REGISTERS = 16 };
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
static inline vf vf_select(vm m, vf yes, vf no)
{
    return _mm_or_ps(_mm_and_ps(m, yes), _mm_andnot_ps(m, no));
}
static inline vf vf_sqrt(vf x)
{
    return _mm_sqrt_ps(x);
}
static inline real vf_sum(vf x)
{
    const __m128 s = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline vf vf_round(vf x)
{
    return _mm_cvtepi32_ps(_mm_cvtps_epi32(x));
}
static inline vf vf_scale(vf x, vf n)
{
    const __m128i bits = _mm_slli_epi32(_mm_add_epi32(_mm_cvtps_epi32(n), _mm_set1_epi32(127)), 23);
    return _mm_mul_ps(x, _mm_castsi128_ps(bits));
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

#include <arm_neon.h>

enum { W = 4, XL_REGISTERS = 32 };
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
static inline vf vf_select(vm m, vf yes, vf no)
{
    return vbslq_f32(m, yes, no);
}
static inline vf vf_sqrt(vf x)
{
    return vsqrtq_f32(x);
}
static inline real vf_sum(vf x)
{
    return vaddvq_f32(x);
}
static inline vf vf_round(vf x)
{
    return vrndnq_f32(x);
}
static inline vf vf_scale(vf x, vf n)
{
    const int32x4_t bits = vshlq_n_s32(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)), 23);
    return vmulq_f32(x, vreinterpretq_f32_s32(bits));
}

#else
#error "no vector verbs for this instruction set: define XL_SCALAR"
#endif

static inline vf vf_abs(vf x)
{
    return vf_max(x, -x);
}

static inline vf vf_zero(void)
{
    return vf_set(0);
}

#endif
