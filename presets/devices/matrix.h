/* SPDX-License-Identifier: ISC */
/* Small dense linear systems. */
#ifndef DEVICES_MATRIX_H
#define DEVICES_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

/** Solves A X = B by elimination with row pivots. `a` is n x n, `b` n x m, both row-major; `a` is
 *  destroyed and `b` becomes X. False if A is singular. */
bool matrix_solve(double *a, double *b, size_t n, size_t m);

#endif
