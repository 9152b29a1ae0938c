/* SPDX-License-Identifier: ISC */
/* A chunk of the mLSTM for one head of one channel: what the forward pass computes and the backward
 * pass of training needs again. Letters as in specification 5. */
#ifndef XL_MEMORY_CHUNK_H
#define XL_MEMORY_CHUNK_H

#include "memory.h"

/** Vectors by step and matrices by step and earlier step, `length` of each in use. */
struct XL_FN(xl_memory_chunk) {
    size_t length; ///< L, at most XL_MAX_CHUNK
    double b[XL_MAX_CHUNK], i[XL_MAX_CHUNK];
    double m_after;
    real g[XL_MAX_CHUNK], floor[XL_MAX_CHUNK], alpha[XL_MAX_CHUNK], carry; ///< carry: G
    real p[XL_MAX_CHUNK][XL_MAX_CHUNK];
    real a[XL_MAX_CHUNK][XL_MAX_CHUNK]; ///< q_t k_j at first, then times P
    real s[XL_MAX_CHUNK], denominator[XL_MAX_CHUNK];
    real keys[XL_MAX_HEAD * XL_MAX_CHUNK]; ///< [dk][step], scaled; times alpha at the end
};
#define xl_memory_chunk XL_FN(xl_memory_chunk)

/** Computes b, i, g, floor, P, m', G and alpha from the gates and the state's m. Real-time. */
void XL_FN(xl_memory_chunk_weights)(const struct xl_memory *memory, const struct xl_run *run,
                                    struct xl_rows gates, size_t head, size_t channel,
                                    struct xl_memory_chunk *chunk);
#define xl_memory_chunk_weights XL_FN(xl_memory_chunk_weights)

/** Runs `chunk->length` steps from the first row on and moves the state. Real-time. */
void XL_FN(xl_memory_chunk_forward)(const struct xl_memory *memory, const struct xl_run *run,
                                    struct xl_memory_rows rows, size_t head, size_t channel,
                                    struct xl_memory_chunk *chunk);
#define xl_memory_chunk_forward XL_FN(xl_memory_chunk_forward)

#endif
