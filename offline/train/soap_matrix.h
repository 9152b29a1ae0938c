/* SPDX-License-Identifier: ISC */
/* One tensor in the hands of the optimiser (soap.h). */
#ifndef TRAIN_SOAP_MATRIX_H
#define TRAIN_SOAP_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/** A tensor as a matrix, row-major, its last dimension along the columns; vectors are one row.
 *  Numbers are of the engine's type; rows of all arrays are padded to XL_PAD numbers, with zeros.
 *  A side of one, or too long for a basis of its own, has none: NULL. */
struct xl_soap_matrix {
    size_t rows, columns;
    /* Kept between updates. */
    void *mean, *square;       ///< moments of the gradient in the bases
    void *left, *left_basis;   ///< rows x rows: mean of G Gt, and its eigenvectors as rows
    void *right, *right_basis; ///< columns x columns: the same of Gt G
    void *recent;              ///< gradients that these means lack yet, one after the other
    /* Of one update. */
    void *gradient; ///< G, or the step that it led to
    void *work;     ///< xl_soap_work() numbers
};

/** How an update blends what is new into what is kept, and how far it goes. */
struct xl_soap_pace {
    double mean, square, moment; ///< shares of the new
    size_t waiting;              ///< gradients in `recent`, this one not counted
    double correct;              ///< makes up for second moments that began at zero
    bool turn;                   ///< brings the means of G Gt and Gt G and the bases up to date
};

/** What the optimiser does to a matrix, for one instruction set. */
struct xl_soap_verbs {
    /** Takes a matrix's gradient into its moments. Returns the sum, over its elements in the bases,
     *  of their squares over what is usual. */
    double (*follow)(const struct xl_soap_matrix *matrix, const struct xl_soap_pace *pace);
    /** Turns the moments into a step of rate one, which it leaves in place of the gradient. */
    void (*step)(const struct xl_soap_matrix *matrix, const struct xl_soap_pace *pace);
};

/** Numbers of work that a matrix needs, of which `recent` gradients wait at most. */
size_t xl_soap_work(size_t rows, size_t columns, size_t recent);

#endif
