/* SPDX-License-Identifier: ISC */
/* Pictures of measurements, drawn with cairo: panels with axes, curves, outlines and images. */
#ifndef FIGURE_H
#define FIGURE_H

#include "xlstm.h"

#include <cairo.h>

/** Shares from 0 to 1. */
struct colour {
    double red, green, blue;
};

/** The colours of input and answer in all pictures. */
extern const struct colour figure_dry, figure_wet;

/** One direction of a panel. */
struct axis {
    double low, high; ///< values at the ends
    bool logarithmic;
    const char *label; ///< with the unit; NULL: no numbers either
};

/** A rectangle with axes; place and size in points. */
struct panel {
    double left, top, width, height;
    struct axis across, up;
    const char *title; ///< or NULL
};

/** A picture under way, from figure_start() on. */
struct figure {
    cairo_surface_t *surface;
    cairo_t *cairo;
};

/** A white picture with a headline, which becomes smaller if it is too long, of twice as many
 * pixels as points. False, with a reason. */
bool figure_start(struct figure *figure, double width, double height, const char *headline,
                  struct xlstm_error *error);

/** Words in the middle at `x`, in points, for what a headline is too large for; smaller if they are
 *  wider than `width` otherwise. */
void figure_note(struct figure *figure, double x, double y, double width, const char *words);

/** Frame, ticks and labels of a panel. */
void figure_axes(struct figure *figure, const struct panel *panel);

/** Width of a usual curve, in points. */
#define FIGURE_LINE 1.2

/** A line of `width` points through `count` values, cut off at the panel's edges. */
void figure_curve(struct figure *figure, const struct panel *panel, const double *x,
                  const double *y, size_t count, double width, struct colour colour);

/** A bar between two values of the axis across, from the panel's bottom up to `y`. */
void figure_bar(struct figure *figure, const struct panel *panel, double from, double to, double y,
                struct colour colour);

/** A dot with a white rim. */
void figure_dot(struct figure *figure, const struct panel *panel, double x, double y,
                struct colour colour);

/** Samples from the panel's left edge to its right one: from least to largest in each column. */
void figure_waveform(struct figure *figure, const struct panel *panel, const float *samples,
                     size_t count, struct colour colour);

/** Fills a panel with an image of `columns` by `rows` shades, 0 to 1, rows from top to bottom.
 *  False, with a reason: out of memory. */
bool figure_image(struct figure *figure, const struct panel *panel, const float *shades,
                  size_t columns, size_t rows, struct xlstm_error *error);

/** A name beside a short line of its colour, above a panel; `place` counts from the right. */
void figure_legend(struct figure *figure, const struct panel *panel, int place, const char *name,
                   struct colour colour);

/* For marks of other kinds: where a value lies, in points; the colour of what is drawn next; and
 * cutting that off at the panel's edges, until cairo_restore(). */
double figure_x(const struct panel *panel, double value);
double figure_y(const struct panel *panel, double value);
void figure_ink(struct figure *figure, struct colour colour);
void figure_clip(struct figure *figure, const struct panel *panel);

/** Writes the picture as PNG, whole or not at all. */
bool figure_write(const struct figure *figure, const char *path, struct xlstm_error *error);

/** Frees it. */
void figure_end(struct figure *figure);

#endif
