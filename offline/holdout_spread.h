/* SPDX-License-Identifier: ISC */
#ifndef HOLDOUT_SPREAD_H
#define HOLDOUT_SPREAD_H

#include "recording_spans.h"

/** Most sets of passages that are chosen at once. */
enum { HOLDOUT_SETS = 2 };

/** Adds passages of the `usable` frames of a recording to the lists of `sets` sets, in frames of
 * the dry file: as holdout.h says, spread by turns and as loud as the recording. False: out of
 * memory. */
bool holdout_spread(const struct recording *recording, const struct span_list *usable,
                    struct span_list *const *lists, unsigned sets);

#endif
