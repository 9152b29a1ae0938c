/* SPDX-License-Identifier: ISC */
/* Block-diagonal matrices whose blocks share vectors. */
#include "grouped.h"

#include "kernels.h"

/** What every vector of every row needs; rows of weights are `columns` numbers apart. */
struct grouped {
    const real *weight, *bias;
    size_t columns, rows;
    struct xl_rows x, y;
    bool accumulate;
};

static inline __attribute__((always_inline)) void run_vector(const struct grouped *g, size_t at,
                                                             size_t size)
{
    enum { MOST = 8 };
    vf weight[MOST];
    const vf bias = g->bias ? vf_load(g->bias + at) : vf_zero();
    const real *x = g->x.data;
    real *y = g->y.data + at;
    XL_UNROLL
    for (size_t k = 0; k < size; k++)
        weight[k] = vf_load(g->weight + k * g->columns + at);
    for (size_t row = 0; row < g->rows; row++, x += g->x.stride, y += g->y.stride) {
        vf sum = bias;
        if (g->accumulate)
            sum = vf_load(y) + bias;
        XL_UNROLL
        for (size_t k = 0; k < size; k++)
            sum = vf_fma(xl_of_block(x, at, size, k), weight[k], sum);
        vf_store(y, sum);
    }
}

static void run_2(const struct grouped *g, size_t at)
{
    run_vector(g, at, 2);
}

static void run_4(const struct grouped *g, size_t at)
{
    run_vector(g, at, 4);
}

static void run_8(const struct grouped *g, size_t at)
{
    run_vector(g, at, 8);
}

void xl_grouped_forward(const struct xl_matrix *w, const real *weight, const real *bias,
                        size_t rows, struct xl_rows x, struct xl_rows y, bool accumulate)
{
    const struct grouped g = {weight, bias, w->columns, rows, x, y, accumulate};
    for (size_t at = 0; at < (size_t)w->blocks * w->out; at += W)
        (w->in == 2 ? run_2 : w->in == 4 ? run_4 : run_8)(&g, at);
}
