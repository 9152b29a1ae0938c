/* SPDX-License-Identifier: ISC */
#include "recording_hum.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 1 << 17,
    BINS = WINDOW / 2 + 1,
    HARMONICS = 6,
    LINE = 2, /* bins on either side that belong to a line, */
    NEAR = 4, /* and from where on to where its surroundings lie */
    FAR = 14,
    LOW = 1 << 10, /* bins that are kept: up to 375 Hz at 48 kHz */
    FEWEST_WINDOWS = 3,
};

#define PI 3.14159265358979323846F

/** A line stands out of its surroundings by this factor of power in the wet sound, and by less than
 *  that in the dry one. */
static const float clear = 50, unclear = 10;

static const double mains[] = {50, 60};

static int by_size(const void *a, const void *b)
{
    const float one = *(const float *)a, other = *(const float *)b;
    return (one > other) - (one < other);
}

static float percentile(float *values, size_t count, float share)
{
    qsort(values, count, sizeof *values, by_size);
    return values[(size_t)(share * (float)(count - 1))];
}

/** Power spectra of half overlapping windows: by bin, then by window. False: out of memory. */
static bool analyse(const float *sound, size_t windows, float *powers)
{
    float *samples = fftwf_alloc_real(WINDOW);
    fftwf_complex *bins = fftwf_alloc_complex(BINS);
    fftwf_plan plan =
        samples && bins ? fftwf_plan_dft_r2c_1d(WINDOW, samples, bins, FFTW_ESTIMATE) : NULL;
    for (size_t i = 0; plan && i < windows; i++) {
        for (size_t k = 0; k < WINDOW; k++)
            samples[k] =
                sound[i * WINDOW / 2 + k] * (0.5F - 0.5F * cosf(2 * PI / WINDOW * (float)k));
        fftwf_execute(plan);
        for (size_t k = 0; k < LOW; k++)
            powers[k * windows + i] = crealf(bins[k] * conjf(bins[k]));
    }
    fftwf_destroy_plan(plan);
    fftwf_free(samples);
    fftwf_free(bins);
    return plan;
}

/** What stays all the time: notes come and go. One power for each low bin; NULL: out of memory. */
static float *steady_spectrum(const float *sound, size_t frames)
{
    const float share = 0.25F;
    const size_t windows = (frames - WINDOW) / (WINDOW / 2) + 1;
    float *powers = calloc(LOW * windows, sizeof *powers), *steady = calloc(LOW, sizeof *steady);
    const bool good = powers && steady && analyse(sound, windows, powers);
    for (size_t k = 0; good && k < LOW; k++)
        steady[k] = percentile(powers + k * windows, windows, share);
    free(powers);
    if (good)
        return steady;
    free(steady);
    return NULL;
}

/** How far the line at a bin stands out of its surroundings. */
static float prominence(const float *spectrum, size_t bin)
{
    float around[2 * (FAR - NEAR)], most = 0;
    for (size_t i = 0; i < FAR - NEAR; i++) {
        around[2 * i] = spectrum[bin + NEAR + i];
        around[2 * i + 1] = spectrum[bin - NEAR - i];
    }
    for (size_t k = bin - 1; k <= bin + 1; k++)
        most = fmaxf(most, spectrum[k]);
    const float median = percentile(around, sizeof around / sizeof *around, 0.5F);
    return median > 0 ? most / median : 0;
}

static double line_power(const float *spectrum, size_t bin)
{
    const double window_energy = 3.0 / 8 * WINDOW;
    double sum = 0;
    for (size_t k = bin - LINE; k <= bin + LINE; k++)
        sum += (double)spectrum[k];
    return 2 * sum / (window_energy * WINDOW);
}

static void look(const float *dry, const float *wet, double rate, struct hum *hum)
{
    for (size_t m = 0; m < sizeof mains / sizeof *mains; m++) {
        double power = 0;
        for (size_t harmonic = 1; harmonic <= HARMONICS; harmonic++) {
            const size_t bin = (size_t)lround(mains[m] * (double)harmonic / rate * WINDOW);
            if (bin + FAR < LOW && bin > FAR && prominence(wet, bin) > clear &&
                prominence(dry, bin) < unclear)
                power += line_power(wet, bin);
        }
        if (power > hum->power)
            *hum = (struct hum){mains[m], power};
    }
}

bool hum_find(const struct recording *r, struct hum *hum)
{
    *hum = (struct hum){0};
    if (r->frames < WINDOW + (FEWEST_WINDOWS - 1) * WINDOW / 2)
        return true;
    float *dry = steady_spectrum(r->dry, r->frames), *wet = steady_spectrum(r->wet, r->frames);
    const bool good = dry && wet;
    if (good)
        look(dry, wet, r->rate, hum);
    free(dry);
    free(wet);
    return good;
}
