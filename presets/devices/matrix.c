/* SPDX-License-Identifier: ISC */
#include "matrix.h"

#include <math.h>

static size_t pivot_row(const double *a, size_t n, size_t column)
{
    size_t best = column;
    for (size_t row = column + 1; row < n; row++)
        if (fabs(a[row * n + column]) > fabs(a[best * n + column]))
            best = row;
    return best;
}

static void swap_rows(double *rows, size_t width, size_t first, size_t second)
{
    if (first == second)
        return;
    for (size_t j = 0; j < width; j++) {
        const double kept = rows[first * width + j];
        rows[first * width + j] = rows[second * width + j];
        rows[second * width + j] = kept;
    }
}

static void subtract_row(double *rows, size_t width, size_t target, size_t source, double factor)
{
    for (size_t j = 0; j < width; j++)
        rows[target * width + j] -= factor * rows[source * width + j];
}

static void substitute_back(const double *a, double *b, size_t n, size_t m)
{
    for (size_t row = n; row-- > 0;) {
        for (size_t k = row + 1; k < n; k++)
            subtract_row(b, m, row, k, a[row * n + k]);
        for (size_t j = 0; j < m; j++)
            b[row * m + j] /= a[row * n + row];
    }
}

bool matrix_solve(double *a, double *b, size_t n, size_t m)
{
    for (size_t column = 0; column < n; column++) {
        const size_t pivot = pivot_row(a, n, column);
        if (a[pivot * n + column] == 0)
            return false;
        swap_rows(a, n, column, pivot);
        swap_rows(b, m, column, pivot);
        for (size_t row = column + 1; row < n; row++) {
            const double factor = a[row * n + column] / a[column * n + column];
            if (factor == 0)
                continue;
            subtract_row(a, n, row, column, factor);
            subtract_row(b, m, row, column, factor);
        }
    }
    substitute_back(a, b, n, m);
    return true;
}
