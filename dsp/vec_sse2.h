/* SPDX-License-Identifier: ISC */
/* The vector verbs in SSE2. See vec.h for what the verbs mean. */
#ifndef XL_VEC_SSE2_H
#define XL_VEC_SSE2_H

#include <emmintrin.h>

#define XL_REGISTER_CONSTRAINT "+x"

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
static inline vm vf_either(vm a, vm b)
{
    return _mm_or_ps(a, b);
}
static inline bool vf_any(vm m)
{
    return _mm_movemask_ps(m);
}
static inline vf vf_exponent(vf x)
{
    const __m128i biased = _mm_srli_epi32(_mm_castps_si128(x), 23);
    return _mm_cvtepi32_ps(_mm_sub_epi32(biased, _mm_set1_epi32(127)));
}
static inline vf vf_unit(vf x)
{
    const __m128i power = _mm_and_si128(_mm_castps_si128(x), _mm_set1_epi32(0x7F800000));
    return _mm_castsi128_ps(_mm_sub_epi32(_mm_set1_epi32(0x7F000000), power));
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

#endif
