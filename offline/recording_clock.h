/* SPDX-License-Identifier: ISC */
/* How a wet take answers along a dry one: measured, and put on one clock. */
#ifndef RECORDING_CLOCK_H
#define RECORDING_CLOCK_H

#include "dropout.h"
#include "recording_coarse.h"
#include "recording_lie.h"
#include "recording_take.h"

/** A pair of takes that is looked at. Zero all but the pointers, `rate` and `error`. */
struct desk {
    struct recording *recording;
    struct take *dry, *wet;
    double rate;
    struct lie *lie;
    float *white_dry, *white_wet;
    struct span_list narrow; ///< of the dry take: tones and sweeps
    struct responses responses;
    struct dropout found[RECORDING_DROPOUTS]; ///< as many as lie->dropout_count
    double stretch;                           ///< of the wet take's clock, that is mended
    struct xlstm_error *error;
};

/** Measures how the takes answer around the coarse lag. False: out of memory. clock_free() in any
 *  case. */
bool clock_measure(struct desk *desk, const struct coarse *coarse);

/** Puts the wet take on the dry one's clock and finds the dropouts, which leaves the responses
 *  without drift and jumps. False, with a sentence, if too much is lost, or out of memory. */
bool clock_mend(struct desk *desk, const struct coarse *coarse);

void clock_free(struct desk *desk);

#endif
