/* SPDX-License-Identifier: ISC */
/* How everything looks: colours, type sizes and the few shapes that the rest is made of.
 *
 * Dark and calm. Two colours have a meaning everywhere, in meters, knobs and scope: what goes in is
 * teal, what comes out is amber. Red is kept for clipping and failure. */
#ifndef UI_PAINT_H
#define UI_PAINT_H

#include "geometry.h"

#include <cairo.h>
#include <stdint.h>

/** Colours as 0xRRGGBB. */
enum colour {
    COLOUR_GROUND = 0x101317,
    COLOUR_PANEL = 0x181c22,
    COLOUR_RAISED = 0x222831,
    COLOUR_HOVER = 0x2c343f,
    COLOUR_LINE = 0x2e3641,
    COLOUR_FAINT = 0x5d6877,
    COLOUR_DIM = 0x8e99a8,
    COLOUR_TEXT = 0xe8ebef,
    COLOUR_IN = 0x4fc3b8,
    COLOUR_OUT = 0xf0a63f,
    COLOUR_BAD = 0xf2564b,
};

/** Type sizes in units of the design. */
enum type { TYPE_TINY = 9, TYPE_SMALL = 11, TYPE_BODY = 13, TYPE_TITLE = 21, TYPE_LOGO = 24 };

enum align { ALIGN_LEFT, ALIGN_CENTRE, ALIGN_RIGHT };

struct style {
    enum type size;
    enum colour colour;
    enum align align;
    bool bold;
};

void paint_colour(cairo_t *cairo, enum colour colour, double alpha);

/** A rectangle with round corners, as a path. */
void paint_path(cairo_t *cairo, struct rect rect, double radius);

void paint_fill(cairo_t *cairo, struct rect rect, double radius, enum colour colour);

void paint_outline(cairo_t *cairo, struct rect rect, double radius, enum colour colour);

/** Text on one line in the middle of the height of `box`, cut with "…" where it is too long. */
void paint_text(cairo_t *cairo, struct rect box, const char *text, struct style style);

/** The same on two lines, broken between words. */
void paint_two_lines(cairo_t *cairo, struct rect box, const char *text, struct style style);

/** Width of a text. */
double paint_width(cairo_t *cairo, const char *text, struct style style);

/** An arrow head: direction -1 to the left, 1 to the right. */
void paint_arrow(cairo_t *cairo, struct rect box, int direction, enum colour colour);

/** A lamp, dark or lit. */
void paint_lamp(cairo_t *cairo, double x, double y, double radius, enum colour colour, bool lit);

#endif
