/* SPDX-License-Identifier: ISC */
/* A level meter: a bar for the loudness, a line for the peak that falls slowly, a lamp that stays
 * lit once full scale was passed. */
#ifndef UI_METER_H
#define UI_METER_H

#include "facts.h"
#include "paint.h"

enum { METER_FLOOR_DB = -60, METER_TOP_DB = 6 };

struct meter {
    double bar[CHANNELS_MAX];  ///< dB of the RMS as shown
    double line[CHANNELS_MAX]; ///< dB of the peak as shown
    double held[CHANNELS_MAX]; ///< seconds that it stays
    double loudest;            ///< dB of the greatest peak lately
    double loudest_held;       ///< seconds that it stays
    bool clipped;              ///< full scale was passed since the user last looked
};

void meter_init(struct meter *meter);

/** Takes in what the plugin told. Whether the picture changed. */
bool meter_hear(struct meter *meter, const struct levels *levels, unsigned channels);

/** Lets time pass. Whether the picture changed. */
bool meter_fall(struct meter *meter, double seconds);

/** Draws it with its title; `colour` is that of its side, and its numbers stand there. */
void meter_draw(cairo_t *cairo, struct rect box, const struct meter *meter, unsigned channels,
                const char *title, enum colour colour, enum align side);

/** dB of a magnitude, not below the floor. */
double decibels(double magnitude);

#endif
