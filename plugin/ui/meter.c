/* SPDX-License-Identifier: ISC */
#include "meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double BAR_FALL = 40, LINE_FALL = 24; ///< dB per second
static const double LINE_SECONDS = 0.7, LOUDEST_SECONDS = 2;
static const double FULL_SCALE_DB = 0;

static const double TITLE_HEIGHT = 20, NUMBER_HEIGHT = 22, LAMP_HEIGHT = 14, SCALE_WIDTH = 16;
static const double LAMP_RADIUS = 4, SCALE_GAP = 6;

#define MINUS_INFINITY "\xe2\x88\x92\xe2\x88\x9e"

double decibels(double magnitude)
{
    return magnitude > 0 ? fmax(METER_FLOOR_DB, 20 * log10(magnitude)) : METER_FLOOR_DB;
}

void meter_init(struct meter *meter)
{
    *meter = (struct meter){.loudest = METER_FLOOR_DB};
    for (unsigned c = 0; c < CHANNELS_MAX; ++c)
        meter->bar[c] = meter->line[c] = METER_FLOOR_DB;
}

bool meter_hear(struct meter *meter, const struct levels *levels, unsigned channels)
{
    const struct meter before = *meter;
    for (unsigned c = 0; c < channels; ++c) {
        const double rms = decibels((double)levels->rms[c]);
        const double peak = decibels((double)levels->peak[c]);
        meter->bar[c] = fmax(meter->bar[c], rms);
        if (peak >= meter->line[c]) {
            meter->line[c] = peak;
            meter->held[c] = LINE_SECONDS;
        }
        if (peak >= meter->loudest) {
            meter->loudest = peak;
            meter->loudest_held = LOUDEST_SECONDS;
        }
        meter->clipped |= peak > FULL_SCALE_DB;
    }
    return meter->clipped != before.clipped || meter->loudest != before.loudest ||
           memcmp(meter->bar, before.bar, sizeof before.bar) != 0 ||
           memcmp(meter->line, before.line, sizeof before.line) != 0;
}

/** Lets a value fall once its time is over. Whether it did. */
static bool fall(double *value, double *held, double drop, double seconds)
{
    *held -= seconds;
    if (*held > 0 || *value <= METER_FLOOR_DB)
        return false;
    *value = fmax(METER_FLOOR_DB, *value - drop * seconds);
    return true;
}

bool meter_fall(struct meter *meter, double seconds)
{
    bool changed = false;
    for (unsigned c = 0; c < CHANNELS_MAX; ++c) {
        double now = 0;
        changed |= fall(&meter->bar[c], &now, BAR_FALL, seconds);
        changed |= fall(&meter->line[c], &meter->held[c], LINE_FALL, seconds);
    }
    return changed | fall(&meter->loudest, &meter->loudest_held, INFINITY, seconds);
}

/** Where a level is on the scale, 0 … 1: the upper half of the way is the upper 20 dB. */
static double place(double level)
{
    const double knee = -18, half = 0.5;
    if (level < knee)
        return half * (level - METER_FLOOR_DB) / (knee - METER_FLOOR_DB);
    return half + (1 - half) * (level - knee) / (METER_TOP_DB - knee);
}

static double y_of(struct rect bars, double level)
{
    return bars.y + bars.height * (1 - place(level));
}

static void draw_scale(cairo_t *cairo, struct rect bars, double x, enum align align)
{
    static const int marks[] = {6, 0, -6, -12, -18, -30, -45, -60};
    for (unsigned i = 0; i < sizeof marks / sizeof *marks; ++i) {
        char text[12];
        const double y = y_of(bars, marks[i]);
        snprintf(text, sizeof text, marks[i] > 0 ? "%+d" : "%d", abs(marks[i]));
        paint_text(
            cairo, (struct rect){x, y - 6, SCALE_WIDTH, 12}, text,
            (struct style){TYPE_TINY, marks[i] == 0 ? COLOUR_TEXT : COLOUR_DIM, align, false});
    }
}

/** The part of a bar between two levels. */
static void draw_span(cairo_t *cairo, struct rect bar, double from, double to, enum colour colour,
                      double alpha)
{
    if (to <= from)
        return;
    const double top = y_of(bar, to), bottom = y_of(bar, from);
    cairo_rectangle(cairo, bar.x, top, bar.width, bottom - top);
    paint_colour(cairo, colour, alpha);
    cairo_fill(cairo);
}

static void draw_bar(cairo_t *cairo, struct rect bar, double rms, double peak, enum colour colour)
{
    cairo_save(cairo);
    paint_path(cairo, bar, 4);
    paint_colour(cairo, COLOUR_RAISED, 1);
    cairo_fill_preserve(cairo);
    cairo_clip(cairo);
    draw_span(cairo, bar, METER_FLOOR_DB, fmin(peak, FULL_SCALE_DB), colour, 0.4);
    draw_span(cairo, bar, METER_FLOOR_DB, fmin(rms, FULL_SCALE_DB), colour, 1);
    draw_span(cairo, bar, FULL_SCALE_DB, peak, COLOUR_BAD, 1);
    if (peak > METER_FLOOR_DB) {
        const double y = y_of(bar, peak);
        cairo_rectangle(cairo, bar.x, y - 1, bar.width, 2);
        paint_colour(cairo, peak > FULL_SCALE_DB ? COLOUR_BAD : COLOUR_TEXT, 0.9);
        cairo_fill(cairo);
    }
    cairo_restore(cairo);
}

/** The loudest peak of late, as a number. */
static void draw_number(cairo_t *cairo, struct rect box, const struct meter *meter)
{
    char number[16] = MINUS_INFINITY;
    if (meter->loudest > METER_FLOOR_DB)
        snprintf(number, sizeof number, "%+.1f", meter->loudest);
    paint_text(
        cairo, box, number,
        (struct style){TYPE_SMALL, meter->clipped ? COLOUR_BAD : COLOUR_DIM, ALIGN_CENTRE, false});
}

void meter_draw(cairo_t *cairo, struct rect box, const struct meter *meter, unsigned channels,
                const char *title, enum colour colour, enum align side)
{
    const bool left = side == ALIGN_LEFT;
    const double width = channels > 1 ? 9 : 14, gap = 3;
    const double bars_width = channels * width + (channels - 1) * gap;
    const struct rect column = {left ? box.x + SCALE_WIDTH : box.x, box.y, box.width - SCALE_WIDTH,
                                box.height};
    const double top = box.y + TITLE_HEIGHT + LAMP_HEIGHT;
    const struct rect bars = {rect_middle_x(column) - bars_width / 2, top, bars_width,
                              box.height - TITLE_HEIGHT - LAMP_HEIGHT - NUMBER_HEIGHT};
    paint_text(cairo, (struct rect){column.x, box.y, column.width, TITLE_HEIGHT}, title,
               (struct style){TYPE_SMALL, COLOUR_DIM, ALIGN_CENTRE, true});
    paint_lamp(cairo, rect_middle_x(column), box.y + TITLE_HEIGHT + LAMP_RADIUS, LAMP_RADIUS,
               COLOUR_BAD, meter->clipped);
    draw_scale(cairo, bars,
               left ? bars.x - SCALE_WIDTH - SCALE_GAP : bars.x + bars.width + SCALE_GAP,
               left ? ALIGN_RIGHT : ALIGN_LEFT);
    for (unsigned c = 0; c < channels; ++c)
        draw_bar(cairo, (struct rect){bars.x + c * (width + gap), bars.y, width, bars.height},
                 meter->bar[c], meter->line[c], colour);
    draw_number(
        cairo,
        (struct rect){column.x, box.y + box.height - NUMBER_HEIGHT, column.width, NUMBER_HEIGHT},
        meter);
}
