/* SPDX-License-Identifier: ISC */
/* A round knob with its name above and its value below. */
#ifndef UI_KNOB_H
#define UI_KNOB_H

#include "paint.h"

struct knob_look {
    const char *name, *value;
    double position, origin; ///< 0 … 1: where it points, and from where its arc begins
    enum colour colour;
    bool hovered, edited;
};

void knob_draw(cairo_t *cairo, struct rect box, const struct knob_look *look);

/** The round part alone. */
void knob_draw_dial(cairo_t *cairo, double x, double y, double radius,
                    const struct knob_look *look);

/** The part of the box in which the value stands. */
struct rect knob_value_box(struct rect box);

#endif
