/* SPDX-License-Identifier: ISC */
/* Finds the test signal in what comes back from gear. One thread at a time (FFTW plans). */
#ifndef SIGNAL_FIND_H
#define SIGNAL_FIND_H

#include "signal_layout.h"

#include <stdbool.h>

/** Where the signal lies in a recording of it. */
struct signal_match {
    struct signal_layout layout;
    double delay;     ///< frames of the recording before the signal's first; may be negative
    double stretch;   ///< frames of the recording for each of the signal; 1 for one clock
    bool inverted;    ///< the recording's polarity; a guess if gear takes away much of the sound
    double certainty; ///< correlation with the weaker of the two markers, 0 to 1
};

/** Looks for the markers in a recording at SIGNAL_RATE (resample others first), clean or through
 *  gear. False if it holds no whole signal, or if memory ran out. */
bool signal_find(const float *recording, size_t frames, struct signal_match *match);

/** Error-to-signal ratio, as a power, between the repeats of the same passage in a recording that
 *  was found to match. At 1 or above the gear has nothing in common with itself. */
double signal_repeat_error(const float *recording, size_t frames, const struct signal_match *match);

#endif
