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
    if (w->out == 1 && w->blocks == 1) {
        column(w, parameters, rows, x, y, accumulate);
        return;
    }
    if (w->in == 1 && w->blocks == 1 && !accumulate) {
        multiples(w, parameters, rows, x, y);
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

static real sum_of(const real *x, size_t width)
{
    vf sum = vf_zero();
    size_t i = 0;
    for (; i + W <= width; i += W)
        sum = sum + vf_load(x + i);
    real total = vf_sum(sum);
    for (; i < width; i++)
        total += x[i];
    return total;
}

static real sum_of_squares(const real *x, size_t width, real centre)
{
    vf sum = vf_zero();
    size_t i = 0;
    for (; i + W <= width; i += W) {
        const vf d = vf_load(x + i) - vf_set(centre);
        sum = vf_fma(d, d, sum);
    }
    real total = vf_sum(sum);
    for (; i < width; i++)
        total += (x[i] - centre) * (x[i] - centre);
    return total;
}

static void normalise(const struct xl_norm *norm, const real *weight, const real *bias,
                      const real *x, real *y)
{
    const size_t width = norm->width;
    const real mean = norm->centred ? sum_of(x, width) / (real)width : 0;
    const real variance = sum_of_squares(x, width, mean) / (real)width;
    const real scale = 1 / (real)sqrt((double)variance + norm->epsilon);
    for (size_t i = 0; i < width; i++) {
        y[i] = (x[i] - mean) * scale * weight[i];
        if (bias)
            y[i] += bias[i];
    }
}

void xl_norm_forward(const struct xl_norm *norm, const real *parameters, size_t rows,
                     struct xl_rows x, struct xl_rows y)
{
    const size_t width = (size_t)norm->groups * norm->width;
    for (size_t row = 0; row < rows; row++) {
        const real *in = x.data + row * x.stride;
        real *out = y.data + row * y.stride;
        for (size_t at = 0; at < width; at += norm->width)
            normalise(norm, parameters + norm->weight + at,
                      norm->bias == XL_NONE ? NULL : parameters + norm->bias + at, in + at,
                      out + at);
    }
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

void xl_conv_forward(const struct xl_conv *conv, const real *parameters, real *state,
                     size_t state_stride, size_t steps, size_t channels, struct xl_rows x,
                     struct xl_rows y)
{
    const size_t width = xl_pad(conv->width);
    const real *weight = parameters + conv->weight, *bias = parameters + conv->bias;
    for (size_t channel = 0; channel < channels; channel++) {
        real *past = state + channel * state_stride + conv->state;
        for (size_t step = 0; step < steps; step++) {
            real *out = y.data + (step * channels + channel) * y.stride;
            for (size_t i = 0; i < width; i += W)
                vf_store(out + i, vf_load(bias + i));
            for (size_t tap = 0; tap < conv->taps; tap++) {
                const ptrdiff_t from = (ptrdiff_t)(step + tap) - (ptrdiff_t)conv->taps + 1;
                const real *in = frame_at(conv, past, x, from, channels, channel);
                for (size_t i = 0; i < width; i += W)
                    vf_store(out + i, vf_fma(vf_load(weight + tap * width + i), vf_load(in + i),
                                             vf_load(out + i)));
            }
        }
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
