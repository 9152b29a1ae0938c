/* SPDX-License-Identifier: ISC */
/* The drift between two clocks: how the lag of a wet sound changes along a dry one. */
#ifndef DRIFT_H
#define DRIFT_H

#include "recording_response.h"

struct drift {
    double slope;    ///< of the lag, frames per frame
    double distance; ///< of the segments that tell it best, frames; 0: nothing is known
};

/** Finds the drift, up to DRIFT_MOST of either sign, by comparing segments up to `widest` apart (at
 *  least one). Lost samples between two that are compared spoil it, but not if most pairs have none
 *  between them. False: out of memory. */
bool drift_find(const struct responses *responses, size_t widest, struct drift *drift);

#define DRIFT_MOST 1.5e-3

/** Makes all segments answer as they would on one clock. */
void drift_undo(struct responses *responses, double slope);

#endif
