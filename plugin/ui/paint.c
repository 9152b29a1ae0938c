/* SPDX-License-Identifier: ISC */
#include "paint.h"

#include <math.h>
#include <string.h>

/** As good as everywhere; where it is missing, fontconfig chooses. */
static const char *const FAMILY = "Liberation Sans";

static const char ELLIPSIS[] = "\xe2\x80\xa6";

enum { TEXT_BYTES = 512 };

static const double QUARTER = 1.57079632679489662;

void paint_colour(cairo_t *cairo, enum colour colour, double alpha)
{
    const unsigned bits = colour;
    cairo_set_source_rgba(cairo, (bits >> 16) / 255.0, (bits >> 8 & 255) / 255.0,
                          (bits & 255) / 255.0, alpha);
}

void paint_path(cairo_t *cairo, struct rect rect, double radius)
{
    const double left = rect.x + radius, right = rect.x + rect.width - radius;
    const double top = rect.y + radius, bottom = rect.y + rect.height - radius;
    cairo_new_sub_path(cairo);
    cairo_arc(cairo, right, top, radius, -QUARTER, 0);
    cairo_arc(cairo, right, bottom, radius, 0, QUARTER);
    cairo_arc(cairo, left, bottom, radius, QUARTER, 2 * QUARTER);
    cairo_arc(cairo, left, top, radius, 2 * QUARTER, 3 * QUARTER);
    cairo_close_path(cairo);
}

void paint_fill(cairo_t *cairo, struct rect rect, double radius, enum colour colour)
{
    paint_path(cairo, rect, radius);
    paint_colour(cairo, colour, 1);
    cairo_fill(cairo);
}

void paint_outline(cairo_t *cairo, struct rect rect, double radius, enum colour colour)
{
    paint_path(cairo, rect_inside(rect, 0.5), radius);
    paint_colour(cairo, colour, 1);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
}

static void set_font(cairo_t *cairo, struct style style)
{
    cairo_font_options_t *options = cairo_font_options_create();
    /* Hints would move letters beyond the extents by which cairo clips them, and jump with size. */
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
    cairo_select_font_face(cairo, FAMILY, CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, style.size);
}

static double advance(cairo_t *cairo, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, text, &extents);
    return extents.x_advance;
}

double paint_width(cairo_t *cairo, const char *text, struct style style)
{
    set_font(cairo, style);
    return advance(cairo, text);
}

static bool continues(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/** Cuts whole characters off the end until the text and an ellipsis fit. */
static void shorten(cairo_t *cairo, char *text, double width)
{
    size_t length = strlen(text);
    while (length > 0 && advance(cairo, text) > width) {
        do
            --length;
        while (length > 0 && continues(text[length]));
        memcpy(text + length, ELLIPSIS, sizeof ELLIPSIS);
    }
}

/** A copy in which what is not UTF-8, at which cairo would stop for good, is a question mark. */
static void copy_text(char *copy, const char *text)
{
    size_t at = 0;
    for (const char *next = text; *next && at + 8 < TEXT_BYTES;) {
        const unsigned char first = (unsigned char)*next;
        const int more = first < 0x80                    ? 0
                         : first >= 0xc2 && first < 0xe0 ? 1
                         : first >= 0xe0 && first < 0xf0 ? 2
                         : first >= 0xf0 && first < 0xf5 ? 3
                                                         : -1;
        int good = 0;
        while (good < more && continues(next[1 + good]))
            ++good;
        if (more < 0 || good < more) {
            copy[at++] = '?';
            ++next;
            continue;
        }
        for (int i = 0; i <= more; ++i)
            copy[at++] = *next++;
    }
    copy[at] = '\0';
}

void paint_text(cairo_t *cairo, struct rect box, const char *text, struct style style)
{
    char shown[TEXT_BYTES + sizeof ELLIPSIS];
    cairo_font_extents_t font;
    copy_text(shown, text);
    set_font(cairo, style);
    shorten(cairo, shown, box.width);
    cairo_font_extents(cairo, &font);
    const double spare = box.width - advance(cairo, shown);
    const double x = style.align == ALIGN_LEFT     ? box.x
                     : style.align == ALIGN_CENTRE ? box.x + spare / 2
                                                   : box.x + spare;
    paint_colour(cairo, style.colour, 1);
    cairo_move_to(cairo, x, rect_middle_y(box) + (font.ascent - font.descent) / 2);
    cairo_show_text(cairo, shown);
}

/** Bytes of the most words at the beginning of a text that fit; all of it, or at least one. */
static size_t fitting(cairo_t *cairo, const char *text, double width)
{
    char line[TEXT_BYTES];
    size_t fits = 0;
    for (size_t end = 1; end < sizeof line; ++end) {
        if (text[end] != ' ' && text[end] != '\0')
            continue;
        memcpy(line, text, end);
        line[end] = '\0';
        if (fits > 0 && advance(cairo, line) > width)
            break;
        fits = end;
        if (text[end] == '\0')
            break;
    }
    return fits;
}

void paint_two_lines(cairo_t *cairo, struct rect box, const char *text, struct style style)
{
    char shown[TEXT_BYTES], first[TEXT_BYTES];
    copy_text(shown, text);
    set_font(cairo, style);
    const size_t length = shown[0] ? fitting(cairo, shown, box.width) : 0;
    memcpy(first, shown, length);
    first[length] = '\0';
    if (shown[length] == '\0') {
        paint_text(cairo, box, first, style);
        return;
    }
    const struct rect upper = {box.x, box.y, box.width, box.height / 2};
    paint_text(cairo, upper, first, style);
    paint_text(cairo, (struct rect){box.x, rect_middle_y(box), box.width, box.height / 2},
               shown + length + 1, style);
}

void paint_arrow(cairo_t *cairo, struct rect box, int direction, enum colour colour)
{
    const double x = rect_middle_x(box), y = rect_middle_y(box), reach = 5;
    cairo_move_to(cairo, x - direction * reach / 2, y - reach);
    cairo_line_to(cairo, x + direction * reach / 2, y);
    cairo_line_to(cairo, x - direction * reach / 2, y + reach);
    paint_colour(cairo, colour, 1);
    cairo_set_line_width(cairo, 1.75);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_stroke(cairo);
}

void paint_lamp(cairo_t *cairo, double x, double y, double radius, enum colour colour, bool lit)
{
    if (lit) {
        cairo_pattern_t *glow = cairo_pattern_create_radial(x, y, radius / 2, x, y, radius * 2.2);
        const unsigned bits = colour;
        const double red = (bits >> 16) / 255.0, green = (bits >> 8 & 255) / 255.0;
        const double blue = (bits & 255) / 255.0;
        cairo_pattern_add_color_stop_rgba(glow, 0, red, green, blue, 0.5);
        cairo_pattern_add_color_stop_rgba(glow, 1, red, green, blue, 0);
        cairo_set_source(cairo, glow);
        cairo_arc(cairo, x, y, radius * 2.2, 0, 4 * QUARTER);
        cairo_fill(cairo);
        cairo_pattern_destroy(glow);
    }
    cairo_arc(cairo, x, y, radius, 0, 4 * QUARTER);
    paint_colour(cairo, lit ? colour : COLOUR_LINE, 1);
    cairo_fill(cairo);
}
