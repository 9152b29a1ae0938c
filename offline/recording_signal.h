/* SPDX-License-Identifier: ISC */
/* What the test signal tells of a device. */
#ifndef RECORDING_SIGNAL_H
#define RECORDING_SIGNAL_H

#include "recording.h"

/** Measures how well the device repeats itself, and says so. The recording is of the test signal.
 */
void recording_check_signal(struct recording *recording, const char *dry_path,
                            const char *wet_path);

/** The frames of `recording` that a section of the signal takes. */
struct recording_span recording_section(const struct recording *recording,
                                        const struct signal_section *section);

#endif
