/* SPDX-License-Identifier: ISC */
/* Levels over time and frequency. */
#ifndef SPECTROGRAM_H
#define SPECTROGRAM_H

#include "xlstm.h"

/** Which frequencies and how many points: rows from `high` down to `low` Hz, evenly in octaves. */
struct spectrogram {
    size_t columns, rows;
    double low, high; ///< Hz
    float *levels;    ///< dB, 0 for a sine of full scale; row after row
    float *average;   ///< dB of the mean power over all time, for each row
};

/** Fills `levels` and `average`, which spectrogram_free() releases. False: out of memory. Not
 *  thread-safe (FFTW's planner). */
bool spectrogram_make(struct spectrogram *spectrogram, const float *samples, size_t frames,
                      double rate);

/** Frequency in the middle of a row, Hz. */
double spectrogram_frequency(const struct spectrogram *spectrogram, size_t row);

/** Frees levels and average. */
void spectrogram_free(struct spectrogram *spectrogram);

#endif
