/* SPDX-License-Identifier: ISC */
/* Adam (Kingma and Ba 2015) with clipped gradients and a moving average of the weights. */
#ifndef TRAIN_ADAM_H
#define TRAIN_ADAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The optimiser; its arrays have `count` numbers each and lie in one block that it owns. */
struct adam {
    size_t count;
    uint64_t steps;
    float *values, *gradient;
    float *mean, *square; ///< moments of the gradient
    float *average;       ///< of the values
};

/** Makes room for `count` values, all zero. False: out of memory. */
bool adam_init(struct adam *adam, size_t count);
/** Frees the arrays; a zeroed one is fine. */
void adam_free(struct adam *adam);

/** One update with the gradient at hand, scaled down to a norm of at most `clip`; the step is
 * shorter by as much as the gradient is larger than usual. `decay` is that of the moving average.
 * Returns the norm before clipping. */
double adam_update(struct adam *adam, double rate, double clip, double decay);

#endif
