/* SPDX-License-Identifier: ISC */
/* Backward pass of the mLSTM cell in its chunkwise form (specification 12), whichever form the
 * forward run took. */
#ifndef TRAIN_MEMORY_BACK_H
#define TRAIN_MEMORY_BACK_H

#include "back.h"
#include "memory.h"

/** From `gradient.h`, which is only read, to `gradient.qkv`, `gradient.gates` and the state's C, n
 *  and m. `rows` are those of the forward run. Of `gradient` only the numbers that belong to a row
 *  are read and written, never its padding. */
void XL_FN(xl_memory_back)(const struct xl_memory *memory, const struct xl_back *back,
                           struct xl_memory_rows rows, struct xl_memory_rows gradient);
#define xl_memory_back XL_FN(xl_memory_back)

#endif
