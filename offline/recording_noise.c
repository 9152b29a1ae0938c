/* SPDX-License-Identifier: ISC */
#include "recording_noise.h"

#include "decibel.h"
#include "recording_hum.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>

enum { WINDOW = 2048, BINS = WINDOW / 2 + 1, BANDS = 3 };

#define PI 3.14159265358979323846F

/** Bands in which strings leave the noise alone most of the time, Hz. */
static const double edges[BANDS + 1] = {12000, 16000, 20000, 24000};

/** In a band of noise the median window is no more than this above the quiet ones: a power. */
static const double steady = 1.6;

/** Share of the windows that count as quiet ones. */
static const double quiet_share = 0.05;

/** The dry sound is silent below this; gear takes so long to come to rest, s. */
static const double silence = 1e-5, rest_seconds = 0.3, least_silence_seconds = 0.3;

static int by_size(const void *a, const void *b)
{
    const double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static double percentile(double *values, size_t count, double share)
{
    qsort(values, count, sizeof *values, by_size);
    return values[(size_t)(share * (double)(count - 1))];
}

/** Power of the wet sound while the dry one has long been silent; NaN if it never is. */
static double noise_of_silence(const struct recording *r)
{
    const size_t rest = (size_t)(rest_seconds * r->rate);
    size_t silent = 0, count = 0;
    double sum = 0, square = 0;
    for (size_t i = 0; i < r->frames; i++) {
        silent = fabs((double)r->dry[i]) < silence ? silent + 1 : 0;
        if (silent <= rest)
            continue;
        sum += (double)r->wet[i];
        square += (double)r->wet[i] * (double)r->wet[i];
        count++;
    }
    const double mean = count ? sum / (double)count : 0;
    return (double)count < least_silence_seconds * r->rate ? (double)NAN
                                                           : square / (double)count - mean * mean;
}

/** Powers of the bands in one window, per bin. */
static void add_window(const fftwf_complex *bins, double rate, size_t window, size_t windows,
                       double *powers)
{
    for (size_t band = 0; band < BANDS; band++) {
        const size_t first = (size_t)(edges[band] / rate * WINDOW);
        const size_t last = (size_t)fmin(edges[band + 1] / rate * WINDOW, BINS - 1);
        double sum = 0;
        for (size_t k = first; k < last; k++)
            sum += (double)crealf(bins[k] * conjf(bins[k]));
        powers[band * windows + window] = last > first ? sum / (double)(last - first) : 0;
    }
}

/** Windows' powers in the bands: by band, then by window. NULL: out of memory. */
static double *band_powers(const struct recording *r, size_t windows)
{
    double *powers = calloc(BANDS * windows, sizeof *powers);
    float *samples = fftwf_alloc_real(WINDOW);
    fftwf_complex *bins = fftwf_alloc_complex(BINS);
    fftwf_plan plan = powers && samples && bins
                          ? fftwf_plan_dft_r2c_1d(WINDOW, samples, bins, FFTW_ESTIMATE)
                          : NULL;
    for (size_t i = 0; plan && i < windows; i++) {
        for (size_t k = 0; k < WINDOW; k++)
            samples[k] = r->wet[i * WINDOW + k] * (0.5F - 0.5F * cosf(2 * PI / WINDOW * (float)k));
        fftwf_execute(plan);
        add_window(bins, r->rate, i, windows, powers);
    }
    if (!plan) {
        free(powers);
        powers = NULL;
    }
    fftwf_destroy_plan(plan);
    fftwf_free(samples);
    fftwf_free(bins);
    return powers;
}

/** Power of white noise, judged by the bands in which it is all there is most of the time; NaN if
 *  there is none. False: out of memory. */
static bool noise_of_treble(const struct recording *r, double *noise)
{
    const double window_energy = 3.0 / 8 * WINDOW;
    const size_t windows = r->frames / WINDOW;
    double *powers = band_powers(r, windows);
    *noise = (double)NAN;
    for (size_t band = 0; powers && windows && band < BANDS; band++) {
        double *here = powers + band * windows;
        const double middle = percentile(here, windows, 0.5);
        if (middle > 0 && middle < steady * percentile(here, windows, quiet_share))
            *noise = fmax(middle / window_energy, isnan(*noise) ? 0 : *noise);
    }
    free(powers);
    return powers;
}

bool recording_find_noise(struct recording *r)
{
    struct hum hum;
    double noise = noise_of_silence(r);
    if (!hum_find(r, &hum))
        return false;
    if (isnan(noise)) {
        if (!noise_of_treble(r, &noise))
            return false;
        if (hum.frequency > 0)
            noise = hum.power + (isnan(noise) ? 0 : noise);
    }
    r->hum = hum.frequency;
    r->noise = noise > 0 ? decibels_of_power(noise) : (double)NAN;
    return true;
}
