/* SPDX-License-Identifier: ISC */
/* The small controls of the strip below the knobs: a name with a number, a switch or a few choices
 * under it. */
#ifndef UI_CELL_H
#define UI_CELL_H

#include "control.h"

struct cell_look {
    const char *name;
    enum colour colour;
    bool hovered, dim; ///< dim: it does nothing for the present model
};

void cell_draw_number(cairo_t *cairo, struct rect box, const struct cell_look *look,
                      const char *value, bool edited);

void cell_draw_switch(cairo_t *cairo, struct rect box, const struct cell_look *look, bool on);

void cell_draw_choice(cairo_t *cairo, struct rect box, const struct cell_look *look,
                      const struct choice *choices, unsigned count, unsigned chosen);

/** The part of the box in which the value stands. */
struct rect cell_value_box(struct rect box);

#endif
