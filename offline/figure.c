/* SPDX-License-Identifier: ISC */
#include "figure.h"

#include "outfile.h"
#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SCALE 2.0 /* pixels for each point */
#define FONT "sans-serif"
#define HEADLINE_SIZE 15.0
#define TITLE_SIZE 11.0
#define TEXT_SIZE 9.5
#define TICK 4.0
#define GAP 3.0
#define MARGIN 20.0
#define WANTED_TICKS 6
#define LEGEND_STEP 76.0

const struct colour figure_dry = {0.20, 0.45, 0.70}, figure_wet = {0.90, 0.42, 0.12};
static const struct colour ink = {0.15, 0.15, 0.18}, faint = {0.40, 0.40, 0.45},
                           grid = {0.87, 0.87, 0.89};

enum text_anchor { ANCHOR_LEFT, ANCHOR_MIDDLE, ANCHOR_RIGHT };

void figure_ink(struct figure *figure, struct colour colour)
{
    cairo_set_source_rgb(figure->cairo, colour.red, colour.green, colour.blue);
}

/** The size, `size` or less, in which words are no wider than `width`; widths are not quite
 *  proportional to sizes, as glyphs are fitted to pixels. */
static double fitting_size(struct figure *figure, double size, double width, const char *words)
{
    cairo_text_extents_t extents;
    for (;; size *= width / extents.x_advance) {
        cairo_set_font_size(figure->cairo, size);
        cairo_text_extents(figure->cairo, words, &extents);
        if (extents.x_advance <= width)
            return size;
    }
}

static void text(struct figure *figure, double x, double y, double size, enum text_anchor anchor,
                 const char *words)
{
    cairo_text_extents_t extents;
    cairo_set_font_size(figure->cairo, size);
    cairo_text_extents(figure->cairo, words, &extents);
    cairo_move_to(figure->cairo, x - extents.x_advance * (double)anchor / 2, y);
    cairo_show_text(figure->cairo, words);
}

bool figure_start(struct figure *figure, double width, double height, const char *headline,
                  struct xlstm_error *error)
{
    figure->surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(width * SCALE), (int)(height * SCALE));
    figure->cairo = cairo_create(figure->surface);
    if (cairo_status(figure->cairo)) {
        fail(error, "cannot be drawn: %s", cairo_status_to_string(cairo_status(figure->cairo)));
        figure_end(figure);
        return false;
    }
    cairo_scale(figure->cairo, SCALE, SCALE);
    cairo_set_source_rgb(figure->cairo, 1, 1, 1);
    cairo_paint(figure->cairo);
    cairo_select_font_face(figure->cairo, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    figure_ink(figure, ink);
    text(figure, width / 2, 2 * HEADLINE_SIZE,
         fitting_size(figure, HEADLINE_SIZE, width - 2 * MARGIN, headline), ANCHOR_MIDDLE,
         headline);
    cairo_select_font_face(figure->cairo, FONT, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    return true;
}

void figure_note(struct figure *figure, double x, double y, double width, const char *words)
{
    figure_ink(figure, faint);
    text(figure, x, y, fitting_size(figure, TITLE_SIZE, width, words), ANCHOR_MIDDLE, words);
}

void figure_end(struct figure *figure)
{
    cairo_destroy(figure->cairo);
    cairo_surface_destroy(figure->surface);
    *figure = (struct figure){0};
}

/** Share of the axis, 0 at `low` and 1 at `high`, where a value lies. */
static double share(const struct axis *axis, double value)
{
    if (axis->logarithmic)
        return log(value / axis->low) / log(axis->high / axis->low);
    return (value - axis->low) / (axis->high - axis->low);
}

double figure_x(const struct panel *panel, double value)
{
    return panel->left + panel->width * share(&panel->across, value);
}

double figure_y(const struct panel *panel, double value)
{
    return panel->top + panel->height * (1 - share(&panel->up, value));
}

/** 1, 2 or 5 times a power of ten, the next above `least`. */
static double round_step(double least)
{
    double power = pow(10, floor(log10(least)));
    double digit = least / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** The first tick of an axis, or the next one after `before`. */
static double next_tick(const struct axis *axis, const double *before)
{
    if (axis->logarithmic)
        return round_step(before ? *before * 1.01 : axis->low);
    double step = round_step(fabs(axis->high - axis->low) / WANTED_TICKS);
    double index = before ? round(*before / step) + 1 : ceil(axis->low / step - 1e-9);
    return index * step + 0.0; /* no minus zero */
}

static void tick_text(char *words, size_t size, double value)
{
    if (fabs(value) >= 1000)
        snprintf(words, size, "%gk", value / 1000);
    else
        snprintf(words, size, "%.6g", value);
}

static void grid_line(struct figure *figure, double x, double y, double width, double height)
{
    figure_ink(figure, grid);
    cairo_move_to(figure->cairo, x, y);
    cairo_line_to(figure->cairo, x + width, y + height);
    cairo_stroke(figure->cairo);
    figure_ink(figure, ink);
}

static void axis_across(struct figure *figure, const struct panel *panel)
{
    double bottom = panel->top + panel->height;
    char words[32];
    for (double tick = next_tick(&panel->across, NULL); tick <= panel->across.high * (1 + 1e-9);
         tick = next_tick(&panel->across, &tick)) {
        double x = figure_x(panel, tick);
        grid_line(figure, x, panel->top, 0, panel->height);
        tick_text(words, sizeof words, tick);
        text(figure, x, bottom + TICK + TEXT_SIZE, TEXT_SIZE, ANCHOR_MIDDLE, words);
    }
    text(figure, panel->left + panel->width / 2, bottom + TICK + 2.4 * TEXT_SIZE, TEXT_SIZE,
         ANCHOR_MIDDLE, panel->across.label);
}

static void axis_up(struct figure *figure, const struct panel *panel)
{
    char words[32];
    for (double tick = next_tick(&panel->up, NULL);
         tick <= panel->up.high + 1e-9 * fabs(panel->up.high);
         tick = next_tick(&panel->up, &tick)) {
        double y = figure_y(panel, tick);
        grid_line(figure, panel->left, y, panel->width, 0);
        tick_text(words, sizeof words, tick);
        text(figure, panel->left - TICK, y + TEXT_SIZE / 3, TEXT_SIZE, ANCHOR_RIGHT, words);
    }
    cairo_save(figure->cairo);
    cairo_translate(figure->cairo, panel->left - 4.2 * TEXT_SIZE, panel->top + panel->height / 2);
    cairo_rotate(figure->cairo, -M_PI / 2);
    text(figure, 0, 0, TEXT_SIZE, ANCHOR_MIDDLE, panel->up.label);
    cairo_restore(figure->cairo);
}

void figure_axes(struct figure *figure, const struct panel *panel)
{
    cairo_set_line_width(figure->cairo, 0.7);
    if (panel->across.label)
        axis_across(figure, panel);
    if (panel->up.label)
        axis_up(figure, panel);
    figure_ink(figure, ink);
    if (panel->title)
        text(figure, panel->left, panel->top - 2 * GAP, TITLE_SIZE, ANCHOR_LEFT, panel->title);
    cairo_rectangle(figure->cairo, panel->left, panel->top, panel->width, panel->height);
    cairo_stroke(figure->cairo);
}

void figure_clip(struct figure *figure, const struct panel *panel)
{
    cairo_save(figure->cairo);
    cairo_rectangle(figure->cairo, panel->left, panel->top, panel->width, panel->height);
    cairo_clip(figure->cairo);
}

void figure_curve(struct figure *figure, const struct panel *panel, const double *x,
                  const double *y, size_t count, double width, struct colour colour)
{
    figure_clip(figure, panel);
    figure_ink(figure, colour);
    cairo_set_line_width(figure->cairo, width);
    cairo_set_line_join(figure->cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_new_path(figure->cairo);
    for (size_t i = 0; i < count; i++)
        cairo_line_to(figure->cairo, figure_x(panel, x[i]), figure_y(panel, y[i]));
    cairo_stroke(figure->cairo);
    cairo_restore(figure->cairo);
}

void figure_waveform(struct figure *figure, const struct panel *panel, const float *samples,
                     size_t count, struct colour colour)
{
    size_t columns = (size_t)(panel->width * SCALE);
    figure_clip(figure, panel);
    figure_ink(figure, colour);
    for (size_t c = 0; c < columns; c++) {
        size_t from = c * count / columns, to = (c + 1) * count / columns;
        double low = INFINITY, high = -INFINITY;
        for (size_t i = from; i < to || i == from; i++) {
            low = fmin(low, (double)samples[i]);
            high = fmax(high, (double)samples[i]);
        }
        double top = figure_y(panel, high), bottom = figure_y(panel, low);
        cairo_rectangle(figure->cairo, panel->left + (double)c / SCALE, top, 1 / SCALE,
                        fmax(bottom - top, 1 / SCALE));
    }
    cairo_fill(figure->cairo);
    cairo_restore(figure->cairo);
}

void figure_legend(struct figure *figure, const struct panel *panel, int place, const char *name,
                   struct colour colour)
{
    double x = panel->left + panel->width - LEGEND_STEP * (place + 1), y = panel->top - 2 * GAP;
    figure_ink(figure, colour);
    cairo_set_line_width(figure->cairo, 2);
    cairo_move_to(figure->cairo, x, y - TEXT_SIZE / 3);
    cairo_line_to(figure->cairo, x + 4 * GAP, y - TEXT_SIZE / 3);
    cairo_stroke(figure->cairo);
    figure_ink(figure, ink);
    text(figure, x + 5 * GAP, y, TEXT_SIZE, ANCHOR_LEFT, name);
}

static cairo_status_t write_some(void *closure, const unsigned char *data, unsigned length)
{
    const struct outfile *file = closure;
    while (length) {
        ssize_t written = write(file->descriptor, data, length);
        if (written < 0)
            return CAIRO_STATUS_WRITE_ERROR;
        data += written;
        length -= (unsigned)written;
    }
    return CAIRO_STATUS_SUCCESS;
}

bool figure_write(const struct figure *figure, const char *path, struct xlstm_error *error)
{
    struct outfile file;
    if (!outfile_open(&file, path, error))
        return false;
    errno = 0;
    cairo_status_t status = cairo_surface_write_to_png_stream(figure->surface, write_some, &file);
    if (status == CAIRO_STATUS_SUCCESS)
        return outfile_commit(&file, error);
    fail(error, "cannot be written: %s", errno ? strerror(errno) : cairo_status_to_string(status));
    outfile_abort(&file);
    return false;
}
