/* SPDX-License-Identifier: ISC */
/* A stretch of steps of one channel of the mLSTM in its recurrent form, gates computed. */
#ifndef XL_MEMORY_STEPS_H
#define XL_MEMORY_STEPS_H

#include "memory.h"

/** The gates of each step, `stride` numbers for a step, a number for each head: old state times f,
 *  new part (scaled by 1 / sqrt(dk)) times i, and the floor of the denominator. */
struct XL_FN(xl_memory_gates) {
    size_t stride;
    const real *i, *f, *floor;
};
#define xl_memory_gates XL_FN(xl_memory_gates)

/** `count` steps of one channel out of `channels`. */
struct XL_FN(xl_memory_steps) {
    const struct xl_memory *memory;
    size_t count, channels;
    real *state;                ///< image of the channel
    struct xl_memory_rows rows; ///< of the channel; a step is `channels` rows
    struct xl_memory_gates gates;
};
#define xl_memory_steps XL_FN(xl_memory_steps)

/** Whether its heads fill vectors of this instruction set. */
bool XL_FN(xl_memory_fits_lanes)(const struct xl_memory *memory);
#define xl_memory_fits_lanes XL_FN(xl_memory_fits_lanes)

/** Runs such a memory. Real-time. */
void XL_FN(xl_memory_lanes)(const struct xl_memory_steps *steps);
#define xl_memory_lanes XL_FN(xl_memory_lanes)

#endif
