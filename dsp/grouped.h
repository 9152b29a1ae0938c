/* SPDX-License-Identifier: ISC */
/* Block-diagonal matrices whose blocks share vectors (struct xl_matrix in layer.h). */
#ifndef XL_GROUPED_H
#define XL_GROUPED_H

#include "vec.h"

/** The element of x that lane i of a vector meets in row `k` of the weights: number k of its block.
 *  `x` is the row at the vector's first lane `at`; `size` is that of the blocks, a constant where
 *  this is expanded. */
static inline __attribute__((always_inline)) vf xl_of_block(const real *row, size_t at, size_t size,
                                                            size_t k)
{
    return size <= W ? vf_of_group(vf_load(row + at), size, k) : vf_set(row[at / size * size + k]);
}

#endif
