/* SPDX-License-Identifier: ISC */
/* The vector verbs in AVX2 and FMA. See vec.h for what the verbs mean. */
#ifndef XL_VEC_AVX2_H
#define XL_VEC_AVX2_H

#include <immintrin.h>

#define XL_HAS_PARTS
#define XL_REGISTER_CONSTRAINT "+x"

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
static inline vm vf_either(vm a, vm b)
{
    return _mm256_or_ps(a, b);
}
static inline bool vf_any(vm m)
{
    return _mm256_movemask_ps(m);
}
static inline vf vf_exponent(vf x)
{
    const __m256i biased = _mm256_srli_epi32(_mm256_castps_si256(x), 23);
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(biased, _mm256_set1_epi32(127)));
}
static inline vf vf_unit(vf x)
{
    const __m256i power = _mm256_and_si256(_mm256_castps_si256(x), _mm256_set1_epi32(0x7F800000));
    return _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(0x7F000000), power));
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
static inline vf vf_across(vf a, vf b, vi lanes)
{
    const __m256i second = _mm256_cmpgt_epi32(lanes, _mm256_set1_epi32(W - 1));
    return _mm256_blendv_ps(_mm256_permutevar8x32_ps(a, lanes), _mm256_permutevar8x32_ps(b, lanes),
                            _mm256_castsi256_ps(second));
}
static inline vf vf_power_of_two(vf bits)
{
    const __m256i k = _mm256_slli_epi32(_mm256_castps_si256(bits), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(k, _mm256_castps_si256(_mm256_set1_ps(1))));
}

#endif
