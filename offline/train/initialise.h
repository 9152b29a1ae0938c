/* SPDX-License-Identifier: ISC */
/* Weights to start a training from (specification 10, with time constants for audio). */
#ifndef TRAIN_INITIALISE_H
#define TRAIN_INITIALISE_H

#include "plan.h"
#include "random.h"

/** Fills the values of a plan. `slowest` is the longest time constant, in frames, that gates of
 *  recurrent cells start with; they are spread from there down to less than a frame. */
void initialise(const struct xl_plan *plan, const struct xl_config *config, double slowest,
                struct random *random, float *values);

#endif
