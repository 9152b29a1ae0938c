/* SPDX-License-Identifier: ISC */
/* The vector verbs in 64-bit NEON. See vec.h for what the verbs mean. */
#ifndef XL_VEC_NEON_H
#define XL_VEC_NEON_H

#include <arm_neon.h>

#define XL_REGISTER_CONSTRAINT "+w"

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
static inline vm vf_either(vm a, vm b)
{
    return vorrq_u32(a, b);
}
static inline bool vf_any(vm m)
{
    return vmaxvq_u32(m);
}
static inline vf vf_exponent(vf x)
{
    const int32x4_t biased = vshrq_n_s32(vreinterpretq_s32_f32(x), 23);
    return vcvtq_f32_s32(vsubq_s32(biased, vdupq_n_s32(127)));
}
static inline vf vf_unit(vf x)
{
    const int32x4_t power = vandq_s32(vreinterpretq_s32_f32(x), vdupq_n_s32(0x7F800000));
    return vreinterpretq_f32_s32(vsubq_s32(vdupq_n_s32(0x7F000000), power));
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
    const float32x2_t s = vadd_f32(vget_low_f32(x), vget_high_f32(x));
    return vget_lane_f32(s, 0) + vget_lane_f32(s, 1);
}
static inline vf vf_power_of_two(vf bits)
{
    const int32x4_t k = vshlq_n_s32(vreinterpretq_s32_f32(bits), 23);
    return vreinterpretq_f32_s32(vaddq_s32(k, vreinterpretq_s32_f32(vdupq_n_f32(1))));
}

#endif
