/* SPDX-License-Identifier: ISC */
/* The mLSTM cell (specification 5; Beck et al. 2024, equations 19 to 27): a matrix memory for each
 * head, in its recurrent form, one step at a time, and in its chunkwise form, which computes the
 * same numbers for a stretch of steps with matrix products. */
#ifndef XL_MEMORY_H
#define XL_MEMORY_H

#include "run.h"

/** Rows of the memory's input and output, wide enough for whole vectors (see layer.h). */
struct XL_FN(xl_memory_rows) {
    struct xl_rows qkv, gates, h;
};
#define xl_memory_rows XL_FN(xl_memory_rows)

/** Runs the cell in the form that the plan has chosen. Real-time. */
void XL_FN(xl_memory_forward)(const struct xl_memory *memory, const struct xl_run *run,
                              struct xl_memory_rows rows);
#define xl_memory_forward XL_FN(xl_memory_forward)

/** The same in one form or the other. Real-time. */
void XL_FN(xl_memory_recurrent)(const struct xl_memory *memory, const struct xl_run *run,
                                struct xl_memory_rows rows);
#define xl_memory_recurrent XL_FN(xl_memory_recurrent)
void XL_FN(xl_memory_chunkwise)(const struct xl_memory *memory, const struct xl_run *run,
                                struct xl_memory_rows rows);
#define xl_memory_chunkwise XL_FN(xl_memory_chunkwise)

/** Numbers of a head's C. */
static inline size_t xl_memory_matrix(const struct xl_memory *memory)
{
    return memory->dk * xl_pad(memory->dv);
}

#endif
