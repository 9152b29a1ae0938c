/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_NARROW_H
#define RECORDING_NARROW_H

#include "recording_spans.h"

/** Adds the passages of a whitened sound, a second or longer, that fill few bands: tones and
 * sweeps. Their answers hardly tell a lag, and loud ones spoil the whitening of all others. False:
 * out of memory. */
bool narrow_find(const float *white, size_t frames, struct span_list *narrow);

#endif
