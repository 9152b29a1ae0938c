/* SPDX-License-Identifier: ISC */
/* Matrices, normalisation, convolution and elementwise loops. */
#include "kernels.h"

#include "vmath.h"

/* ---- matrices ---------------------------------------------------------------------------------
 */

static inline real dot(const real *a, const real *b, size_t count)
{
    vf sum = vf_zero();
    size_t i = 0;
    for (; i + W <= count; i += W)
        sum = vf_fma(vf_load(a + i), vf_load(b + i), sum);
    if (i < count)
        sum = vf_fma(vf_load_part(a + i, count - i), vf_load_part(b + i, count - i), sum);
    return vf_sum(sum);
}

/** A matrix with one output: a scalar product for each row. */
static void column(const struct xl_matrix *w, const real *parameters, size_t rows, struct xl_rows x,
                   struct xl_rows y, bool accumulate)
{
    enum { PIECE = 256 };
    real weight[PIECE];
    const real bias = w->bias == XL_NONE ? 0 : parameters[w->bias];
    for (size_t first = 0; first < w->in || first == 0; first += PIECE) {
        const size_t count = w->in - first < PIECE ? w->in - first : PIECE;
        for (size_t k = 0; k < count; k++)
            weight[k] = parameters[w->weight + (first + k) * w->columns];
        for (size_t row = 0; row < rows; row++) {
            real *out = y.data + row * y.stride;
            const real before = first > 0 ? *out : accumulate ? *out + bias : bias;
            *out = before + dot(x.data + row * x.stride + first, weight, count);
        }
    }
}

/** A matrix with one input: multiples of a vector. */
static void multiples(const struct xl_matrix *w, const real *parameters, size_t rows,
                      struct xl_rows x, struct xl_rows y)
{
    const real *weight = parameters + w->weight;
    const real *bias = parameters + (w->bias == XL_NONE ? 0 : w->bias);
    for (size_t row = 0; row < rows; row++) {
        const vf factor = vf_set(x.data[row * x.stride]);
        real *out = y.data + row * y.stride;
        for (size_t i = 0; i < w->columns; i += W) {
            const vf start = w->bias == XL_NONE ? vf_zero() : vf_load(bias + i);
            vf_store(out + i, vf_fma(factor, vf_load(weight + i), start));
        }
    }
}

static void matrix(const struct xl_matrix *w, const real *parameters, size_t rows, struct xl_rows x,
                   struct xl_rows y, bool accumulate)
{
    const bool dense = w->blocks == 1;
    if (w->out == 1 && dense) {
        column(w, parameters, rows, x, y, accumulate);
        return;
    }
    if (w->in == 1 && dense && !accumulate) {
        multiples(w, parameters, rows, x, y);
        return;
    }
    if (w->grouped) {
        xl_grouped_forward(w, parameters + w->weight,
                           w->bias == XL_NONE ? NULL : parameters + w->bias, rows, x, y,
                           accumulate);
        return;
    }
    for (size_t block = 0; block < w->blocks; block++)
        xl_multiply(&(struct xl_product){
            .m = rows,
            .n = w->columns,
            .k = w->in,
            .a = x.data + block * w->in,
            .a_row = x.stride,
            .a_column = 1,
            .b = parameters + w->weight + block * w->in * w->columns,
            .b_row = w->columns,
            .c = y.data + block * w->out,
            .c_row = y.stride,
            .bias = w->bias == XL_NONE ? NULL : parameters + w->bias + block * w->out,
            .accumulate = accumulate,
        });
}

void xl_matrix_forward(const struct xl_matrix *w, const real *parameters, size_t rows,
                       struct xl_rows x, struct xl_rows y)
{
    matrix(w, parameters, rows, x, y, false);
}

void xl_matrix_add(const struct xl_matrix *w, const real *parameters, size_t rows, struct xl_rows x,
                   struct xl_rows y)
{
    matrix(w, parameters, rows, x, y, true);
}

/* ---- normalisation --------------------------------------------------------------------------- */

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

/* ---- convolution ----------------------------------------------------------------------------- */

/** Row `step` of a channel's input, counted from the first frame of this call; earlier frames come
 *  from the state. */
static const real *frame_at(const struct xl_conv *conv, const real *state, struct xl_rows x,
                            ptrdiff_t step, size_t channels, size_t channel)
{
    if (step >= 0)
        return x.data + ((size_t)step * channels + channel) * x.stride;
    return state + ((ptrdiff_t)conv->taps - 1 + step) * (ptrdiff_t)xl_pad(conv->width);
}

static void remember(const struct xl_conv *conv, real *state, struct xl_rows x, size_t steps,
                     size_t channels, size_t channel)
{
    const ptrdiff_t kept = (ptrdiff_t)conv->taps - 1;
    const size_t width = xl_pad(conv->width);
    for (ptrdiff_t i = 0; i < kept; i++)
        memmove(state + (size_t)i * width,
                frame_at(conv, state, x, (ptrdiff_t)steps - kept + i, channels, channel),
                width * sizeof(real));
}

/** The frames in which some taps meet the state, which lies apart from the rows. */
static void convolve_start(const struct xl_conv *conv, const real *parameters, const real *past,
                           size_t frames, size_t channels, size_t channel, struct xl_rows x,
                           struct xl_rows y)
{
    const size_t width = xl_pad(conv->width);
    const real *weight = parameters + conv->weight;
    for (size_t step = 0; step < frames; step++)
        for (size_t i = 0; i < width; i += W) {
            vf sum = vf_load(parameters + conv->bias + i);
            for (size_t tap = 0; tap < conv->taps; tap++) {
                const ptrdiff_t from = (ptrdiff_t)(step + tap) - (ptrdiff_t)conv->taps + 1;
                const real *in = frame_at(conv, past, x, from, channels, channel);
                sum = vf_fma(vf_load(weight + tap * width + i), vf_load(in + i), sum);
            }
            vf_store(y.data + (step * channels + channel) * y.stride + i, sum);
        }
}

/** The frames from `first` on, all of whose taps meet rows. */
static void convolve_rest(const struct xl_conv *conv, const real *parameters, size_t first,
                          size_t frames, size_t channels, size_t channel, struct xl_rows x,
                          struct xl_rows y)
{
    const size_t width = xl_pad(conv->width), taps = conv->taps, step = channels * x.stride;
    for (size_t i = 0; i < width; i += W) {
        const vf bias = vf_load(parameters + conv->bias + i);
        for (size_t frame = first; frame < frames; frame++) {
            const real *in = x.data + ((frame + 1 - taps) * channels + channel) * x.stride + i;
            const real *weight = parameters + conv->weight + i;
            vf sum = bias;
            for (size_t tap = 0; tap < taps; tap++, in += step, weight += width)
                sum = vf_fma(vf_load(weight), vf_load(in), sum);
            vf_store(y.data + (frame * channels + channel) * y.stride + i, sum);
        }
    }
}

void xl_conv_forward(const struct xl_conv *conv, const real *parameters, real *state,
                     size_t state_stride, size_t steps, size_t channels, struct xl_rows x,
                     struct xl_rows y)
{
    const size_t first = steps < conv->taps - 1 ? steps : conv->taps - 1;
    for (size_t channel = 0; channel < channels; channel++) {
        real *past = state + channel * state_stride + conv->state;
        convolve_start(conv, parameters, past, first, channels, channel, x, y);
        convolve_rest(conv, parameters, first, steps, channels, channel, x, y);
        remember(conv, past, x, steps, channels, channel);
    }
}

/* ---- elementwise ----------------------------------------------------------------------------- */

void xl_activate(enum xl_activation activation, size_t width, size_t rows, struct xl_rows x,
                 struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            const vf in = vf_load(x.data + row * x.stride + i);
            vf_store(y.data + row * y.stride + i, v_activation(activation, in));
        }
}

void xl_add(size_t width, size_t rows, struct xl_rows x, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            real *out = y.data + row * y.stride + i;
            vf_store(out, vf_load(out) + vf_load(x.data + row * x.stride + i));
        }
}

void xl_sum(size_t width, size_t rows, struct xl_rows a, struct xl_rows b, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W)
            vf_store(y.data + row * y.stride + i,
                     vf_load(a.data + row * a.stride + i) + vf_load(b.data + row * b.stride + i));
}

void xl_copy_rows(size_t width, size_t rows, struct xl_rows x, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++) {
        const real *in = x.data + row * x.stride;
        real *out = y.data + row * y.stride;
        size_t i = 0;
        for (; i + W <= width; i += W)
            vf_store(out + i, vf_load(in + i));
        for (; i < width; i++)
            out[i] = in[i];
    }
}
