/* SPDX-License-Identifier: ISC */
/* What the backward pass of an mLSTM remembers of its forward run: the state of one channel before
 * each chunk, all heads, as images one after the other. No numbers, only sizes: shared by the code
 * of every engine and by the caller who makes the room. */
#ifndef TRAIN_MEMORY_BOUNDARY_H
#define TRAIN_MEMORY_BOUNDARY_H

#include "layer.h"

/** Frames of a chunk in training, a multiple of XL_PAD of at most XL_MAX_CHUNK. Work inside a chunk
 *  grows with its length, work at its boundary is shared by its frames: of 16, 32 and 64, 16 was
 * the fastest for heads of 4 to 64 numbers; at 128, 32 would save a sixth. */
enum { XL_BACK_CHUNK = 16 };

/** Images for a run of so many frames. */
static inline size_t xl_boundary_count(size_t steps)
{
    return (steps + XL_BACK_CHUNK - 1) / XL_BACK_CHUNK;
}

/** The same memory with its state at the beginning of an image. */
static inline struct xl_memory xl_boundary_memory(const struct xl_memory *memory)
{
    struct xl_memory m = *memory;
    m.c = 0;
    m.n = (size_t)m.heads * m.dk * xl_pad(m.dv);
    m.m = m.n + xl_pad((size_t)m.heads * m.dk);
    m.m_low = m.m + xl_pad(m.heads);
    return m;
}

/** Numbers of an image. */
static inline size_t xl_boundary_width(const struct xl_memory *memory)
{
    return xl_boundary_memory(memory).m_low + xl_pad(memory->heads);
}

/** Numbers of the largest matrix that a chunk transposes. */
static inline size_t xl_boundary_transposed(const struct xl_memory *memory)
{
    const size_t wide = xl_pad(memory->dk);
    const size_t tall = memory->dk > memory->dv ? memory->dk : memory->dv;
    return tall * (wide > XL_BACK_CHUNK ? wide : (size_t)XL_BACK_CHUNK);
}

/** Numbers of scratch that a backward run over `steps` frames of any number of channels needs. */
static inline size_t xl_memory_back_scratch(const struct xl_memory *memory, size_t steps)
{
    return xl_boundary_count(steps) * xl_boundary_width(memory) + xl_boundary_transposed(memory);
}

#endif
