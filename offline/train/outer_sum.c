/* SPDX-License-Identifier: ISC */
/* Sums of outer products over rows: gradients of weights, in tiles held in registers. */
#include "back.h"

#include "vec.h"

/** Tiles have at most 4 vectors, or 2 where there are few registers. */
enum {
    MANY = XL_REGISTERS == 32,
    WIDE = 4,
    TALL = MANY ? 8 : 6, ///< most rows of a tile
    WIDE_TALL = 6,       ///< of one of 4 vectors
};

/** dW[first … first + tall) and, if `ones`, the sum of dy, for `vectors` vectors of columns. */
static inline __attribute__((always_inline)) void
tile(const struct xl_outer *o, size_t first, size_t column, int tall, bool ones, int vectors)
{
    vf sum[TALL + 1][WIDE];
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

/** The last rows, a tile at most; with none left, the sum of dy alone. */
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
    case 5:
        tile(o, first, column, 5, ones, vectors);
        break;
    case 6:
        tile(o, first, column, 6, ones, vectors);
        break;
    case 7:
        tile(o, first, column, TALL < 7 ? TALL : 7, ones, vectors);
        break;
    default:
        tile(o, first, column, TALL, ones, vectors);
    }
}

/** Some columns, in tiles of at most `tall` rows. The sum of dy is another row of the last one,
 *  which has `last` at most beside it. */
static inline __attribute__((always_inline)) void panel(const struct xl_outer *o, size_t column,
                                                        int vectors, int tall, int last)
{
    size_t row = 0;
    const int most = o->sum ? last : tall;
    for (; o->m - row > (size_t)most && o->m - row >= (size_t)tall; row += (size_t)tall)
        tile(o, row, column, tall, false, vectors);
    if (o->sum)
        last_tile(o, row, column, true, vectors);
    else
        last_tile(o, row, column, false, vectors);
}

/** As many vectors at once as leave none alone at the end, which would be slower. */
static void wide_panels(const struct xl_outer *o)
{
    size_t column = 0, left = o->n / W;
    for (; left % 3 == 1 && left >= 4; left -= 4, column += 4 * W)
        panel(o, column, 4, WIDE_TALL, WIDE_TALL - 1);
    for (; left >= 3; left -= 3, column += 3 * W)
        panel(o, column, 3, TALL, TALL);
    if (left == 2)
        panel(o, column, 2, TALL, TALL);
    else if (left == 1)
        panel(o, column, 1, TALL, TALL);
}

static void narrow_panels(const struct xl_outer *o)
{
    size_t column = 0;
    for (; column + 2 * W <= o->n; column += 2 * W)
        panel(o, column, 2, TALL, TALL - 1);
    if (column < o->n)
        panel(o, column, 1, TALL, TALL - 1);
}

void xl_outer_sum(const struct xl_outer *outer)
{
    const struct xl_outer o = *outer;
    if (MANY)
        wide_panels(&o);
    else
        narrow_panels(&o);
}
