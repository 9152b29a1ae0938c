/* SPDX-License-Identifier: ISC */
/* Steady sines in recordings, and the harmonics that a device makes of them. */
#ifndef HARMONICS_H
#define HARMONICS_H

#include <stdbool.h>
#include <stddef.h>

/** Harmonics that are measured, the fundamental being the first. */
enum { HARMONICS = 12 };

/** Frames that a measurement takes. */
enum { HARMONICS_WINDOW = 8192 };

/** A sine that lasts for HARMONICS_WINDOW frames from `at` on. */
struct tone {
    size_t at;
    double frequency; ///< Hz
    double level;     ///< of its peak, dBFS
};

/** Finds steady sines, a few for each second that they last, at most `most`, in order. Gives their
 *  number. Not thread-safe (FFTW's planner). */
size_t tones_find(const float *samples, size_t frames, double rate, struct tone *tones,
                  size_t most);

/** Peaks of the harmonics of `frequency` in HARMONICS_WINDOW samples, dBFS; those beyond half the
 *  rate are NaN. */
void harmonics_measure(const float *samples, double rate, double frequency,
                       double levels[HARMONICS]);

#endif
