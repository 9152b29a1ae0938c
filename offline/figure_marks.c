/* SPDX-License-Identifier: ISC */
#include "figure.h"

#include <math.h>

void figure_bar(struct figure *figure, const struct panel *panel, double from, double to, double y,
                struct colour colour)
{
    const double left = figure_x(panel, from), top = figure_y(panel, y);
    figure_clip(figure, panel);
    figure_ink(figure, colour);
    cairo_rectangle(figure->cairo, left, top, figure_x(panel, to) - left,
                    panel->top + panel->height - top);
    cairo_fill(figure->cairo);
    cairo_restore(figure->cairo);
}

void figure_dot(struct figure *figure, const struct panel *panel, double x, double y,
                struct colour colour)
{
    static const double radius = 2.6, rim = 1;
    static const struct colour paper = {1, 1, 1};
    figure_clip(figure, panel);
    cairo_arc(figure->cairo, figure_x(panel, x), figure_y(panel, y), radius, 0, 2 * M_PI);
    figure_ink(figure, colour);
    cairo_fill_preserve(figure->cairo);
    figure_ink(figure, paper);
    cairo_set_line_width(figure->cairo, rim);
    cairo_stroke(figure->cairo);
    cairo_restore(figure->cairo);
}
