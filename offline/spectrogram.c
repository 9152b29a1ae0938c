/* SPDX-License-Identifier: ISC */
#include "spectrogram.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 4096, /* points of a spectrum: 85 ms at 48 kHz */
    BINS = WINDOW / 2 + 1
};

/* Below this power all is silence; -200 dB. */
#define LEAST_POWER 1e-20

/** One spectrum's memory. */
struct transform {
    float samples[WINDOW];
    fftwf_complex bins[BINS];
    float powers[BINS]; /* 1: a sine of full scale */
    fftwf_plan plan;
};

/** Powers of the window around frame `centre`; beyond the ends there is silence. */
static void transform_at(struct transform *t, const float *samples, size_t frames, size_t centre)
{
    for (size_t i = 0; i < WINDOW; i++) {
        long at = (long)centre + (long)i - WINDOW / 2;
        float hann = 0.5F - 0.5F * cosf((float)(2 * M_PI / WINDOW) * (float)i);
        t->samples[i] = at >= 0 && (size_t)at < frames ? hann * samples[at] : 0;
    }
    fftwf_execute(t->plan);
    const float full_scale = WINDOW / 4.0F; /* of a sine's bin under this window */
    for (size_t k = 0; k < BINS; k++) {
        float size = cabsf(t->bins[k]) / full_scale;
        t->powers[k] = size * size;
    }
}

/** Largest power between two frequencies given in bins; between bins it is interpolated. */
static float power_between(const float *powers, double from, double to)
{
    if (to >= BINS - 1)
        return 0;
    if (floor(from) == floor(to)) {
        size_t k = (size_t)from;
        float part = (float)((from + to) / 2 - (double)k);
        return powers[k] * (1 - part) + powers[k + 1] * part;
    }
    float most = 0;
    for (size_t k = (size_t)ceil(from); k <= (size_t)to; k++)
        most = fmaxf(most, powers[k]);
    return most;
}

/** Row `row` reaches from this frequency up to that of `row - 1`. */
static double row_bottom(const struct spectrogram *s, double row)
{
    return s->high * pow(s->low / s->high, (row + 1) / (double)s->rows);
}

double spectrogram_frequency(const struct spectrogram *s, size_t row)
{
    return row_bottom(s, (double)row - 0.5);
}

static float decibels(double power)
{
    return (float)(10 * log10(fmax(power, LEAST_POWER)));
}

static void fill(struct spectrogram *s, struct transform *t, const float *samples, size_t frames,
                 double rate)
{
    for (size_t column = 0; column < s->columns; column++) {
        transform_at(t, samples, frames, (2 * column + 1) * frames / (2 * s->columns));
        for (size_t row = 0; row < s->rows; row++) {
            float power = power_between(t->powers, row_bottom(s, (double)row) * WINDOW / rate,
                                        row_bottom(s, (double)row - 1) * WINDOW / rate);
            s->levels[row * s->columns + column] = decibels((double)power);
            s->average[row] += power / (float)s->columns;
        }
    }
    for (size_t row = 0; row < s->rows; row++)
        s->average[row] = decibels((double)s->average[row]);
}

bool spectrogram_make(struct spectrogram *s, const float *samples, size_t frames, double rate)
{
    struct transform *t = fftwf_malloc(sizeof *t);
    s->levels = calloc(s->columns * s->rows, sizeof *s->levels);
    s->average = calloc(s->rows, sizeof *s->average);
    bool good = t && s->levels && s->average;
    if (good) {
        t->plan = fftwf_plan_dft_r2c_1d(WINDOW, t->samples, t->bins, FFTW_ESTIMATE);
        fill(s, t, samples, frames, rate);
        fftwf_destroy_plan(t->plan);
    } else {
        spectrogram_free(s);
    }
    fftwf_free(t);
    return good;
}

void spectrogram_free(struct spectrogram *s)
{
    free(s->levels);
    free(s->average);
    s->levels = s->average = NULL;
}
