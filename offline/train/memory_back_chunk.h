/* SPDX-License-Identifier: ISC */
/* The backward pass of one chunk of one head of one channel: the letters are those of
 * specification 12. */
#ifndef TRAIN_MEMORY_BACK_CHUNK_H
#define TRAIN_MEMORY_BACK_CHUNK_H

#include "back.h"
#include "memory_boundary.h"
#include "memory_chunk.h"

/** Where its numbers lie; row t of all rows is step t of the chunk. Gates are rows of one number.
 */
struct XL_FN(xl_chunk_head) {
    size_t length, dk, dv;
    real scale, epsilon; ///< scale: of the keys
    struct xl_rows q, k, v, f, dh;
    struct xl_rows dq, dkeys, dvalues, di, df; ///< written
    const real *c, *n;                         ///< state before the chunk
    double m;
    real *dc, *dn; ///< gradient of the state after the chunk, in the end of that before it
};
#define xl_chunk_head XL_FN(xl_chunk_head)

/** What is computed on the way. Rows of dk or dv numbers lie padded, without further gaps. */
struct XL_FN(xl_chunk_work) {
    struct xl_memory_chunk chunk;         ///< the weights come in; A, s and denominators are added
    real *transposed;                     ///< room for a matrix, see xl_boundary_transposed()
    real q[XL_BACK_CHUNK][XL_BACK_CHUNK]; ///< E, then Q
    real du[XL_BACK_CHUNK * XL_MAX_HEAD]; ///< padding is zero
    real y[XL_BACK_CHUNK * XL_MAX_HEAD];  ///< y, then g q
    real r[XL_BACK_CHUNK * XL_MAX_HEAD];  ///< r, then alpha k
    real inside[XL_BACK_CHUNK * XL_MAX_HEAD]; ///< part of dq, dk or dv from within the chunk
    real ds[XL_BACK_CHUNK], mu[XL_BACK_CHUNK];
    real row_sum[XL_BACK_CHUNK], column_sum[XL_BACK_CHUNK], diagonal[XL_BACK_CHUNK]; ///< of W
    real w[XL_BACK_CHUNK], z[XL_BACK_CHUNK], gamma;
    double di[XL_BACK_CHUNK], db[XL_BACK_CHUNK];
};
#define xl_chunk_work XL_FN(xl_chunk_work)

/** Forward, given the weights: C and n after the chunk. */
void XL_FN(xl_chunk_advance)(const struct xl_chunk_head *at, struct xl_chunk_work *work,
                             real *c_after, real *n_after);
#define xl_chunk_advance XL_FN(xl_chunk_advance)

/** The gradient of the state along the state: <C, dC> + n dn. */
real XL_FN(xl_chunk_along_state)(const struct xl_chunk_head *at);
#define xl_chunk_along_state XL_FN(xl_chunk_along_state)

/** Backward, given the weights. *dm is what reaches the m after the chunk through epsilon, in the
 *  end what reaches the m before it. */
void XL_FN(xl_chunk_back)(const struct xl_chunk_head *at, struct xl_chunk_work *work, double *dm);
#define xl_chunk_back XL_FN(xl_chunk_back)

#endif
