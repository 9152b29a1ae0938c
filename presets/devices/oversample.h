/* SPDX-License-Identifier: ISC */
/* Runs a device at a multiple of the audio's rate. */
#ifndef DEVICES_OVERSAMPLE_H
#define DEVICES_OVERSAMPLE_H

#include "failure.h"

#include <stddef.h>

/** One step of a device: what it gives for the input `in`. */
typedef double device_step(void *device, double in);

/** Replaces `count` samples at `rate` Hz by what `step` makes of them, called `factor` times for
 *  each. The resamplers have linear phase and their delay is taken out: sample n of the result
 *  belongs to sample n of the input. */
bool oversample(float *samples, size_t count, double rate, unsigned factor, device_step *step,
                void *device, struct failure *failure);

#endif
