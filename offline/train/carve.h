/* SPDX-License-Identifier: ISC */
/* Parts of one block of memory: a first round counts, a second hands out. */
#ifndef TRAIN_CARVE_H
#define TRAIN_CARVE_H

#include <stddef.h>

/** Alignment of every part: a cache line and a vector register. */
enum { CARVE_ALIGNMENT = 64 };

/** With `at` NULL it only counts. */
struct carver {
    char *at;
    size_t size; ///< so far, a multiple of CARVE_ALIGNMENT
};

/** The next part, or NULL while counting. */
static inline void *carve(struct carver *carver, size_t bytes)
{
    void *part = carver->at ? carver->at + carver->size : NULL;
    carver->size += (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT * CARVE_ALIGNMENT;
    return part;
}

#endif
