/* SPDX-License-Identifier: ISC */
/* How each part of the face looks. */
#include "cell.h"
#include "face.h"
#include "knob.h"

#include <math.h>
#include <stdio.h>

static const double RADIUS = 8;

static const struct style SMALL_DIM = {TYPE_SMALL, COLOUR_DIM, ALIGN_LEFT, false};

static bool is_hovered(const struct face *face, const struct part *part)
{
    return part == face->hovered && !face->browser.shown;
}

static bool is_on(const struct face *face)
{
    return face->facts.controls[PORT_ENABLED] > 0.0f;
}

static void draw_power(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const double x = rect_middle_x(part->box), y = rect_middle_y(part->box), radius = 7;
    const double gap = 0.6, top = -1.57079632679489662;
    const enum colour colour = is_on(face) ? COLOUR_OUT : COLOUR_FAINT;
    paint_fill(cairo, rect_inside(part->box, 2), 18,
               is_hovered(face, part) ? COLOUR_HOVER : COLOUR_RAISED);
    if (is_on(face))
        paint_lamp(cairo, x, y, 9, COLOUR_OUT, true);
    if (is_on(face))
        paint_lamp(cairo, x, y, 10, COLOUR_RAISED, false);
    paint_colour(cairo, colour, 1);
    cairo_set_line_width(cairo, 2);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, x, y, radius, top + gap, top - gap + 4 * -top);
    cairo_move_to(cairo, x, y - radius - 1);
    cairo_line_to(cairo, x, y - 1);
    cairo_stroke(cairo);
}

static void draw_logo(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const struct style logo = {TYPE_LOGO, COLOUR_TEXT, ALIGN_LEFT, true};
    const double width = paint_width(cairo, "xLSTM", logo);
    const char *what = !is_on(face) ? "bypassed" : face->facts.channels == 2 ? "stereo" : "mono";
    paint_text(cairo, part->box, "xLSTM", logo);
    paint_text(cairo,
               (struct rect){part->box.x + width + 10, part->box.y + 4, 80, part->box.height}, what,
               SMALL_DIM);
}

/** A number of the head with what it is. */
static void draw_figure(cairo_t *cairo, struct rect box, const char *label, const char *value)
{
    const double value_width = 56;
    const struct rect right = {box.x + box.width - value_width, box.y, value_width, box.height};
    paint_text(cairo, (struct rect){box.x, box.y, box.width - value_width - 8, box.height}, label,
               (struct style){TYPE_SMALL, COLOUR_DIM, ALIGN_RIGHT, false});
    paint_text(cairo, right, value, (struct style){TYPE_BODY, COLOUR_TEXT, ALIGN_RIGHT, false});
}

static void draw_latency(cairo_t *cairo, const struct face *face, const struct part *part)
{
    char value[32];
    const double frames = (double)face->facts.controls[PORT_LATENCY];
    const bool timed = face->facts.rate > 0;
    if (timed)
        snprintf(value, sizeof value, "%.1f ms", 1000 * frames / face->facts.rate);
    else
        snprintf(value, sizeof value, "%.0f", frames);
    draw_figure(cairo, part->box, timed ? "latency" : "late frames", value);
}

static void draw_load(cairo_t *cairo, const struct face *face, const struct part *part)
{
    char value[32] = "\xe2\x80\x93";
    if (face->loads)
        snprintf(value, sizeof value, "%.1f %%", 100 * face->load);
    draw_figure(cairo, part->box, "CPU", value);
}

static void draw_meter_in(cairo_t *cairo, const struct face *face, const struct part *part)
{
    meter_draw(cairo, part->box, &face->meter_in, face->facts.channels, "IN", COLOUR_IN,
               ALIGN_LEFT);
}

static void draw_meter_out(cairo_t *cairo, const struct face *face, const struct part *part)
{
    meter_draw(cairo, part->box, &face->meter_out, face->facts.channels, "OUT", COLOUR_OUT,
               ALIGN_RIGHT);
}

static void draw_step(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const bool hovered = is_hovered(face, part);
    paint_fill(cairo, part->box, RADIUS, hovered ? COLOUR_HOVER : COLOUR_PANEL);
    paint_arrow(cairo, part->box, part->kind == PART_NEXT ? 1 : -1,
                hovered ? COLOUR_TEXT : COLOUR_DIM);
}

/** "AUTHOR · NETWORK" */
static void draw_about_model(cairo_t *cairo, struct rect box, const struct facts *facts)
{
    char line[512];
    const char *author = facts->texts[TEXT_AUTHOR];
    snprintf(line, sizeof line, "%.120s%s%.300s", author, author[0] ? "  \xc2\xb7  " : "",
             facts->texts[TEXT_ARCHITECTURE]);
    paint_text(cairo, box, line, (struct style){TYPE_SMALL, COLOUR_DIM, ALIGN_CENTRE, false});
}

static void draw_model(cairo_t *cairo, struct rect box, const struct facts *facts)
{
    char stem[256];
    const char *name = facts->texts[TEXT_NAME];
    path_stem(stem, sizeof stem, facts->texts[TEXT_MODEL]);
    if (!name[0])
        name = stem[0] ? stem : "No model";
    paint_text(cairo, (struct rect){box.x, box.y + 8, box.width, 28}, name,
               (struct style){TYPE_TITLE, COLOUR_TEXT, ALIGN_CENTRE, true});
    draw_about_model(cairo, (struct rect){box.x, box.y + 37, box.width, 18}, facts);
}

static void draw_cabinet(cairo_t *cairo, struct rect box, const struct facts *facts)
{
    char stem[256];
    const double inset = 48; /* the switch, and the cross on the other side */
    const struct rect inner = {box.x + inset, box.y, box.width - 2 * inset, box.height};
    path_stem(stem, sizeof stem, facts->texts[TEXT_RESPONSE]);
    const bool on = stem[0] && facts->controls[PORT_CABINET] > 0.0f;
    paint_text(cairo, inner, stem[0] ? stem : "No cabinet",
               (struct style){TYPE_BODY, on ? COLOUR_TEXT : COLOUR_DIM, ALIGN_CENTRE, on});
}

static void draw_file(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const struct rect box = part->box, inner = {box.x + 16, box.y, box.width - 32, box.height};
    paint_fill(cairo, box, RADIUS, is_hovered(face, part) ? COLOUR_RAISED : COLOUR_PANEL);
    if (part->of == TEXT_MODEL)
        draw_model(cairo, inner, &face->facts);
    else
        draw_cabinet(cairo, inner, &face->facts);
}

static void draw_clear(cairo_t *cairo, const struct face *face, const struct part *part)
{
    paint_text(cairo, part->box, "\xc3\x97",
               (struct style){TYPE_TITLE, is_hovered(face, part) ? COLOUR_TEXT : COLOUR_DIM,
                              ALIGN_CENTRE, false});
}

static void draw_scope(cairo_t *cairo, const struct face *face, const struct part *part)
{
    scope_view_draw(cairo, part->box, &face->facts, face->scope_mode);
}

/** The label of a knob; a model's own name in capitals, as all are, as far as it is ASCII. */
static void name_knob(const struct face *face, enum port port, char *name, size_t size)
{
    const char *label = control_table[port].label;
    snprintf(name, size, "%s",
             label ? label : face->facts.texts[TEXT_KNOB_1 + (port - PORT_KNOB_1)]);
    for (; *name; ++name)
        if (*name >= 'a' && *name <= 'z')
            *name = (char)(*name - 'a' + 'A');
}

/** What stands for a value: the number, or what is being typed. Whether it is typed. */
static bool format_value(const struct face *face, enum port port, char *value, size_t size)
{
    const bool typed = face->typing && face->typed_port == port;
    if (typed)
        snprintf(value, size, "%s|", face->typed);
    else
        control_format(value, size, port, face->facts.controls[port]);
    return typed;
}

static void draw_knob(cairo_t *cairo, const struct face *face, const struct part *part)
{
    char name[TEXT_BYTES], value[32];
    const enum port port = part->of;
    const bool typed = format_value(face, port, value, sizeof value);
    name_knob(face, port, name, sizeof name);
    knob_draw(cairo, part->box,
              &(struct knob_look){
                  .name = name,
                  .value = value,
                  .position = control_position(port, face->facts.controls[port]),
                  .origin = control_origin(port),
                  .colour = control_table[port].colour,
                  .hovered = is_hovered(face, part) || (face->turning && face->turned == port),
                  .edited = typed,
              });
}

static struct cell_look cell_look(const struct face *face, const struct part *part)
{
    const struct control_row *row = &control_table[part->of];
    return (struct cell_look){row->label, row->colour, is_hovered(face, part),
                              !control_matters(part->of, &face->facts)};
}

static void draw_number(cairo_t *cairo, const struct face *face, const struct part *part)
{
    char value[32];
    const struct cell_look look = cell_look(face, part);
    const bool typed = format_value(face, part->of, value, sizeof value);
    cell_draw_number(cairo, part->box, &look, value, typed);
}

static void draw_switch(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const struct cell_look look = cell_look(face, part);
    cell_draw_switch(cairo, part->box, &look, face->facts.controls[part->of] > 0.0f);
}

static void draw_choice(cairo_t *cairo, const struct face *face, const struct part *part)
{
    struct choice choices[CHOICES_MAX];
    const struct cell_look look = cell_look(face, part);
    const unsigned count = control_choices(part->of, &face->facts, choices);
    cell_draw_choice(cairo, part->box, &look, choices, count,
                     control_chosen(choices, count, face->facts.controls[part->of]));
}

static void draw_foot(cairo_t *cairo, const struct face *face, const struct part *part)
{
    const char *status = face->facts.texts[TEXT_STATUS];
    if (!status[0] || face->dismissed) {
        paint_text(cairo, part->box, face_help(face),
                   (struct style){TYPE_SMALL, COLOUR_DIM, ALIGN_CENTRE, false});
        return;
    }
    const struct rect text = {part->box.x + 24, part->box.y, part->box.width - 36,
                              part->box.height};
    paint_fill(cairo, part->box, 5, COLOUR_RAISED);
    paint_lamp(cairo, part->box.x + 12, rect_middle_y(part->box), 4, COLOUR_BAD, true);
    paint_two_lines(cairo, text, status,
                    (struct style){TYPE_SMALL, COLOUR_TEXT, ALIGN_LEFT, false});
}

static void draw_panel(cairo_t *cairo, const struct face *face, const struct part *part)
{
    (void)face;
    paint_fill(cairo, part->box, RADIUS, COLOUR_PANEL);
}

static void draw_part(cairo_t *cairo, const struct face *face, const struct part *part)
{
    static void (*const drawers[])(cairo_t *, const struct face *, const struct part *) = {
        [PART_PANEL] = draw_panel,         [PART_LOGO] = draw_logo,
        [PART_POWER] = draw_power,         [PART_LATENCY] = draw_latency,
        [PART_LOAD] = draw_load,           [PART_METER_IN] = draw_meter_in,
        [PART_METER_OUT] = draw_meter_out, [PART_PREVIOUS] = draw_step,
        [PART_FILE] = draw_file,           [PART_NEXT] = draw_step,
        [PART_SCOPE] = draw_scope,         [PART_CLEAR] = draw_clear,
        [PART_FOOT] = draw_foot,           [PART_KNOB] = draw_knob,
        [PART_NUMBER] = draw_number,       [PART_SWITCH] = draw_switch,
        [PART_CHOICE] = draw_choice,
    };
    cairo_save(cairo);
    drawers[part->kind](cairo, face, part);
    cairo_restore(cairo);
}

void face_draw(void *data, cairo_t *cairo, struct rect part)
{
    const struct face *face = data;
    const bool covered = face->browser.shown;
    paint_colour(cairo, COLOUR_GROUND, 1);
    cairo_paint(cairo);
    for (unsigned i = 0; i < face->layout.count; ++i) {
        const struct part *each = &face->layout.parts[i];
        if (rects_meet(each->box, part) && !(covered && rects_meet(each->box, face->browser.box)))
            draw_part(cairo, face, each);
    }
    if (covered && rects_meet(face->browser.box, part))
        browser_draw(cairo, &face->browser);
}
