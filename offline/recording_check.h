/* SPDX-License-Identifier: ISC */
/* Judges an aligned pair: levels, offset, noise, and stretches without a signal. */
#ifndef RECORDING_CHECK_H
#define RECORDING_CHECK_H

#include "recording_spans.h"

/** Measures levels, offset (taken out), noise and hum over the spans, and says what is not as it
 *  should be. `dry_path` and `wet_path` name the files. False: out of memory. */
bool recording_check(struct recording *recording, const char *wet_path);

/** Adds the stretches where the wet sound is gone while the dry one plays, as when a plug is loose.
 *  False: out of memory. */
bool recording_find_gaps(const struct recording *recording, struct span_list *gaps);

#endif
