/* SPDX-License-Identifier: ISC */
#include "cell.h"

static const double NAME_HEIGHT = 16, VALUE_HEIGHT = 24, INSET = 6, RADIUS = 5;

/** Of the sliding part of a switch. */
static const double SWITCH_WIDTH = 38, SWITCH_HEIGHT = 18;

struct rect cell_value_box(struct rect box)
{
    return (struct rect){box.x + INSET, box.y + box.height - VALUE_HEIGHT - 2,
                         box.width - 2 * INSET, VALUE_HEIGHT};
}

static void draw_name(cairo_t *cairo, struct rect box, const struct cell_look *look)
{
    paint_text(
        cairo, (struct rect){box.x + 2, box.y, box.width - 4, NAME_HEIGHT}, look->name,
        (struct style){TYPE_TINY + 1, look->dim ? COLOUR_FAINT : COLOUR_DIM, ALIGN_CENTRE, true});
}

void cell_draw_number(cairo_t *cairo, struct rect box, const struct cell_look *look,
                      const char *value, bool edited)
{
    const struct rect field = cell_value_box(box);
    const enum colour ground = edited          ? COLOUR_GROUND
                               : look->hovered ? COLOUR_HOVER
                                               : COLOUR_RAISED;
    draw_name(cairo, box, look);
    paint_fill(cairo, field, RADIUS, ground);
    if (edited)
        paint_outline(cairo, field, RADIUS, look->colour);
    paint_text(
        cairo, field, value,
        (struct style){TYPE_BODY, look->dim ? COLOUR_FAINT : COLOUR_TEXT, ALIGN_CENTRE, false});
}

void cell_draw_switch(cairo_t *cairo, struct rect box, const struct cell_look *look, bool on)
{
    const struct rect field = look->name[0] ? cell_value_box(box) : box;
    const struct rect way = {rect_middle_x(field) - SWITCH_WIDTH / 2,
                             rect_middle_y(field) - SWITCH_HEIGHT / 2, SWITCH_WIDTH, SWITCH_HEIGHT};
    const double radius = SWITCH_HEIGHT / 2;
    const bool lit = on && !look->dim;
    if (look->name[0])
        draw_name(cairo, box, look);
    paint_fill(cairo, way, radius,
               lit             ? look->colour
               : look->hovered ? COLOUR_HOVER
                               : COLOUR_RAISED);
    paint_outline(cairo, way, radius, lit ? look->colour : COLOUR_LINE);
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, on ? way.x + SWITCH_WIDTH - radius : way.x + radius, rect_middle_y(way),
              radius - 3.5, 0, 7);
    paint_colour(cairo, lit ? COLOUR_GROUND : look->dim ? COLOUR_FAINT : COLOUR_DIM, 1);
    cairo_fill(cairo);
}

void cell_draw_choice(cairo_t *cairo, struct rect box, const struct cell_look *look,
                      const struct choice *choices, unsigned count, unsigned chosen)
{
    const struct rect field = cell_value_box(box);
    const double width = field.width / count;
    draw_name(cairo, box, look);
    paint_fill(cairo, field, RADIUS, COLOUR_RAISED);
    for (unsigned i = 0; i < count; ++i) {
        const struct rect segment = {field.x + i * width, field.y, width, field.height};
        if (i == chosen)
            paint_fill(cairo, rect_inside(segment, 2), RADIUS - 1, COLOUR_FAINT);
        paint_text(cairo, segment, choices[i].label,
                   (struct style){TYPE_SMALL, i == chosen ? COLOUR_TEXT : COLOUR_DIM, ALIGN_CENTRE,
                                  i == chosen});
    }
}
