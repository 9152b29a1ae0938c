/* SPDX-License-Identifier: ISC */
#include "harmonics.h"

#include "decibel.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>

enum {
    WINDOW = HARMONICS_WINDOW,
    BINS = WINDOW / 2 + 1,
    HOP = WINDOW / 4,
    LOBE =
        3, /* bins to either side that a sine reaches under a Hann window, its last leaks aside */
};

/** Share of the energy that a sine has within its lobe; music has less. */
static const double PURITY = 0.9999;
/** Peak below which nothing counts, dBFS. */
static const double FAINTEST = -66;
/** Mean of a Hann window, by which it makes a sine smaller. */
static const double HANN_GAIN = 0.5;
/** Fundamentals below this many bins cannot be told from their neighbours. */
static const size_t LOWEST_BIN = 6;

struct finder {
    float samples[WINDOW];
    fftwf_complex bins[BINS];
    double powers[BINS];
    fftwf_plan plan;
};

static double hann(size_t i)
{
    return 0.5 - 0.5 * cos(2 * M_PI * (double)i / WINDOW);
}

/** The amplitude of a frequency, in cycles of a frame. */
static double amplitude(const float *samples, double frequency)
{
    double complex sum = 0;
    for (size_t i = 0; i < WINDOW; i++)
        sum += hann(i) * (double)samples[i] * cexp(-2 * M_PI * I * frequency * (double)i);
    return cabs(sum) * 2 / (HANN_GAIN * WINDOW);
}

/** The bin with the most power, and whether nearly all is around it. */
static bool is_sine(const struct finder *f, size_t *peak)
{
    double all = 0, near = 0;
    *peak = 0;
    for (size_t k = 0; k < BINS; k++) {
        all += f->powers[k];
        if (f->powers[k] > f->powers[*peak])
            *peak = k;
    }
    if (*peak < LOWEST_BIN || *peak + LOBE >= BINS)
        return false;
    for (size_t k = *peak - LOBE; k <= *peak + LOBE; k++)
        near += f->powers[k];
    return near > PURITY * all;
}

/** The frequency around a peak, in bins: under a Hann window the ratio of the peak to its larger
 *  neighbour tells it exactly. */
static double refine(const struct finder *f, size_t peak)
{
    const double here = sqrt(f->powers[peak]);
    const double below = sqrt(f->powers[peak - 1]), above = sqrt(f->powers[peak + 1]);
    const double ratio = fmax(below, above) / here;
    const double shift = (2 * ratio - 1) / (ratio + 1);
    return (double)peak + (above > below ? shift : -shift);
}

static bool tone_at(struct finder *f, const float *samples, double rate, struct tone *tone)
{
    size_t peak;
    for (size_t i = 0; i < WINDOW; i++)
        f->samples[i] = (float)hann(i) * samples[i];
    fftwf_execute(f->plan);
    for (size_t k = 0; k < BINS; k++) {
        const double re = (double)crealf(f->bins[k]), im = (double)cimagf(f->bins[k]);
        f->powers[k] = re * re + im * im;
    }
    if (!is_sine(f, &peak))
        return false;
    const double bin = refine(f, peak);
    tone->frequency = bin * rate / WINDOW;
    tone->level = decibels_of_amplitude(amplitude(samples, bin / WINDOW));
    return tone->level > FAINTEST;
}

size_t tones_find(const float *samples, size_t frames, double rate, struct tone *tones, size_t most)
{
    size_t count = 0;
    struct finder *f = fftwf_malloc(sizeof *f);
    if (!f)
        return 0;
    f->plan = fftwf_plan_dft_r2c_1d(WINDOW, f->samples, f->bins, FFTW_ESTIMATE);
    for (size_t at = 0; at + WINDOW <= frames && count < most; at += HOP) {
        tones[count].at = at;
        count += tone_at(f, samples + at, rate, &tones[count]);
    }
    fftwf_destroy_plan(f->plan);
    fftwf_free(f);
    return count;
}

void harmonics_measure(const float *samples, double rate, double frequency,
                       double levels[HARMONICS])
{
    for (size_t h = 0; h < HARMONICS; h++) {
        const double cycles = frequency * (double)(h + 1) / rate;
        levels[h] = cycles < 0.5 ? decibels_of_amplitude(amplitude(samples, cycles)) : (double)NAN;
    }
}
