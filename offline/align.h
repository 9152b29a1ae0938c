/* SPDX-License-Identifier: ISC */
/* Where in a wet recording the answer to a dry one begins.
 *
 * Music repeats itself and a device distorts, so plain cross-correlation has many near-equal peaks
 * and favours the device's resonances. Here both spectra are flattened first, which makes the
 * device's impulse response stand out: once over the whole recording to find the neighbourhood,
 * then averaged over segments to find the sample. */
#ifndef ALIGN_H
#define ALIGN_H

#include "xlstm.h"

/** Confidence below which the recordings have nothing to do with each other, and from which there
 *  is no doubt. */
#define ALIGN_RELATED 2.0
#define ALIGN_SURE 5.0

/** What was found. Lags in frames. */
struct alignment {
    long lag;          ///< wet[n + lag] is the first answer to dry[n]; positive: the wet comes late
    double peak;       ///< the same for the strongest answer, with its fraction of a frame
    int polarity;      ///< sign of the strongest answer, 1 or -1
    double confidence; ///< how far it stands out: its size over that of the best elsewhere
};

/** Aligns two recordings of one sample rate, for lags up to `max_lag` frames of either sign. The
 *  loudest minute and a half decides in longer ones. A silent or very short recording gives
 *  confidence 0 and lag 0. False: out of memory. Not thread-safe (FFTW's planner). */
bool align_find(const float *dry, size_t dry_frames, const float *wet, size_t wet_frames,
                size_t max_lag, struct alignment *alignment);

#endif
