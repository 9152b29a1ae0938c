/* SPDX-License-Identifier: ISC */
/* Products of matrices: tiles of rows x vectors held in registers. */
#include "kernels.h"

#include "vec.h"

/** Tiles have at most WIDE x WIDE_ROWS sums, or 1 to 3 vectors x ROWS: as many as leave
 *  registers for the vectors of B and an element of A. */
enum {
    WIDE = XL_REGISTERS == 32 ? 4 : 2,
    ROWS = XL_REGISTERS == 32 ? 8 : 6,
    WIDE_ROWS = 6,
    MOST_ROWS = 8,
};

static inline __attribute__((always_inline)) void tile(const struct xl_product *p, size_t row,
                                                       size_t column, int rows, int vectors)
{
    vf sum[MOST_ROWS][WIDE];
    const size_t count = p->k, a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
    const size_t c_row = p->c_row;
    const real *a = p->a + row * a_row;
    const real *b = p->b + column;
    real *c = p->c + row * c_row + column;
    XL_UNROLL
    for (int i = 0; i < rows; i++) {
        XL_UNROLL
        for (int j = 0; j < vectors; j++) {
            sum[i][j] = p->accumulate ? vf_load(c + (size_t)i * c_row + j * W) : vf_zero();
            if (p->bias)
                sum[i][j] = sum[i][j] + vf_load(p->bias + column + j * W);
        }
    }
    for (size_t k = 0; k < count; k++) {
        vf of_b[WIDE];
        XL_UNROLL
        for (int j = 0; j < vectors; j++)
            of_b[j] =
                rows > 1 ? vf_keep(vf_load(b + k * b_row + j * W)) : vf_load(b + k * b_row + j * W);
        XL_UNROLL
        for (int i = 0; i < rows; i++) {
            const vf x = vf_set(a[(size_t)i * a_row + k * a_column]);
            XL_UNROLL
            for (int j = 0; j < vectors; j++)
                sum[i][j] = vf_fma(x, of_b[j], sum[i][j]);
        }
    }
    XL_UNROLL
    for (int i = 0; i < rows; i++) {
        XL_UNROLL
        for (int j = 0; j < vectors; j++)
            vf_store(c + (size_t)i * c_row + j * W, sum[i][j]);
    }
}

static inline __attribute__((always_inline)) void panel(const struct xl_product *p, size_t column,
                                                        int vectors, int rows)
{
    size_t row = 0;
    for (; row + (size_t)rows <= p->m; row += (size_t)rows)
        tile(p, row, column, rows, vectors);
    for (; row + 2 <= p->m; row += 2)
        tile(p, row, column, 2, vectors);
    if (row < p->m)
        tile(p, row, column, 1, vectors);
}

void xl_multiply(const struct xl_product *product)
{
    /* A copy that stores to C cannot change, as the compiler must know. */
    const struct xl_product p = *product;
    size_t column = 0, left = p.n / W; /* no lone vector at the end if that can be had */
    for (; left >= WIDE && (WIDE < 4 || left % 3 == 1); left -= WIDE, column += WIDE * W)
        panel(&p, column, WIDE, WIDE_ROWS);
    for (; WIDE > 2 && left >= 3; left -= 3, column += 3 * W)
        panel(&p, column, 3, ROWS);
    if (WIDE > 2 && left == 2)
        panel(&p, column, 2, ROWS);
    else if (left == 1)
        panel(&p, column, 1, ROWS);
}
