/* SPDX-License-Identifier: ISC */
/* Sums of outer products over rows: gradients of weights, in tiles held in registers. */
#include "back.h"

#include "vec.h"

enum {
    WIDE = XL_REGISTERS == 32 ? 4 : 2, ///< vectors of a tile
    TALL = 6,                          ///< its rows, the sum of dy counted
};

/** dW[first … first + tall) and, if `ones`, the sum of dy, for `vectors` vectors of columns. */
static inline __attribute__((always_inline)) void
tile(const struct xl_outer *o, size_t first, size_t column, int tall, bool ones, int vectors)
{
    vf sum[TALL][WIDE];
    const size_t x_stride = o->x.stride, d_stride = o->dy.stride;
    const real *x = o->x.data + first, *d = o->dy.data + column;
    real *to = o->to + first * o->to_row + column;
    XL_UNROLL
    for (int i = 0; i < tall; i++) {
        XL_UNROLL
        for (int j = 0; j < vectors; j++)
            sum[i][j] = vf_load(to + (size_t)i * o->to_row + j * W);
    }
    XL_UNROLL
    for (int j = 0; ones && j < vectors; j++)
        sum[tall][j] = vf_load(o->sum + column + j * W);
    for (size_t row = 0; row < o->rows; row++, x += x_stride, d += d_stride) {
        vf of_d[WIDE];
        XL_UNROLL
        for (int j = 0; j < vectors; j++)
            of_d[j] = vf_keep(vf_load(d + j * W));
        XL_UNROLL
        for (int i = 0; i < tall; i++) {
            const vf factor = vf_set(x[i]);
            XL_UNROLL
            for (int j = 0; j < vectors; j++)
                sum[i][j] = vf_fma(factor, of_d[j], sum[i][j]);
        }
        XL_UNROLL
        for (int j = 0; ones && j < vectors; j++)
            sum[tall][j] = sum[tall][j] + of_d[j];
    }
    XL_UNROLL
    for (int i = 0; i < tall; i++) {
        XL_UNROLL
        for (int j = 0; j < vectors; j++)
            vf_store(to + (size_t)i * o->to_row + j * W, sum[i][j]);
    }
    XL_UNROLL
    for (int j = 0; ones && j < vectors; j++)
        vf_store(o->sum + column + j * W, sum[tall][j]);
}

/** The last rows, fewer than a tile. */
static inline __attribute__((always_inline)) void last_tile(const struct xl_outer *o, size_t first,
                                                            size_t column, bool ones, int vectors)
{
    switch (o->m - first) {
    case 0:
        if (ones)
            tile(o, first, column, 0, ones, vectors);
        break;
    case 1:
        tile(o, first, column, 1, ones, vectors);
        break;
    case 2:
        tile(o, first, column, 2, ones, vectors);
        break;
    case 3:
        tile(o, first, column, 3, ones, vectors);
        break;
    case 4:
        tile(o, first, column, 4, ones, vectors);
        break;
    default:
        tile(o, first, column, 5, ones, vectors);
    }
}

static inline __attribute__((always_inline)) void panel(const struct xl_outer *o, size_t column,
                                                        int vectors)
{
    size_t row = 0;
    for (; row + TALL <= o->m; row += TALL)
        tile(o, row, column, TALL, false, vectors);
    if (o->sum)
        last_tile(o, row, column, true, vectors);
    else
        last_tile(o, row, column, false, vectors);
}

void xl_outer_sum(const struct xl_outer *outer)
{
    const struct xl_outer o = *outer;
    size_t column = 0;
    for (; column + WIDE * W <= o.n; column += WIDE * W)
        panel(&o, column, WIDE);
    for (; column < o.n; column += W)
        panel(&o, column, 1);
}
