/* SPDX-License-Identifier: ISC */
/* Matrices and elementwise loops. */
#include "kernels.h"

#include "vmath.h"

/* ---- matrices ------------------------------------------------------------------------------- */

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

/* ---- elementwise ---------------------------------------------------------------------------- */

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
