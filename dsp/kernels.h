/* SPDX-License-Identifier: ISC */
/* The few operations that every layer is made of. Rows are `stride` numbers apart. Whole vectors
 * are written: the padding of a row may change. Real-time. */
#ifndef XL_KERNELS_H
#define XL_KERNELS_H

#include "isa.h"
#include "layer.h"

/** Rows of numbers: `data` is the first row, `stride` the distance to the next. */
struct XL_FN(xl_rows) {
    real *data;
    size_t stride;
};
#define xl_rows XL_FN(xl_rows)

/** C (m x n) = A (m x k) B (k x n), or C += A B if `accumulate`; then `bias` (n), if not NULL, is
 *  added. Element (i, j) of A is a[i * a_row + j * a_column]. n is a multiple of XL_PAD. The sum
 * for an element runs over k in ascending order whatever m and n are, so that a result never
 * depends on how the rows were grouped. */
struct XL_FN(xl_product) {
    size_t m, n, k;
    const real *a;
    size_t a_row, a_column;
    const real *b;
    size_t b_row;
    real *c;
    size_t c_row;
    const real *bias;
    bool accumulate;
};
#define xl_product XL_FN(xl_product)
void XL_FN(xl_multiply)(const struct xl_product *p);
#define xl_multiply XL_FN(xl_multiply)

/** y = W x + b for `rows` rows. Writes blocks * columns numbers of each row of y, from column 0;
 *  the padding of x is not read. */
void XL_FN(xl_matrix_forward)(const struct xl_matrix *w, const real *parameters, size_t rows,
                              struct xl_rows x, struct xl_rows y);
#define xl_matrix_forward XL_FN(xl_matrix_forward)

/** y += W x + b, likewise. */
void XL_FN(xl_matrix_add)(const struct xl_matrix *w, const real *parameters, size_t rows,
                          struct xl_rows x, struct xl_rows y);
#define xl_matrix_add XL_FN(xl_matrix_add)

/** y = W x + bias for a grouped matrix with its weights at `weight`, or y += … if `accumulate`.
 * Whole vectors are written. `bias` may be NULL. */
void XL_FN(xl_grouped_forward)(const struct xl_matrix *w, const real *weight, const real *bias,
                               size_t rows, struct xl_rows x, struct xl_rows y, bool accumulate);
#define xl_grouped_forward XL_FN(xl_grouped_forward)

/** Normalises each row; y may be x. */
void XL_FN(xl_norm_forward)(const struct xl_norm *norm, const real *parameters, size_t rows,
                            struct xl_rows x, struct xl_rows y);
#define xl_norm_forward XL_FN(xl_norm_forward)

/** Convolves `steps` frames of `channels` channels in time. `state` is the image of channel 0, the
 *  next channel's is `state_stride` numbers on. */
void XL_FN(xl_conv_forward)(const struct xl_conv *conv, const real *parameters, real *state,
                            size_t state_stride, size_t steps, size_t channels, struct xl_rows x,
                            struct xl_rows y);
#define xl_conv_forward XL_FN(xl_conv_forward)

/** y = activation(x) over `width` numbers of each row; y may be x. */
void XL_FN(xl_activate)(enum xl_activation activation, size_t width, size_t rows, struct xl_rows x,
                        struct xl_rows y);
#define xl_activate XL_FN(xl_activate)

/** y += x over `width` numbers of each row. */
void XL_FN(xl_add)(size_t width, size_t rows, struct xl_rows x, struct xl_rows y);
#define xl_add XL_FN(xl_add)

/** y = a + b over `width` numbers of each row. */
void XL_FN(xl_sum)(size_t width, size_t rows, struct xl_rows a, struct xl_rows b, struct xl_rows y);
#define xl_sum XL_FN(xl_sum)

/** y = x over `width` numbers of each row. */
void XL_FN(xl_copy_rows)(size_t width, size_t rows, struct xl_rows x, struct xl_rows y);
#define xl_copy_rows XL_FN(xl_copy_rows)

#endif
