/* SPDX-License-Identifier: ISC */
/* Gradients of block-diagonal matrices whose blocks share vectors. */
#include "back.h"

#include "grouped.h"

struct xl_matrix xl_grouped_transpose(const struct xl_matrix *w, const real *weight,
                                      real *transposed)
{
    struct xl_matrix t = *w;
    const size_t size = w->in, n = (size_t)w->blocks * size;
    t.columns = xl_pad(n);
    memset(transposed, 0, size * t.columns * sizeof(real));
    for (size_t k = 0; k < size; k++)
        for (size_t at = 0; at < n; at++)
            transposed[at % size * t.columns + at / size * size + k] = weight[k * w->columns + at];
    return t;
}

static inline __attribute__((always_inline)) void gradient(const struct xl_matrix *w, size_t at,
                                                           size_t size, size_t rows,
                                                           struct xl_rows x, struct xl_rows dy,
                                                           real *to)
{
    enum { MOST = 8 };
    vf sum[MOST];
    const real *in = x.data, *d = dy.data + at;
    XL_UNROLL
    for (size_t k = 0; k < size; k++)
        sum[k] = vf_load(to + k * w->columns + at);
    for (size_t row = 0; row < rows; row++, in += x.stride, d += dy.stride) {
        const vf g = vf_load(d);
        XL_UNROLL
        for (size_t k = 0; k < size; k++)
            sum[k] = vf_fma(xl_of_block(in, at, size, k), g, sum[k]);
    }
    XL_UNROLL
    for (size_t k = 0; k < size; k++)
        vf_store(to + k * w->columns + at, sum[k]);
}

void xl_grouped_gradient(const struct xl_matrix *w, size_t rows, struct xl_rows x,
                         struct xl_rows dy, real *to)
{
    for (size_t at = 0; at < (size_t)w->blocks * w->in; at += W)
        switch (w->in) {
        case 2:
            gradient(w, at, 2, rows, x, dy, to);
            break;
        case 4:
            gradient(w, at, 4, rows, x, dy, to);
            break;
        default:
            gradient(w, at, 8, rows, x, dy, to);
        }
}
