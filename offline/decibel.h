/* SPDX-License-Identifier: ISC */
/* Decibels of amplitudes and of powers; a ratio of nothing is minus infinity. */
#ifndef DECIBEL_H
#define DECIBEL_H

#include <math.h>

/** dB of a factor of amplitudes; of one of powers; the factor of amplitudes that dB stand for. */
static inline double decibels_of_amplitude(double amplitude)
{
    return 20 * log10(amplitude);
}

static inline double decibels_of_power(double power)
{
    return 10 * log10(power);
}

static inline double power_of_decibels(double decibels)
{
    return pow(10, decibels / 10);
}

static inline double amplitude_of_decibels(double decibels)
{
    return pow(10, decibels / 20);
}

#endif
