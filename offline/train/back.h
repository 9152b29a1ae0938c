/* SPDX-License-Identifier: ISC */
/* Backward passes of the layers in dsp/ (specification 12). Like the forward code, these files are
 * compiled once for each instruction set and precision.
 *
 * After a forward run with `keep`, a backward run walks the layers in reverse. The gradient of a
 * work piece lies in `dwork` where the piece lies in `work`; the gradient of a state in `dstate`
 * where the state lies in its image. Gradients of weights are added to `gradient`, in the layout of
 * the packed parameters. Rows that carry a gradient into a function may be overwritten by it. */
#ifndef TRAIN_BACK_H
#define TRAIN_BACK_H

#include "run.h"

/** A backward run. Arrays are borrowed. */
struct XL_FN(xl_back) {
    const struct xl_run *run; ///< its state is the one *before* the forward run
    real *gradient;
    real *dwork;
    real *dstate;  ///< one image for each channel; 0 after the last frame
    real *scratch; ///< room for any matrix of the model, transposed, and what a step of a cell
                   ///< leaves for the one before; or for the boundary states of any memory
                   ///< (memory_boundary.h)
};
#define xl_back XL_FN(xl_back)

/** The gradient of a work piece, as xl_piece(). */
static inline struct xl_rows xl_dpiece(const struct xl_back *back, size_t offset, size_t width)
{
    return (struct xl_rows){back->dwork + offset * xl_run_rows(back->run), width};
}

/* ---- kernels (back_kernels.c) --------------------------------------------------------------- */

/** The matrix [in][columns] of one block at `weight`, transposed to `out` rows of `in` numbers. */
void XL_FN(xl_transpose)(const real *weight, size_t in, size_t out, size_t columns,
                         struct xl_rows to);
#define xl_transpose XL_FN(xl_transpose)

/** The same to [out][padded in]. */
void XL_FN(xl_transpose_padded)(const real *weight, size_t in, size_t out, size_t columns,
                                real *transposed);
#define xl_transpose_padded XL_FN(xl_transpose_padded)

/** A sum of outer products over rows: to[i][j] += x[row][i] dy[row][j] for m x n elements, and,
 * unless `sum` is NULL, sum[j] += dy[row][j]. n is a multiple of XL_PAD. */
struct XL_FN(xl_outer) {
    size_t m, n, rows;
    struct xl_rows x, dy;
    real *to;
    size_t to_row;
    real *sum;
};
#define xl_outer XL_FN(xl_outer)
void XL_FN(xl_outer_sum)(const struct xl_outer *outer);
#define xl_outer_sum XL_FN(xl_outer_sum)

/** dW += x dy and db += dy over `rows` rows. */
void XL_FN(xl_weight_gradient)(const struct xl_matrix *w, real *gradient, size_t rows,
                               struct xl_rows x, struct xl_rows dy);
#define xl_weight_gradient XL_FN(xl_weight_gradient)

/** dx = W dy, or dx += W dy if `add`, for a matrix of one block transposed by
 * xl_transpose_padded().
 */
void XL_FN(xl_input_gradient)(const struct xl_matrix *w, const real *transposed, size_t rows,
                              struct xl_rows dy, struct xl_rows dx, bool add);
#define xl_input_gradient XL_FN(xl_input_gradient)

/** dW += x dy, db += dy, and dx = W dy unless dx.data is NULL; `add` makes it dx += W dy. */
void XL_FN(xl_matrix_back)(const struct xl_matrix *w, const struct xl_back *back, struct xl_rows x,
                           struct xl_rows dy, struct xl_rows dx, bool add);
#define xl_matrix_back XL_FN(xl_matrix_back)

/** The transpose of a grouped matrix with its weights at `weight`; its own go to `transposed`. */
struct xl_matrix XL_FN(xl_grouped_transpose)(const struct xl_matrix *w, const real *weight,
                                             real *transposed);
#define xl_grouped_transpose XL_FN(xl_grouped_transpose)

/** dW += x dy for a grouped matrix whose gradient is at `to`. */
void XL_FN(xl_grouped_gradient)(const struct xl_matrix *w, size_t rows, struct xl_rows x,
                                struct xl_rows dy, real *to);
#define xl_grouped_gradient XL_FN(xl_grouped_gradient)

/** to[0 … width) += the sum of the rows. */
void XL_FN(xl_sum_rows)(size_t width, size_t rows, struct xl_rows dy, real *to);
#define xl_sum_rows XL_FN(xl_sum_rows)

/** Gradient of a normalisation of x; dx += … if `add`. dx may be dy. */
void XL_FN(xl_norm_back)(const struct xl_norm *norm, const struct xl_back *back, struct xl_rows x,
                         struct xl_rows dy, struct xl_rows dx, bool add);
#define xl_norm_back XL_FN(xl_norm_back)

/** Gradient of the convolution of x; dx += …. */
void XL_FN(xl_conv_back)(const struct xl_conv *conv, const struct xl_back *back, struct xl_rows x,
                         struct xl_rows dy, struct xl_rows dx);
#define xl_conv_back XL_FN(xl_conv_back)

/** dx = dy * activation'(x) over `width` numbers of each row; dx may be dy. */
void XL_FN(xl_activate_back)(enum xl_activation activation, size_t width, size_t rows,
                             struct xl_rows x, struct xl_rows dy, struct xl_rows dx);
#define xl_activate_back XL_FN(xl_activate_back)

/** Gradient of y = x * activation(gate): to dgate and dx. dy must be neither. */
void XL_FN(xl_gate_back)(enum xl_activation activation, size_t width, size_t rows,
                         struct xl_rows gate, struct xl_rows x, struct xl_rows dy,
                         struct xl_rows dgate, struct xl_rows dx);
#define xl_gate_back XL_FN(xl_gate_back)

/* ---- layers --------------------------------------------------------------------------------- */

/** The input projection of a cell: x and where its gradient goes. */
struct XL_FN(xl_cell_input) {
    const struct xl_matrix *matrix;
    struct xl_rows x;
    struct xl_rows dx;   ///< data NULL: not wanted
    struct xl_rows base; ///< what else reaches x; data NULL: nothing
};
#define xl_cell_input XL_FN(xl_cell_input)

/** Gradient through the cell: from `dh` to `dgates`, R and the state. `h` are the cell's outputs.
 *  With `input`, on to its weights and dx; then what `dgates` holds afterwards is undefined. */
void XL_FN(xl_cell_back)(const struct xl_cell *cell, const struct xl_back *back,
                         const struct xl_cell_input *input, struct xl_rows h, struct xl_rows dh,
                         struct xl_rows dgates);
#define xl_cell_back XL_FN(xl_cell_back)

#define XL_DECLARE_BACK(name, type)                                                                \
    void XL_FN(name)(const struct type *layer, const struct xl_back *back, struct xl_rows x,       \
                     struct xl_rows y, struct xl_rows dy, struct xl_rows dx)

/** From the gradient of a layer's output rows y to that of its input rows x (dx is overwritten).
 *  Linear layers, cells and control layers do without dx if its data is NULL; that of a residual
 *  cell may be dy. */
XL_DECLARE_BACK(xl_layer_back, xl_layer);
XL_DECLARE_BACK(xl_control_back, xl_layer);
XL_DECLARE_BACK(xl_follower_back, xl_follower_layer);
XL_DECLARE_BACK(xl_linear_back, xl_linear_layer);
XL_DECLARE_BACK(xl_cell_layer_back, xl_cell_layer);
#define xl_layer_back XL_FN(xl_layer_back)
#define xl_control_back XL_FN(xl_control_back)
#define xl_follower_back XL_FN(xl_follower_back)
#define xl_linear_back XL_FN(xl_linear_back)
#define xl_cell_layer_back XL_FN(xl_cell_layer_back)

#endif
