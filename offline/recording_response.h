/* SPDX-License-Identifier: ISC */
/* How a wet sound answers to a dry one, segment by segment: cross-correlations of the two after
 * whitening. Where clocks agree all segments answer at the same lag; drift moves it steadily, lost
 * samples make it jump. */
#ifndef RECORDING_RESPONSE_H
#define RECORDING_RESPONSE_H

#include "recording_spans.h"

#include <complex.h>
#include <fftw3.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    RESPONSE_SEGMENT = 1 << 14, ///< frames of the dry sound in each
    RESPONSE_REACH = 1 << 12,   ///< lags to either side of the centre
    RESPONSE_POINTS = 1 << 14,  ///< of a response: circular, point 0 is the centre
    RESPONSE_BINS = RESPONSE_POINTS / 2 + 1
};

/** What the segments answer. Owns its arrays. */
struct responses {
    size_t count, hop; ///< segments, and frames from one to the next
    long centre;       ///< lag at point 0
    /** By segment: spectrum of the response, scaled to a correlation coefficient, and the factor
     *  that takes the scaling back; 0 and 0 where nothing is heard that tells a lag. */
    fftwf_complex *spectra;
    float *scale;
};

/** A dry sound and a wet one, both whitened. */
struct response_sounds {
    const float *dry, *wet;
    size_t dry_frames, wet_frames;
    const struct span_list *without; ///< passages of the dry sound that tell no lag
};

/** Measures responses at lags around `centre`. Long sounds are looked at here and there. False: out
 *  of memory. */
bool responses_measure(struct responses *responses, const struct response_sounds *sounds,
                       long centre);

/** Spectrum of segment `i`. */
fftwf_complex *response_spectrum(const struct responses *responses, size_t i);

/** Makes segment `i` answer `frames` earlier. */
void response_advance(struct responses *responses, size_t i, double frames);

/** Makes segment `i` as if there were no answer. */
void response_silence(struct responses *responses, size_t i);

/** Sum of the segments [first, last); `loud`: each as loud as it is, which makes of all together
 * the best estimate of one response that holds throughout. */
void responses_sum(const struct responses *responses, size_t first, size_t last, bool loud,
                   fftwf_complex sum[RESPONSE_BINS]);

/** Turns a spectrum into its RESPONSE_POINTS points. False: out of memory. */
bool response_points(const fftwf_complex spectrum[RESPONSE_BINS], float points[RESPONSE_POINTS]);

/** The value at a lag (relative to the centre) from -RESPONSE_POINTS to RESPONSE_POINTS. */
float response_at(const float points[RESPONSE_POINTS], long lag);

/** How far the top of the parabola through three neighbours lies from the middle one. */
double parabola_top(double before, double at, double after);

/** Frees all; zeroed ones are fine. */
void responses_free(struct responses *responses);

#endif
