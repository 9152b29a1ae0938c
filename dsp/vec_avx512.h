/* SPDX-License-Identifier: ISC */
/* The vector verbs in AVX-512 F and DQ. See vec.h for what the verbs mean. */
#ifndef XL_VEC_AVX512_H
#define XL_VEC_AVX512_H

#include <immintrin.h>

#define XL_HAS_CLAMP
#define XL_HAS_PARTS
#define XL_REGISTER_CONSTRAINT "+v"

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
static inline vm vf_either(vm a, vm b)
{
    return a | b;
}
static inline bool vf_any(vm m)
{
    return m;
}
static inline vf vf_exponent(vf x)
{
    return _mm512_getexp_ps(x);
}
static inline vf vf_unit(vf x)
{
    const __m512i power = _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7F800000));
    return _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(0x7F000000), power));
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
static inline vf vf_of_group(vf x, size_t size, size_t lane)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i first = _mm512_and_si512(all, _mm512_set1_epi32(-(int)size));
    return _mm512_permutexvar_ps(_mm512_add_epi32(first, _mm512_set1_epi32((int)lane)), x);
}
static inline vf vf_spread(const real *p, size_t size)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m512i from = _mm512_srl_epi32(all, _mm_cvtsi32_si128(__builtin_ctz((unsigned)size)));
    return _mm512_permutexvar_ps(from, _mm512_loadu_ps(p));
}
static inline vf vf_abs(vf x)
{
    return _mm512_abs_ps(x);
}
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
    const __m256 t = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(t), _mm256_extractf128_ps(t, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_shuffle_ps(s, s, 1)));
}
static inline vf vf_load_part(const real *p, size_t count)
{
    return _mm512_maskz_loadu_ps((__mmask16)((1U << count) - 1), p);
}
static inline void vf_store_part(real *p, vf x, size_t count)
{
    _mm512_mask_storeu_ps(p, (__mmask16)((1U << count) - 1), x);
}

typedef __m512i vi;

static inline vi vf_lanes(size_t first)
{
    const __m512i all = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_epi32(all, _mm512_set1_epi32((int)first));
}
static inline vf vf_across(vf a, vf b, vi lanes)
{
    return _mm512_permutex2var_ps(a, lanes, b);
}
static inline vf vf_scale_from(const real table[32], vf bits, vf n)
{
    const vf entry = _mm512_permutex2var_ps(_mm512_loadu_ps(table), _mm512_castps_si512(bits),
                                            _mm512_loadu_ps(table + 16));
    return _mm512_scalef_ps(entry, n);
}

#endif
