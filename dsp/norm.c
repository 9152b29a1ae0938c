/* SPDX-License-Identifier: ISC */
/* Normalisation of groups of numbers. */
#include "kernels.h"

#include "vec.h"

/** The factor and the term that a norm ends with, and all its rows. */
struct normed {
    const struct xl_norm *norm;
    const real *weight, *bias; ///< bias may be NULL
    size_t rows;
    struct xl_rows x, y;
};

/** Groups that lie side by side in whole vectors, `width` a constant where this is expanded. */
static inline __attribute__((always_inline)) void normalise_within(const struct normed *n,
                                                                   size_t width)
{
    const vf per = vf_set(1 / (real)width), epsilon = vf_set((real)n->norm->epsilon);
    const size_t count = (size_t)n->norm->groups * width;
    const bool centred = n->norm->centred;
    for (size_t row = 0; row < n->rows; row++)
        for (size_t i = 0; i < count; i += W) {
            vf v = vf_load(n->x.data + row * n->x.stride + i);
            if (centred)
                v = v - vf_group_sum(v, width) * per;
            const vf variance = vf_group_sum(v * v, width) * per;
            v = v * vf_inverse_sqrt(variance + epsilon) * vf_load(n->weight + i);
            if (n->bias)
                v = v + vf_load(n->bias + i);
            vf_store(n->y.data + row * n->y.stride + i, v);
        }
}

static void normalise_4(const struct normed *n)
{
    normalise_within(n, 4);
}

static void normalise_8(const struct normed *n)
{
    normalise_within(n, 8);
}

static void normalise_16(const struct normed *n)
{
    normalise_within(n, 16);
}

static inline vf load_some(const real *p, size_t left)
{
    return left < W ? vf_load_part(p, left) : vf_load(p);
}

/** One group of any width. */
static void normalise(const struct xl_norm *norm, const real *weight, const real *bias,
                      const real *x, real *y)
{
    const size_t width = norm->width;
    const vf per = vf_set(1 / (real)width);
    vf mean = vf_zero(), variance = vf_zero();
    for (size_t i = 0; norm->centred && i < width; i += W)
        mean = mean + load_some(x + i, width - i);
    mean = vf_group_sum(mean, W) * per;
    for (size_t i = 0; i + W <= width; i += W) {
        const vf d = vf_load(x + i) - mean;
        variance = vf_fma(d, d, variance);
    }
    const size_t rest = width % W;
    if (rest > 0) {
        real lanes[W] = {0};
        vf_store_part(lanes, vf_load_part(x + width - rest, rest) - mean, rest);
        variance = vf_fma(vf_load(lanes), vf_load(lanes), variance);
    }
    const vf scale = vf_inverse_sqrt(vf_group_sum(variance, W) * per + vf_set((real)norm->epsilon));
    for (size_t i = 0; i < width; i += W) {
        const size_t left = width - i;
        vf v = (load_some(x + i, left) - mean) * scale * load_some(weight + i, left);
        if (bias)
            v = v + load_some(bias + i, left);
        vf_store_part(y + i, v, left < W ? left : W);
    }
}

static void normalise_each(const struct normed *n)
{
    const size_t width = n->norm->width, count = (size_t)n->norm->groups * width;
    for (size_t row = 0; row < n->rows; row++)
        for (size_t at = 0; at < count; at += width)
            normalise(n->norm, n->weight + at, n->bias ? n->bias + at : NULL,
                      n->x.data + row * n->x.stride + at, n->y.data + row * n->y.stride + at);
}

void xl_norm_forward(const struct xl_norm *norm, const real *parameters, size_t rows,
                     struct xl_rows x, struct xl_rows y)
{
    const struct normed n = {
        .norm = norm,
        .weight = parameters + norm->weight,
        .bias = norm->bias == XL_NONE ? NULL : parameters + norm->bias,
        .rows = rows,
        .x = x,
        .y = y,
    };
    const unsigned within = W % norm->width ? 0 : norm->width;
    (within == 4    ? normalise_4
     : within == 8  ? normalise_8
     : within == 16 ? normalise_16
                    : normalise_each)(&n);
}
