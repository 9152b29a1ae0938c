/* SPDX-License-Identifier: ISC */
#include "scope_view.h"

#include <math.h>

static const double RADIUS = 8, INSET = 12, LINE = 1.6, LEGEND_HEIGHT = 14;

/** Least magnitude that fills the picture; below that, silence would look like noise. */
static const double QUIET = 0.02;

static double largest(const float *values, unsigned count)
{
    double most = QUIET;
    for (unsigned i = 0; i < count; ++i)
        most = fmax(most, fabs((double)values[i]));
    return most;
}

static void draw_grid(cairo_t *cairo, struct rect area, unsigned columns)
{
    paint_colour(cairo, COLOUR_LINE, 0.6);
    cairo_set_line_width(cairo, 1);
    for (unsigned i = 1; i < columns; ++i) {
        const double x = floor(area.x + area.width * i / columns) + 0.5;
        cairo_move_to(cairo, x, area.y);
        cairo_line_to(cairo, x, area.y + area.height);
    }
    const double y = floor(rect_middle_y(area)) + 0.5;
    cairo_move_to(cairo, area.x, y);
    cairo_line_to(cairo, area.x + area.width, y);
    cairo_stroke(cairo);
}

/** A line through the values, each as high as the largest of its own side: shapes compare, and the
 *  meters tell how loud they are. */
static void draw_wave(cairo_t *cairo, struct rect area, const float *values, unsigned count,
                      enum colour colour)
{
    const double scale = area.height / 2 / largest(values, count);
    for (unsigned i = 0; i < count; ++i)
        cairo_line_to(cairo, area.x + area.width * i / (count - 1),
                      rect_middle_y(area) - (double)values[i] * scale);
    paint_colour(cairo, colour, 0.95);
    cairo_set_line_width(cairo, LINE);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cairo);
}

static void draw_curve(cairo_t *cairo, struct rect area, const struct facts *facts)
{
    const double side = fmin(area.width, area.height) / 2;
    const double x_scale =
        side * (area.width / area.height > 2 ? 2 : 1) / largest(facts->scope_in, facts->pairs);
    const double y_scale = side / largest(facts->scope_out, facts->pairs);
    for (unsigned i = 0; i < facts->pairs; ++i)
        cairo_line_to(cairo, rect_middle_x(area) + (double)facts->scope_in[i] * x_scale,
                      rect_middle_y(area) - (double)facts->scope_out[i] * y_scale);
    paint_colour(cairo, COLOUR_OUT, 0.9);
    cairo_set_line_width(cairo, LINE);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cairo);
}

static void draw_legend(cairo_t *cairo, struct rect area, enum scope_mode mode)
{
    const struct style style = {TYPE_SMALL, COLOUR_DIM, ALIGN_LEFT, false};
    if (mode == SCOPE_CURVE) {
        paint_text(cairo, (struct rect){area.x, area.y, area.width, LEGEND_HEIGHT}, "out over in",
                   style);
        return;
    }
    paint_text(cairo, (struct rect){area.x, area.y, 30, LEGEND_HEIGHT}, "in",
               (struct style){TYPE_SMALL, COLOUR_IN, ALIGN_LEFT, false});
    paint_text(cairo, (struct rect){area.x + 18, area.y, 30, LEGEND_HEIGHT}, "out",
               (struct style){TYPE_SMALL, COLOUR_OUT, ALIGN_LEFT, false});
}

void scope_view_draw(cairo_t *cairo, struct rect box, const struct facts *facts,
                     enum scope_mode mode)
{
    const struct rect inner = rect_inside(box, INSET);
    const struct rect area = {inner.x, inner.y + LEGEND_HEIGHT, inner.width,
                              inner.height - LEGEND_HEIGHT};
    cairo_save(cairo);
    paint_fill(cairo, box, RADIUS, COLOUR_PANEL);
    paint_path(cairo, box, RADIUS);
    cairo_clip(cairo);
    draw_grid(cairo, area, mode == SCOPE_TIME ? 8 : 2);
    if (mode == SCOPE_CURVE && facts->pairs > 1) {
        draw_curve(cairo, area, facts);
    } else if (facts->pairs > 1) {
        draw_wave(cairo, area, facts->scope_in, facts->pairs, COLOUR_IN);
        draw_wave(cairo, area, facts->scope_out, facts->pairs, COLOUR_OUT);
    }
    draw_legend(cairo, (struct rect){inner.x, inner.y - 4, inner.width, LEGEND_HEIGHT}, mode);
    cairo_restore(cairo);
}
