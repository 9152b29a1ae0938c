/* SPDX-License-Identifier: ISC */
/* The vector verbs for one number at a time. See vec.h for what the verbs mean. */
#ifndef XL_VEC_SCALAR_H
#define XL_VEC_SCALAR_H

enum { W = 1, XL_REGISTERS = 16, XL_FUSED = 0 };
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
static inline vm vf_either(vm a, vm b)
{
    return a || b;
}
static inline bool vf_any(vm m)
{
    return m;
}
static inline vf vf_exponent(vf x)
{
    return (real)logb(x);
}
static inline vf vf_unit(vf x)
{
    return (real)exp2(-logb(x));
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

#endif
