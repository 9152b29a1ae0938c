/* SPDX-License-Identifier: ISC */
/* xlstm plot: a picture of wet against dry. */
#include "audio.h"
#include "command.h"
#include "figure.h"
#include "options.h"
#include "outfile.h"
#include "report.h"
#include "spectrogram.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 960, ROWS = 220 };

/* Layout, in points */
#define WIDTH 1000.0
#define HEIGHT 980.0
#define LEFT 62.0
#define PANEL_WIDTH 915.0
#define HALF_WIDTH 415.0
#define WAVE_HEIGHT 90.0
#define IMAGE_HEIGHT 165.0
#define DETAIL_HEIGHT 190.0

#define LOWEST_HZ 40.0
#define HIGHEST_HZ 20000.0
#define DYNAMIC_RANGE 80.0F  /* dB, of the spectrograms */
#define DETAIL_SECONDS 0.025 /* of the close look at the waveform */

struct settings {
    const char *output;
    bool overwrite;
};

static const struct option_row options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, output), "FILE", "the PNG file to write",
     0, 0, NULL},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct settings, overwrite), NULL,
     "replace FILE if it exists", 0, 0, NULL},
    {0},
};

/** The loudest channel of a file and what was made of it. */
struct side {
    const char *path, *name;
    struct audio audio;
    const float *samples;
    struct spectrogram spectrogram;
    struct colour colour;
};

static bool load(struct side *side)
{
    struct xlstm_error error;
    const char *slash = strrchr(side->path, '/');
    side->name = slash ? slash + 1 : side->path;
    side->spectrogram = (struct spectrogram){
        .columns = COLUMNS, .rows = ROWS, .low = LOWEST_HZ, .high = HIGHEST_HZ};
    if (!audio_read(&side->audio, side->path, NULL, &error)) {
        complain(side->path, "%s", error.text);
        return false;
    }
    side->samples = audio_channel(&side->audio, audio_loudest(&side->audio));
    if (spectrogram_make(&side->spectrogram, side->samples, side->audio.frames, side->audio.rate))
        return true;
    complain(side->path, "needs more memory than there is");
    return false;
}

static double seconds(const struct side *side)
{
    return (double)side->audio.frames / side->audio.rate;
}

static float peak(const struct side *side, size_t *where)
{
    float most = 0;
    *where = 0;
    for (size_t i = 0; i < side->audio.frames; i++) {
        if (fabsf(side->samples[i]) > most) {
            most = fabsf(side->samples[i]);
            *where = i;
        }
    }
    return most;
}

static float loudest_level(const struct spectrogram *spectrogram)
{
    float most = spectrogram->levels[0];
    for (size_t i = 1; i < spectrogram->columns * spectrogram->rows; i++)
        most = fmaxf(most, spectrogram->levels[i]);
    return most;
}

static void draw_waveform(struct figure *figure, const struct side *side, double top, double limit)
{
    struct panel panel = {LEFT,
                          top,
                          PANEL_WIDTH,
                          WAVE_HEIGHT,
                          {0, seconds(side), false, NULL},
                          {-limit, limit, false, "level"},
                          side->name};
    figure_axes(figure, &panel);
    figure_waveform(figure, &panel, side->samples, side->audio.frames, side->colour);
}

/** A spectrogram whose brightest colour is `brightest` dB. */
static bool draw_spectrogram(struct figure *figure, struct side *side, double top, float brightest,
                             struct xlstm_error *error)
{
    struct spectrogram *s = &side->spectrogram;
    char title[300];
    snprintf(title, sizeof title, "%.200s, spectrogram, %.0f to %.0f dBFS", side->name,
             (double)(brightest - DYNAMIC_RANGE), (double)brightest);
    struct panel panel = {LEFT,
                          top,
                          PANEL_WIDTH,
                          IMAGE_HEIGHT,
                          {0, seconds(side), false, "time, s"},
                          {LOWEST_HZ, HIGHEST_HZ, true, "frequency, Hz"},
                          title};
    for (size_t i = 0; i < s->columns * s->rows; i++)
        s->levels[i] = 1 + (s->levels[i] - brightest) / DYNAMIC_RANGE;
    figure_axes(figure, &panel);
    return figure_image(figure, &panel, s->levels, s->columns, s->rows, error);
}

/** A few milliseconds of one side, as a line. */
static void draw_detail_of(struct figure *figure, const struct panel *panel,
                           const struct side *side, double start)
{
    enum { MOST = 1 << 14 };
    static double x[MOST], y[MOST];
    size_t count = 0, from = (size_t)(start * side->audio.rate);
    size_t wanted = (size_t)(DETAIL_SECONDS * side->audio.rate) + 2;
    for (size_t i = from; i < side->audio.frames && i < from + wanted && count < MOST; i++) {
        x[count] = ((double)i / side->audio.rate - start) * 1e3;
        y[count++] = (double)side->samples[i];
    }
    figure_curve(figure, panel, x, y, count, FIGURE_LINE, side->colour);
}

static void draw_detail(struct figure *figure, const struct side *dry, const struct side *wet,
                        double top, double limit)
{
    size_t loudest;
    peak(dry, &loudest);
    double start = fmax(0, (double)loudest / dry->audio.rate - DETAIL_SECONDS / 3);
    char title[80];
    snprintf(title, sizeof title, "A close look, at %.2f s", start);
    struct panel panel = {LEFT,
                          top,
                          HALF_WIDTH,
                          DETAIL_HEIGHT,
                          {0, DETAIL_SECONDS * 1e3, false, "time, ms"},
                          {-limit, limit, false, "level"},
                          title};
    figure_axes(figure, &panel);
    draw_detail_of(figure, &panel, dry, start);
    draw_detail_of(figure, &panel, wet, start);
    figure_legend(figure, &panel, 1, "dry", dry->colour);
    figure_legend(figure, &panel, 0, "wet", wet->colour);
}

static void draw_average_of(struct figure *figure, const struct panel *panel,
                            const struct side *side)
{
    double x[ROWS], y[ROWS];
    for (size_t row = 0; row < ROWS; row++) {
        x[row] = spectrogram_frequency(&side->spectrogram, row);
        y[row] = (double)side->spectrogram.average[row];
    }
    figure_curve(figure, panel, x, y, ROWS, FIGURE_LINE, side->colour);
}

static void draw_averages(struct figure *figure, const struct side *dry, const struct side *wet,
                          double top, double brightest)
{
    double high = 10 * ceil(brightest / 10);
    struct panel panel = {LEFT + PANEL_WIDTH - HALF_WIDTH,
                          top,
                          HALF_WIDTH,
                          DETAIL_HEIGHT,
                          {LOWEST_HZ, HIGHEST_HZ, true, "frequency, Hz"},
                          {high - (double)DYNAMIC_RANGE - 20, high, false, "level, dBFS"},
                          "Average spectrum"};
    figure_axes(figure, &panel);
    draw_average_of(figure, &panel, dry);
    draw_average_of(figure, &panel, wet);
    figure_legend(figure, &panel, 1, "dry", dry->colour);
    figure_legend(figure, &panel, 0, "wet", wet->colour);
}

static bool draw(struct figure *figure, struct side *dry, struct side *wet,
                 struct xlstm_error *error)
{
    size_t where;
    double limit = fmax(1e-3, 1.05 * (double)fmaxf(peak(dry, &where), peak(wet, &where)));
    float brightest = fmaxf(loudest_level(&dry->spectrogram), loudest_level(&wet->spectrogram));
    double top = 62;
    draw_waveform(figure, dry, top, limit);
    draw_waveform(figure, wet, top += WAVE_HEIGHT + 24, limit);
    double images = top + WAVE_HEIGHT + 28;
    double details = images + 2 * IMAGE_HEIGHT + 112;
    draw_detail(figure, dry, wet, details, limit);
    draw_averages(figure, dry, wet, details, (double)brightest);
    return draw_spectrogram(figure, dry, images, brightest, error) &&
           draw_spectrogram(figure, wet, images + IMAGE_HEIGHT + 56, brightest, error);
}

static bool plot(struct side *dry, struct side *wet, const char *output)
{
    struct xlstm_error error;
    struct figure figure;
    char headline[420];
    snprintf(headline, sizeof headline, "%.200s  →  %.200s", dry->name, wet->name);
    if (!figure_start(&figure, WIDTH, HEIGHT, headline, &error)) {
        complain(output, "%s", error.text);
        return false;
    }
    bool good = draw(&figure, dry, wet, &error) && figure_write(&figure, output, &error);
    if (!good)
        complain(output, "%s", error.text);
    figure_end(&figure);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {0};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    const int ready = outfile_ready("plot", settings.output, settings.overwrite);
    if (ready != DONE)
        return ready;
    struct xlstm_error error;
    if (!outfile_spares(settings.output, argv + first, 2, &error)) {
        complain(settings.output, "%s", error.text);
        return FAILED;
    }
    outfile_guard_signals();
    struct side dry = {.path = argv[first], .colour = figure_dry};
    struct side wet = {.path = argv[first + 1], .colour = figure_wet};
    bool good = load(&dry) && load(&wet) && plot(&dry, &wet, settings.output);
    spectrogram_free(&dry.spectrogram);
    spectrogram_free(&wet.spectrogram);
    audio_free(&dry.audio);
    audio_free(&wet.audio);
    return good ? DONE : FAILED;
}

const struct command command_plot = {
    .name = "plot",
    .operands = "DRY WET -o FILE",
    .summary = "Draw wet against dry: waveforms, spectrograms, spectra",
    .examples = "  xlstm plot guitar.wav wet.wav -o picture.png\n",
    .minimum = 2,
    .maximum = 2,
    .options = options,
    .run = run,
};
