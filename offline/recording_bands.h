/* SPDX-License-Identifier: ISC */
/* How loud a sound is in each octave, window by window. */
#ifndef RECORDING_BANDS_H
#define RECORDING_BANDS_H

#include <stddef.h>

enum { BANDS = 8, BANDS_WINDOW = 1024, BANDS_HOP = 512 };

/** Whole windows of a sound. */
size_t bands_windows(size_t frames);

/** Power by window, then by band from the lowest on, for free(). NULL: out of memory. One thread at
 *  a time (FFTW plans). */
double *bands_measure(const float *sound, size_t windows, double rate);

#endif
