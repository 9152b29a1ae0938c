/* SPDX-License-Identifier: ISC */
/* Gradients of the recurrent product R h, for every way in which R is packed (struct xl_cell). */
#ifndef TRAIN_RECURRENT_BACK_H
#define TRAIN_RECURRENT_BACK_H

#include "back.h"

/** Rows of gradients of gates; the GRU's product inside its reset gate has its own. */
struct XL_FN(xl_gate_rows) {
    struct xl_rows gates, inner;
};
#define xl_gate_rows XL_FN(xl_gate_rows)

/** The same rows from row `row` on. */
static inline struct xl_gate_rows xl_gate_rows_from(const struct xl_gate_rows *rows, size_t row)
{
    return (struct xl_gate_rows){xl_rows_from(rows->gates, row), xl_rows_from(rows->inner, row)};
}

/** What the gradients of one cell need. Arrays are borrowed. */
struct XL_FN(xl_recurrent_back) {
    const struct xl_cell *cell;
    const struct xl_matrix *input; ///< goes along with a joined R; NULL: none does
    const real *parameters;
    real *gradient;
    real *transposed; ///< room for R and the input's matrix, transposed
};
#define xl_recurrent_back XL_FN(xl_recurrent_back)

/** Numbers that a step leaves for each channel if R is joined: the gradient of h, then that of the
 *  input; a multiple of XL_PAD. */
static inline size_t xl_recurrent_width(const struct xl_recurrent_back *r)
{
    return xl_pad(r->cell->width + (r->input ? r->input->in : 0));
}

/** Fills `transposed`. Returns the numbers that it takes. */
size_t XL_FN(xl_recurrent_transpose)(const struct xl_recurrent_back *r);
#define xl_recurrent_transpose XL_FN(xl_recurrent_transpose)

/** For the channels of one step, dh += R^T d; if R is joined, dh = R^T d, and what follows it in
 *  the rows becomes W^T d of the input's matrix W. */
void XL_FN(xl_recurrent_step_back)(const struct xl_recurrent_back *r, size_t channels,
                                   struct xl_gate_rows d, struct xl_rows dh);
#define xl_recurrent_step_back XL_FN(xl_recurrent_step_back)

/** dR += d h over `rows` rows, h being that of the step before. */
void XL_FN(xl_recurrent_gradient)(const struct xl_recurrent_back *r, size_t rows,
                                  struct xl_gate_rows d, struct xl_rows h_before);
#define xl_recurrent_gradient XL_FN(xl_recurrent_gradient)

#endif
