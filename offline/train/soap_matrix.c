/* SPDX-License-Identifier: ISC */
/* Moments and steps of one matrix in the eigenbases of its gradients. */
#include "soap_matrix.h"

#include "kernels.h"
#include "vec.h"

#include <float.h>

/** Numbers whose gradients are smaller than this share of the usual one do not take full steps:
 *  they may be rounding errors. */
static const double SMALL = 1e-4;

/* ---- bases ---------------------------------------------------------------------------------- */

static real dot(const real *a, const real *b, size_t width)
{
    vf sum = vf_zero();
    for (size_t i = 0; i < width; i += W)
        sum = vf_fma(vf_load(a + i), vf_load(b + i), sum);
    return vf_sum(sum);
}

static void scale(real *numbers, real factor, size_t count)
{
    for (size_t i = 0; i < count; i += W)
        vf_store(numbers + i, vf_load(numbers + i) * vf_set(factor));
}

/** row -= its projection on the `count` orthonormal rows at `before`; `shares` has room for as many
 *  numbers. All shares come first, so that none waits for another. */
static void project_away(real *row, const real *before, size_t count, size_t width, real *shares)
{
    for (size_t k = 0; k < count; k++)
        shares[k] = -dot(row, before + k * width, width);
    xl_multiply(&(struct xl_product){.m = 1,
                                     .n = width,
                                     .k = count,
                                     .a = shares,
                                     .a_row = count,
                                     .a_column = 1,
                                     .b = before,
                                     .b_row = width,
                                     .c = row,
                                     .c_row = width,
                                     .accumulate = true});
}

/** Makes row `count` of `rows`, of any length, orthonormal to those before it. Twice where the
 *  first time leaves little of it, and so rounding errors large. False if it is a sum of them. */
static bool orthonormalise(real *rows, size_t count, size_t width, real *shares)
{
    enum { PASSES = 2 };
    const real independent = (real)1e-4, most = (real)0.7;
    real *row = rows + count * width, norm = (real)sqrt((double)dot(row, row, width));
    bool good = norm > 0, clean = false;
    for (int pass = 0; good && !clean && pass < PASSES; pass++) {
        scale(row, 1 / norm, width);
        project_away(row, rows, count, width, shares);
        norm = (real)sqrt((double)dot(row, row, width));
        good = norm > independent;
        clean = norm > most;
    }
    if (good)
        scale(row, 1 / norm, width);
    return good;
}

/** One step of orthogonal iteration towards the eigenvectors of `moment`. Where gradients have
 *  fewer directions than the basis, old ones fill it. */
static void turn(const real *moment, real *basis, size_t count, real *work)
{
    const size_t width = xl_pad(count);
    size_t old = 0;
    xl_multiply(&(struct xl_product){.m = count,
                                     .n = width,
                                     .k = count,
                                     .a = basis,
                                     .a_row = width,
                                     .a_column = 1,
                                     .b = moment,
                                     .b_row = width,
                                     .c = work,
                                     .c_row = width});
    for (size_t j = 0; j < count; j++)
        while (!orthonormalise(work, j, width, work + count * width) && old < count)
            memcpy(work + j * width, basis + old++ * width, width * sizeof(real));
    memcpy(basis, work, count * width * sizeof(real));
}

/* ---- products ------------------------------------------------------------------------------- */

/** to (columns x rows) = from (rows x columns), padding and all. */
static void flip(const real *from, size_t rows, size_t columns, real *to)
{
    const size_t from_row = xl_pad(columns), to_row = xl_pad(rows);
    memset(to, 0, columns * to_row * sizeof(real));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            to[j * to_row + i] = from[i * from_row + j];
}

/** to = basis x, or its transpose times x. */
static void turn_rows(const struct xl_soap_matrix *m, bool back, const real *x, real *to)
{
    const size_t width = xl_pad(m->columns), basis_row = xl_pad(m->rows);
    if (!m->left_basis) {
        memcpy(to, x, m->rows * width * sizeof(real));
        return;
    }
    xl_multiply(&(struct xl_product){.m = m->rows,
                                     .n = width,
                                     .k = m->rows,
                                     .a = m->left_basis,
                                     .a_row = back ? 1 : basis_row,
                                     .a_column = back ? basis_row : 1,
                                     .b = x,
                                     .b_row = width,
                                     .c = to,
                                     .c_row = width});
}

/** to = x basis^T for an x of one row. */
static void turn_row(const struct xl_soap_matrix *m, const real *x, real *to)
{
    const size_t width = xl_pad(m->columns);
    const real *basis = m->right_basis;
    for (size_t j = 0; j < width; j++)
        to[j] = j < m->columns ? dot(x, basis + j * width, width) : 0;
}

/** to = x basis^T, or x basis. `flipped` is room for a basis, if not
 *  back. */
static void turn_columns(const struct xl_soap_matrix *m, bool back, const real *x, real *flipped,
                         real *to)
{
    const size_t width = xl_pad(m->columns);
    if (!m->right_basis) {
        memcpy(to, x, m->rows * width * sizeof(real));
        return;
    }
    if (!back && m->rows == 1) {
        turn_row(m, x, to);
        return;
    }
    if (!back)
        flip(m->right_basis, m->columns, m->columns, flipped);
    xl_multiply(&(struct xl_product){.m = m->rows,
                                     .n = width,
                                     .k = m->columns,
                                     .a = x,
                                     .a_row = width,
                                     .a_column = 1,
                                     .b = back ? m->right_basis : flipped,
                                     .b_row = width,
                                     .c = to,
                                     .c_row = width});
}

/* ---- updates -------------------------------------------------------------------------------- */

/** moment += A B; A has `depth` columns. */
static void add_product(real *moment, size_t count, size_t depth, const real *a, size_t a_row,
                        size_t a_column, const real *b)
{
    const size_t width = xl_pad(count);
    xl_multiply(&(struct xl_product){.m = count,
                                     .n = width,
                                     .k = depth,
                                     .a = a,
                                     .a_row = a_row,
                                     .a_column = a_column,
                                     .b = b,
                                     .b_row = width,
                                     .c = moment,
                                     .c_row = width,
                                     .accumulate = true});
}

/** Takes the gradients that wait, this one too, into the means of G Gt and Gt G. Until then they
 *  are not needed, and they are larger than the gradients. */
static void gather(const struct xl_soap_matrix *m, const struct xl_soap_pace *pace)
{
    const size_t width = xl_pad(m->columns), size = m->rows * width, count = pace->waiting + 1;
    const real kept = (real)pow(1 - pace->moment, (double)count);
    const size_t flipped_row = xl_pad(m->rows);
    real *recent = m->recent, *flipped = m->work;
    double share = pace->moment;
    for (size_t i = count; i-- > 0; share *= 1 - pace->moment)
        scale(recent + i * size, (real)sqrt(share), size);
    if (m->left) {
        scale(m->left, kept, m->rows * flipped_row);
        for (size_t i = 0; i < count; i++)
            flip(recent + i * size, m->rows, m->columns, flipped + i * m->columns * flipped_row);
        add_product(m->left, m->rows, count * m->columns, flipped, 1, flipped_row, flipped);
    }
    if (m->right) {
        scale(m->right, kept, m->columns * width);
        add_product(m->right, m->columns, count * m->rows, recent, 1, width, recent);
    }
}

/** Brings means and bases up to date; the gradient's mean goes from the old bases to the new. */
static void turn_bases(const struct xl_soap_matrix *m, const struct xl_soap_pace *pace)
{
    real *half = m->work;
    turn_rows(m, true, m->mean, half);
    turn_columns(m, true, half, NULL, m->mean);
    gather(m, pace);
    if (m->left)
        turn(m->left, m->left_basis, m->rows, m->work);
    if (m->right)
        turn(m->right, m->right_basis, m->columns, m->work);
    turn_rows(m, false, m->mean, half);
    turn_columns(m, false, half, half + m->rows * xl_pad(m->columns), m->mean);
}

static double follow(const struct xl_soap_matrix *m, const struct xl_soap_pace *pace)
{
    const size_t size = m->rows * xl_pad(m->columns);
    const vf of_mean = vf_set((real)pace->mean), of_square = vf_set((real)pace->square);
    real *mean = m->mean, *square = m->square, *turned = m->work, *half = turned + size;
    const real *g = m->gradient;
    vf sum = vf_zero();
    if (m->recent)
        memcpy((real *)m->recent + pace->waiting * size, g, size * sizeof(real));
    if (m->recent && pace->turn)
        turn_bases(m, pace);
    turn_rows(m, false, g, half);
    turn_columns(m, false, half, half + size, turned);
    for (size_t i = 0; i < size; i += W) {
        const vf before = vf_load(mean + i), t = vf_load(turned + i), energy = t * t;
        vf_store(mean + i, before + of_mean * (t - before));
        vf usual = vf_load(square + i);
        usual = usual + of_square * (energy - usual);
        vf_store(square + i, usual);
        usual = usual * vf_set((real)pace->correct);
        sum = sum + vf_select(vf_less(vf_zero(), usual), energy / usual, vf_zero());
    }
    return (double)vf_sum(sum);
}

/** Root of the mean square of the gradient's elements. */
static double usual(const struct xl_soap_matrix *m, const struct xl_soap_pace *pace)
{
    const size_t size = m->rows * xl_pad(m->columns);
    const real *square = m->square;
    vf sum = vf_zero();
    for (size_t i = 0; i < size; i += W)
        sum = sum + vf_load(square + i);
    return sqrt((double)vf_sum(sum) * pace->correct / (double)(m->rows * m->columns));
}

static void step(const struct xl_soap_matrix *m, const struct xl_soap_pace *pace)
{
    const size_t size = m->rows * xl_pad(m->columns);
    real *turned = m->work, *half = turned + size;
    const real *mean = m->mean, *square = m->square;
    const real correct = (real)pace->correct;
    const real least = (real)fmax(SMALL * usual(m, pace), (double)FLT_MIN);
    for (size_t i = 0; i < size; i++)
        turned[i] = mean[i] / ((real)sqrt((double)(square[i] * correct)) + least);
    turn_rows(m, true, turned, half);
    turn_columns(m, true, half, NULL, m->gradient);
}

const struct xl_soap_verbs XL_FN(xl_soap_verbs) = {follow, step};
