/* SPDX-License-Identifier: ISC */
/* Bursts in a wet sound that the dry one does not explain, as a bumped cable makes them.
 *
 * How loud a device answers in an octave follows, to within a few dB, from how loud the dry sound
 * is in each octave and has been for a second: that is fitted to the recording itself. What is
 * abruptly louder than so foretold, and loud, no device made of the dry sound. Deep thumps are not
 * found under playing, which is as loud there; nor is what hardly is louder than the playing. */
#ifndef RECORDING_BURST_H
#define RECORDING_BURST_H

#include "recording_spans.h"

/** Adds the bursts outside of `bad`, a joined list, to `bursts`, joined. Of the test signal only
 *  the strings are looked at: it makes other sounds once. False: out of memory. */
bool recording_find_bursts(const struct recording *r, const struct span_list *bad,
                           struct span_list *bursts);

#endif
