/* SPDX-License-Identifier: ISC */
/* Change of the sample rate by soxr, linear-phase and without delay: output frame n is the sound
 * at time n / out_rate of the input. */
#ifndef RESAMPLE_H
#define RESAMPLE_H

#include "xlstm.h"

#include <soxr.h>

/** A resampler of interleaved float frames. False, with a reason, on failure. */
bool resample_start(soxr_t *resampler, double in_rate, double out_rate, unsigned channels,
                    struct xlstm_error *error);

/** Frames that `frames` frames become: the duration is kept to within a frame. */
size_t resample_length(size_t frames, double in_rate, double out_rate);

#endif
