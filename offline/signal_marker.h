/* SPDX-License-Identifier: ISC */
/* The markers of the test signal: bursts of noise that nothing else resembles. Each marker is a
 * burst of its own, by which it is found, and one that all share, by which the distance of two is
 * measured: gear that distorts does the same to both. */
#ifndef SIGNAL_MARKER_H
#define SIGNAL_MARKER_H

#include "signal_layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Length of a marker, silence before and after its burst included, s. */
#define SIGNAL_MARKER_SECONDS 1.0

/** The middle of a marker's own burst, frames after its start. */
enum { SIGNAL_MARKER_CENTRE = SIGNAL_RATE / 3 };

/** Correlation, of either sign, from which on a recording holds a marker. Noise as long as the
 * burst reaches 0.03 or so. */
#define SIGNAL_MARKER_CERTAIN 0.15

/** Which marker. */
enum { SIGNAL_MARKER_FIRST = 1, SIGNAL_MARKER_LAST = 2 };

/** Writes a marker of `peak` into SIGNAL_MARKER_SECONDS of `out`. */
void signal_marker_play(unsigned which, double peak, double *out);

struct signal_marker_hit {
    double place;       ///< frame at which the marker starts, between frames
    double correlation; ///< with its burst, -1 to 1
};

/** Finds where a recording resembles a marker most, of either polarity. False: out of memory, or
 *  the recording is shorter than a marker. */
bool signal_marker_search(const float *recording, size_t frames, unsigned which,
                          struct signal_marker_hit *hit);

/** The distance between two markers that were found, exact to a hundredth of a frame or so. */
double signal_marker_distance(const float *recording, size_t frames,
                              const struct signal_marker_hit *first,
                              const struct signal_marker_hit *last);

#endif
