/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_POLARITY_H
#define RECORDING_POLARITY_H

#include "recording.h"

/** Sets the polarity: -1 if the strongest answer is inverted, all frequencies weighing alike that
 *  hold sound in both. Where both signs are about as strong, as in filters of many stages, it is
 *  no more than a word, and 1. False: out of memory. */
bool recording_find_polarity(struct recording *recording);

#endif
