/* SPDX-License-Identifier: ISC */
/* Quantisation with TPDF dither: the rounding error becomes noise that the signal does not
 * modulate. Noise of triangular density, two steps wide, is added before rounding. */
#ifndef DITHER_H
#define DITHER_H

#include "random.h"

#include <stddef.h>

/** One for a file: its channels share the random numbers. */
struct dither {
    struct random random; ///< always from the same seed, so that the same sound gives the same file
    unsigned bits;        ///< of the quantised samples, 2 to 24
};

/** A dither for samples of `bits` bits. */
struct dither dither_start(unsigned bits);

/** Quantises `count` samples (full scale 1) to whole numbers whose top `bits` bits are used, as
 *  libsndfile's int functions take them. Gives how many were clipped to the range. */
size_t dither_quantise(struct dither *dither, const float *samples, int *whole, size_t count);

#endif
