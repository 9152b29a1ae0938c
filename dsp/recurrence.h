/* SPDX-License-Identifier: ISC */
/* The product R h of a step. The next step waits for this one's h, so what counts is not only the
 * number of multiply-adds but the time from h to the gates: short sums are split in two partial
 * sums, over even and odd k, so that more of them are under way. Whether they are depends on the
 * cell alone: a channel's bits never depend on its neighbours or on how a run was cut. */
#ifndef XL_RECURRENCE_H
#define XL_RECURRENCE_H

#include "kernels.h"
#include "vec.h"

struct XL_FN(xl_recurrence);
/** gates += R h for the columns of a panel from `column` on, h and gates being one channel's or the
 *  first of two. */
typedef void XL_FN(xl_recurrence_tile)(const struct XL_FN(xl_recurrence) *, size_t column,
                                       const real *h, real *gates);
#define xl_recurrence_tile XL_FN(xl_recurrence_tile)

/** How the columns are cut: `count` panels of `columns`, the last one may be narrower. */
struct XL_FN(xl_panels) {
    size_t count, columns;
    xl_recurrence_tile *tile, *last;
};
#define xl_panels XL_FN(xl_panels)

/** gates += R h, for R packed as one matrix [width][columns]. */
struct XL_FN(xl_recurrence) {
    const real *weight;
    size_t columns, width;
    size_t h_stride, gates_stride; ///< from one channel's row to the next
    struct xl_panels solo, pair;   ///< for one channel and for two at once
};
#define xl_recurrence XL_FN(xl_recurrence)

/** How many sums the registers hold. */
enum {
    XL_BUSY_SUMS = 8, ///< sums under way that hide the latency of a multiply-add
    XL_MOST_SUMS = XL_REGISTERS == 32 ? 16 : 12, ///< that leave registers for the rest
};

/** Partial sums for each gate of a matrix of `columns` columns: 1 or 2. */
static inline int xl_partial_sums(size_t columns)
{
    return columns <= (size_t)XL_BUSY_SUMS * W ? 2 : 1;
}

/** Adds R h to sum[channel][vector], for `channels` channels (1 or 2) and `vectors` vectors of
 *  gates from column `column` on. `h` is the first channel's. The counts and `parts` are constants
 *  where this is expanded; channels * vectors * parts is at most XL_MOST_SUMS. */
static inline __attribute__((always_inline)) void xl_recurrence_sums(const struct xl_recurrence *r,
                                                                     size_t column, const real *h,
                                                                     int channels, int vectors,
                                                                     int parts, vf *sum)
{
    vf partial[2][XL_MOST_SUMS];
    const size_t columns = r->columns, width = r->width, h_stride = r->h_stride;
    const real *weight = r->weight + column;
    size_t k = 0;
    XL_UNROLL
    for (int i = 0; i < channels * vectors; i++) {
        partial[0][i] = sum[i];
        partial[1][i] = vf_zero();
    }
    XL_UNROLL_SOME
    for (; k + (size_t)parts <= width; k += (size_t)parts) {
        XL_UNROLL
        for (int part = 0; part < parts; part++) {
            const real *row = weight + (k + (size_t)part) * columns;
            vf x[2];
            XL_UNROLL
            for (int c = 0; c < channels; c++)
                x[c] = vf_set(h[(size_t)c * h_stride + k + (size_t)part]);
            XL_UNROLL
            for (int v = 0; v < vectors; v++) {
                const vf w = channels > 1 ? vf_keep(vf_load(row + v * W)) : vf_load(row + v * W);
                XL_UNROLL
                for (int c = 0; c < channels; c++)
                    partial[part][c * vectors + v] =
                        vf_fma(x[c], w, partial[part][c * vectors + v]);
            }
        }
    }
    if (parts == 2 && k < width) { /* an odd width ends with an even k */
        XL_UNROLL
        for (int i = 0; i < channels * vectors; i++) {
            const vf x = vf_set(h[(size_t)(i / vectors) * h_stride + k]);
            partial[0][i] =
                vf_fma(x, vf_load(weight + k * columns + i % vectors * W), partial[0][i]);
        }
    }
    XL_UNROLL
    for (int i = 0; i < channels * vectors; i++) {
        sum[i] = partial[0][i];
        if (parts == 2)
            sum[i] = sum[i] + partial[1][i];
    }
}

/** Fills `solo` and `pair` for its matrix. */
void XL_FN(xl_recurrence_plan)(struct xl_recurrence *recurrence);
#define xl_recurrence_plan XL_FN(xl_recurrence_plan)

/** One step of `channels` channels. Real-time. */
void XL_FN(xl_recur)(const struct xl_recurrence *recurrence, size_t channels, const real *h,
                     real *gates);
#define xl_recur XL_FN(xl_recur)

#endif
