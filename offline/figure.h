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

/** A white picture with a headline, of twice as many pixels as points. False, with a reason. */
bool figure_start(struct figure *figure, double width, double height, const char *headline,
                  struct xlstm_error *error);

/** Frame, ticks and labels of a panel. */
void figure_axes(struct figure *figure, const struct panel *panel);

/** A line through `count` points, cut off at the panel's edges. */
void figure_curve(struct figure *figure, const struct panel *panel, const double *x,
                  const double *y, size_t count, struct colour colour);

/** Samples from the panel's left edge to its right one: from least to largest in each column. */
void figure_waveform(struct figure *figure, const struct panel *panel, const float *samples,
                     size_t count, struct colour colour);

/** Fills a panel with an image of `columns` by `rows` shades, 0 to 1, rows from top to bottom.
 *  False, with a reason: out of memory. */
bool figure_image(struct figure *figure, const struct panel *panel, const float *shades,
                  size_t columns, size_t rows, struct xlstm_error *error);

/** A name beside a short line of its colour; `place` counts from the left. */
void figure_legend(struct figure *figure, const struct panel *panel, int place, const char *name,
                   struct colour colour);

/** Writes the picture as PNG, whole or not at all. */
bool figure_write(const struct figure *figure, const char *path, struct xlstm_error *error);

/** Frees it. */
void figure_end(struct figure *figure);

#endif
