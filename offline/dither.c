/* SPDX-License-Identifier: ISC */
#include "dither.h"

#include <math.h>

enum { INT_BITS = 32 };

#define HALF_WORD 0x1p-32

struct dither dither_start(unsigned bits)
{
    return (struct dither){.bits = bits};
}

/** Sum of two independent numbers, each even in [-1/2, 1/2): the halves of one random word. */
static double triangular(struct random *random)
{
    uint64_t bits = random_bits(random);
    return ((double)(bits >> 32) + (double)(bits & 0xffffffffU)) * HALF_WORD - 1;
}

size_t dither_quantise(struct dither *dither, const float *samples, int *whole, size_t count)
{
    const double steps = ldexp(1, (int)dither->bits - 1);
    const int unit = 1 << (INT_BITS - dither->bits);
    size_t clipped = 0;
    for (size_t i = 0; i < count; i++) {
        double exact = samples[i] * steps;
        double rounded = rint(exact + triangular(&dither->random));
        clipped += exact > steps || exact < -steps;
        rounded = fmin(fmax(rounded, -steps), steps - 1);
        whole[i] = (int)rounded * unit;
    }
    return clipped;
}
