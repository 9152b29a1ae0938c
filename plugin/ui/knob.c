/* SPDX-License-Identifier: ISC */
#include "knob.h"

#include <math.h>

static const double NAME_HEIGHT = 18, VALUE_HEIGHT = 20, RADIUS_MOST = 27;
static const double ARC_BEGIN = 2.35619449019234493, ARC_SWEEP = 4.71238898038468986;

struct rect knob_value_box(struct rect box)
{
    const double width = fmin(box.width - 8, 76);
    return (struct rect){rect_middle_x(box) - width / 2, box.y + box.height - VALUE_HEIGHT, width,
                         VALUE_HEIGHT};
}

static void draw_arc(cairo_t *cairo, double x, double y, double radius, double from, double to,
                     enum colour colour)
{
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, x, y, radius, ARC_BEGIN + ARC_SWEEP * fmin(from, to),
              ARC_BEGIN + ARC_SWEEP * fmax(from, to));
    paint_colour(cairo, colour, 1);
    cairo_stroke(cairo);
}

static void draw_cap(cairo_t *cairo, double x, double y, double radius, bool hovered)
{
    cairo_pattern_t *light = cairo_pattern_create_linear(x, y - radius, x, y + radius);
    const double lift = hovered ? 0.03 : 0;
    cairo_pattern_add_color_stop_rgb(light, 0, 0.24 + lift, 0.27 + lift, 0.32 + lift);
    cairo_pattern_add_color_stop_rgb(light, 1, 0.13 + lift, 0.15 + lift, 0.18 + lift);
    cairo_arc(cairo, x, y, radius, 0, 7);
    cairo_set_source(cairo, light);
    cairo_fill(cairo);
    cairo_pattern_destroy(light);
    cairo_arc(cairo, x, y, radius - 0.5, 0, 7);
    paint_colour(cairo, COLOUR_GROUND, 0.8);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
}

static void draw_pointer(cairo_t *cairo, double x, double y, double radius, double position)
{
    const double angle = ARC_BEGIN + ARC_SWEEP * position;
    cairo_move_to(cairo, x + cos(angle) * radius * 0.45, y + sin(angle) * radius * 0.45);
    cairo_line_to(cairo, x + cos(angle) * radius * 0.86, y + sin(angle) * radius * 0.86);
    paint_colour(cairo, COLOUR_TEXT, 1);
    cairo_set_line_width(cairo, 2.5);
    cairo_stroke(cairo);
}

void knob_draw_dial(cairo_t *cairo, double x, double y, double radius, const struct knob_look *look)
{
    const double cap = radius - 6;
    cairo_set_line_width(cairo, 3.5);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    draw_arc(cairo, x, y, radius, 0, 1, COLOUR_LINE);
    if (fabs(look->position - look->origin) > 0.002)
        draw_arc(cairo, x, y, radius, look->origin, look->position, look->colour);
    draw_cap(cairo, x, y, cap, look->hovered);
    draw_pointer(cairo, x, y, cap, look->position);
}

void knob_draw(cairo_t *cairo, struct rect box, const struct knob_look *look)
{
    const double room = box.height - NAME_HEIGHT - VALUE_HEIGHT - 8;
    const double radius = fmin(RADIUS_MOST, room / 2);
    const double x = rect_middle_x(box), y = box.y + NAME_HEIGHT + 4 + room / 2;
    paint_text(cairo, (struct rect){box.x + 2, box.y, box.width - 4, NAME_HEIGHT}, look->name,
               (struct style){TYPE_SMALL, COLOUR_DIM, ALIGN_CENTRE, true});
    knob_draw_dial(cairo, x, y, radius, look);
    const struct rect value = knob_value_box(box);
    if (look->edited)
        paint_fill(cairo, value, 4, COLOUR_GROUND);
    if (look->edited)
        paint_outline(cairo, value, 4, look->colour);
    paint_text(cairo, rect_inside(value, 2), look->value,
               (struct style){TYPE_BODY, COLOUR_TEXT, ALIGN_CENTRE, false});
}
