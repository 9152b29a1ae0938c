/* SPDX-License-Identifier: ISC */
#include "train_picture_panels.h"

#include "decibel.h"
#include "spectrogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DETAIL_SECONDS 0.02
#define LOWEST_HZ 40.0
#define HIGHEST_HZ 20000.0
#define SPECTRUM_RANGE 90.0   /* dB */
#define HARMONICS_RANGE 100.0 /* dB */
#define BROAD_LINE 3.5        /* points: the device, behind the model */
#define BAR_WIDTH 0.26        /* of a harmonic's place */

static const struct colour pale_device = {0.97, 0.70, 0.48}, error_colour = {0.42, 0.13, 0.36};

static struct panel panel_at(struct place p, const char *title)
{
    return (struct panel){
        .left = p.left, .top = p.top, .width = p.width, .height = p.height, .title = title};
}

static float peak_of(const float *samples, size_t frames, size_t *where)
{
    float most = 0;
    *where = 0;
    for (size_t i = 0; i < frames; i++) {
        if (fabsf(samples[i]) > most) {
            most = fabsf(samples[i]);
            *where = i;
        }
    }
    return most;
}

/** The range of an axis for levels, with some air. */
static double limit_of(const struct answer_sound *sound)
{
    size_t where;
    const float device = peak_of(sound->device, sound->frames, &where);
    return fmax(1e-3, 1.08 * (double)fmaxf(device, peak_of(sound->model, sound->frames, &where)));
}

void panel_waveform(struct figure *figure, struct place place, const struct answer_sound *sound,
                    double rate)
{
    const double limit = limit_of(sound);
    struct panel panel = panel_at(place, "Passages that training never heard");
    panel.across = (struct axis){0, fmax((double)sound->frames, 1) / rate, false, "time, s"};
    panel.up = (struct axis){-limit, limit, false, "level"};
    figure_axes(figure, &panel);
    if (sound->frames > 0) {
        figure_waveform(figure, &panel, sound->device, sound->frames, pale_device);
        figure_waveform(figure, &panel, sound->error, sound->frames, error_colour);
    }
    figure_legend(figure, &panel, 1, "device", pale_device);
    figure_legend(figure, &panel, 0, "error", error_colour);
}

static void detail_of(struct figure *figure, const struct panel *panel, const float *samples,
                      size_t frames, double rate, double width, struct colour colour)
{
    double *x = calloc(2 * frames + 1, sizeof *x);
    if (!x)
        return;
    double *y = x + frames;
    for (size_t i = 0; i < frames; i++) {
        x[i] = 1e3 * (double)i / rate;
        y[i] = (double)samples[i];
    }
    figure_curve(figure, panel, x, y, frames, width, colour);
    free(x);
}

void panel_detail(struct figure *figure, struct place place, const struct answer_sound *sound,
                  double rate)
{
    size_t loudest, wanted = (size_t)(DETAIL_SECONDS * rate) + 1;
    peak_of(sound->device, sound->frames, &loudest);
    const size_t frames = wanted < sound->frames ? wanted : sound->frames;
    size_t from = loudest > frames / 3 ? loudest - frames / 3 : 0;
    from = from + frames > sound->frames ? sound->frames - frames : from;
    char title[80];
    snprintf(title, sizeof title, "A close look, at %.2f s", (double)from / rate);
    const double limit = limit_of(sound);
    struct panel panel = panel_at(place, title);
    panel.across = (struct axis){0, DETAIL_SECONDS * 1e3, false, "time, ms"};
    panel.up = (struct axis){-limit, limit, false, "level"};
    figure_axes(figure, &panel);
    detail_of(figure, &panel, sound->error + from, frames, rate, FIGURE_LINE, error_colour);
    detail_of(figure, &panel, sound->device + from, frames, rate, BROAD_LINE, pale_device);
    detail_of(figure, &panel, sound->model + from, frames, rate, FIGURE_LINE, figure_dry);
    figure_legend(figure, &panel, 2, "device", pale_device);
    figure_legend(figure, &panel, 1, "model", figure_dry);
    figure_legend(figure, &panel, 0, "error", error_colour);
}

/* ---- learning curve ------------------------------------------------------------------------- */

/** The unit in which a training's time reads best, in seconds. */
static double unit_of(double seconds, const char **label)
{
    *label = seconds < 600        ? "training time, s"
             : seconds < 2 * 3600 ? "training time, min"
                                  : "training time, h";
    return seconds < 600 ? 1 : seconds < 2 * 3600 ? 60 : 3600;
}

/** Draws one of the errors; what is not finite is left out. */
static void learning_of(struct figure *figure, const struct panel *panel,
                        const struct train_result *result, double unit, bool validation,
                        struct colour colour)
{
    double *x = calloc(2 * result->points + 1, sizeof *x);
    if (!x)
        return;
    double *y = x + result->points;
    size_t count = 0;
    for (size_t i = 0; i < result->points; i++) {
        const struct train_point *point = &result->curve[i];
        x[count] = point->seconds / unit;
        y[count] = decibels_of_power(validation ? point->validation_esr : point->train_esr);
        if (isfinite(y[count]))
            count++;
    }
    figure_curve(figure, panel, x, y, count, FIGURE_LINE, colour);
    free(x);
}

/** Lowest and highest error, rounded to steps of 5 dB, and 0 dB at most. */
static struct axis learning_axis(const struct train_result *result)
{
    double low = 0, high = -INFINITY;
    for (size_t i = 0; i < result->points; i++) {
        const double errors[] = {decibels_of_power(result->curve[i].train_esr),
                                 decibels_of_power(result->curve[i].validation_esr)};
        for (size_t k = 0; k < 2; k++) {
            low = isfinite(errors[k]) ? fmin(low, errors[k]) : low;
            high = isfinite(errors[k]) ? fmax(high, errors[k]) : high;
        }
    }
    low = 5 * floor(low / 5 - 0.2);
    high = fmin(5 * ceil(high / 5), 0);
    return (struct axis){low, fmax(high, low + 10), false, "error to signal, dB"};
}

void panel_learning(struct figure *figure, struct place place, const struct train_result *result)
{
    const char *label;
    const double seconds = fmax(result->progress.seconds, 1e-3), unit = unit_of(seconds, &label);
    struct panel panel = panel_at(place, "Learning");
    panel.across = (struct axis){0, seconds / unit, false, label};
    panel.up = learning_axis(result);
    figure_axes(figure, &panel);
    learning_of(figure, &panel, result, unit, false, pale_device);
    learning_of(figure, &panel, result, unit, true, figure_dry);
    if (isfinite(decibels_of_power(result->validation_esr)))
        figure_dot(figure, &panel, result->best_seconds / unit,
                   decibels_of_power(result->validation_esr), error_colour);
    figure_legend(figure, &panel, 2, "training", pale_device);
    figure_legend(figure, &panel, 1, "validation", figure_dry);
    figure_legend(figure, &panel, 0, "best", error_colour);
}

/* ---- spectra -------------------------------------------------------------------------------- */

enum { ROWS = 160, FRAMES_PER_COLUMN = 2048 };

static bool spectrum_of(const float *samples, size_t frames, double rate, double levels[ROWS],
                        double frequencies[ROWS])
{
    struct spectrogram s = {.columns = frames / FRAMES_PER_COLUMN + 1,
                            .rows = ROWS,
                            .low = LOWEST_HZ,
                            .high = HIGHEST_HZ};
    if (!spectrogram_make(&s, samples, frames, rate))
        return false;
    for (size_t row = 0; row < ROWS; row++) {
        frequencies[row] = spectrogram_frequency(&s, row);
        levels[row] = (double)s.average[row];
    }
    spectrogram_free(&s);
    return true;
}

bool panel_spectra(struct figure *figure, struct place place, const struct answer_sound *sound,
                   double rate)
{
    double x[ROWS], device[ROWS], model[ROWS], error[ROWS], high = -INFINITY;
    if (!spectrum_of(sound->device, sound->frames, rate, device, x) ||
        !spectrum_of(sound->model, sound->frames, rate, model, x) ||
        !spectrum_of(sound->error, sound->frames, rate, error, x))
        return false;
    for (size_t row = 0; row < ROWS; row++)
        high = fmax(high, fmax(device[row], model[row]));
    high = 10 * ceil(high / 10);
    struct panel panel = panel_at(place, "Average spectra");
    panel.across = (struct axis){LOWEST_HZ, HIGHEST_HZ, true, "frequency, Hz"};
    panel.up = (struct axis){high - SPECTRUM_RANGE, high, false, "level, dBFS"};
    figure_axes(figure, &panel);
    figure_curve(figure, &panel, x, device, ROWS, BROAD_LINE, pale_device);
    figure_curve(figure, &panel, x, model, ROWS, FIGURE_LINE, figure_dry);
    figure_curve(figure, &panel, x, error, ROWS, FIGURE_LINE, error_colour);
    figure_legend(figure, &panel, 2, "device", pale_device);
    figure_legend(figure, &panel, 1, "model", figure_dry);
    figure_legend(figure, &panel, 0, "error", error_colour);
    return true;
}

/* ---- harmonics ------------------------------------------------------------------------------ */

/** The harmonics of a level, in its third of each harmonic's place. */
static void harmonics_of(struct figure *figure, const struct panel *panel,
                         const struct answer_tones *tones, size_t index, struct colour colour)
{
    static const struct colour dot = {0.15, 0.15, 0.18};
    const struct answer_tone *tone = &tones->tones[index];
    const double *bars = tones->device ? tone->device : tone->model;
    for (size_t h = 0; h < HARMONICS; h++) {
        const double middle = (double)h + 1 + BAR_WIDTH * ((double)index - 1);
        if (isfinite(bars[h]))
            figure_bar(figure, panel, middle - 0.46 * BAR_WIDTH, middle + 0.46 * BAR_WIDTH, bars[h],
                       colour);
        if (tones->device && isfinite(tone->model[h]))
            figure_dot(figure, panel, middle, tone->model[h], dot);
    }
}

void panel_harmonics(struct figure *figure, struct place place, const struct answer_tones *tones)
{
    static const struct colour shades[ANSWER_TONES] = {
        {0.85, 0.36, 0.10}, {0.95, 0.62, 0.36}, {0.98, 0.83, 0.66}};
    static const struct colour own[ANSWER_TONES] = {
        {0.13, 0.33, 0.55}, {0.40, 0.60, 0.80}, {0.72, 0.83, 0.92}};
    double high = -INFINITY;
    char title[120], name[32];
    for (size_t i = 0; i < tones->count; i++)
        for (size_t h = 0; h < HARMONICS; h++)
            high = fmax(high, fmax(tones->tones[i].model[h], tones->tones[i].device[h]));
    high = isfinite(high) ? 10 * ceil(high / 10) : 0;
    snprintf(title, sizeof title, "Harmonics of %.0f Hz%s", tones->frequency,
             tones->device ? "" : ", model");
    struct panel panel = panel_at(place, title);
    panel.across =
        (struct axis){0.45, HARMONICS + 0.45, false,
                      tones->device ? "harmonic (bars: device, dots: model)" : "harmonic"};
    panel.up = (struct axis){high - HARMONICS_RANGE, high, false, "level, dBFS"};
    figure_axes(figure, &panel);
    for (size_t i = 0; i < tones->count; i++) {
        const struct colour colour = tones->device ? shades[i] : own[i];
        harmonics_of(figure, &panel, tones, i, colour);
        snprintf(name, sizeof name, "%.0f dBFS", tones->tones[i].level + 0.0);
        figure_legend(figure, &panel, (int)(tones->count - 1 - i), name, colour);
    }
}
