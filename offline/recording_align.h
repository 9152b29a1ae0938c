/* SPDX-License-Identifier: ISC */
/* Finds how a wet take lies against a dry one: latency, drift of the clock, lost samples. */
#ifndef RECORDING_ALIGN_H
#define RECORDING_ALIGN_H

#include "recording_lie.h"
#include "recording_take.h"

/** Renders both takes at `rate`, the wet one on the dry one's clock, and finds how they lie. Says
 *  what it finds. False, with a sentence that names the file, if they have nothing to do with each
 *  other, if too much is lost, or out of memory. lie_free() in any case. */
bool recording_align(struct recording *recording, struct take *dry, struct take *wet, double rate,
                     struct lie *lie, struct xlstm_error *error);

#endif
