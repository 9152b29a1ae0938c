/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_ONSET_H
#define RECORDING_ONSET_H

#include "recording_response.h"

/** Where a response begins, which is not where it is strongest: a device's own filters take time to
 *  answer in full, and that is for the model to learn. The strongest point is looked for up to
 *  `reach` from the centre; the beginning is the place before it from which on the response keeps
 *  above a `share` of it, on balance, while what lies before that place does not. */
long response_beginning(const float points[RESPONSE_POINTS], long reach, double share);

/** Whether a response that seems to begin at `first` may begin between that frame and the one
 *  before. What is taken for too late an answer can be learnt, an early one never. */
bool response_begins_between(const float points[RESPONSE_POINTS], long first);

#endif
