/* SPDX-License-Identifier: ISC */
/* Loudness of what a model plays: the mean power of its loud parts, in dBFS (0 is a square wave of
 * full scale, a sine has -3). Pauses do not count: of blocks of 0.4 s, those below -70 dBFS are
 * left out, then those more than 10 dB below the mean of the rest. That is the gate of ITU-R
 * BS.1770, without its filter and overlap. */
#ifndef LOUDNESS_H
#define LOUDNESS_H

#include <stdbool.h>
#include <stddef.h>

/** A measurement under way. Start with loudness_start(), release with loudness_free(). */
struct loudness {
    double *powers; ///< mean square of each whole block; owned
    size_t count, room;
    size_t block;  ///< frames of a block
    size_t filled; ///< frames of the block under way
    double sum;    ///< of their squares
};

/** Ready for mono sound of `rate` Hz. */
struct loudness loudness_start(double rate);

/** Measures on. False for want of memory. */
bool loudness_add(struct loudness *loudness, const float *samples, size_t frames);

/** Loudness so far in dBFS; NaN if nothing was louder than -70 dBFS, or lasted for a block. */
double loudness_dbfs(const struct loudness *loudness);

/** Releases the powers and zeroes all. */
void loudness_free(struct loudness *loudness);

#endif
