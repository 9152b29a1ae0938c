/* SPDX-License-Identifier: ISC */
/* The training loss and its gradient: error-to-signal ratio, plain and pre-emphasised, with the
 * signal's energy taken over all recordings, so that quiet passages weigh what they weigh. */
#ifndef TRAIN_LOSS_H
#define TRAIN_LOSS_H

#include "trainer.h"

struct loss {
    double plain, emphasised; ///< weights: 1 / energy of a frame, times the option's weight
};

/** Energies of the targets of a set, without lead-ins. A silent set has weights of zero. */
struct loss loss_for(const struct train_set *set, double emphasis_weight);

/** Sums of a window, in units of the target's energy for a frame. */
struct loss_sum {
    double error, emphasised;
};

/** Errors of `frames` outputs against their targets. `last` is the error before the first frame and
 *  becomes that of the last. `gradient`, unless NULL, becomes that of the loss times `scale`. */
struct loss_sum loss_of(const struct loss *loss, const float *output, const float *target,
                        size_t frames, float *last, double scale, float *gradient);

#endif
