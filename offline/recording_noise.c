/* SPDX-License-Identifier: ISC */
#include "recording_noise.h"

#include "decibel.h"
#include "recording_hum.h"

#include <complex.h>
#include <fftw3.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum { WINDOW = 2048, BINS = WINDOW / 2 + 1, BANDS = 3 };

#define PI 3.14159265358979323846F

/** Bands in which strings leave the noise alone most of the time, in shares of the sample rate. */
static const double edges[BANDS + 1] = {1 / 4.0, 1 / 3.0, 5 / 12.0, 1 / 2.0};

/** In a band of noise the median window is no more than this above the quiet ones: a power. */
static const double steady = 1.6;

/** Share of the windows that count as quiet ones. */
static const double quiet_share = 0.05;

/** The dry sound is silent below this, which the gain of gear that distorts does not lift into what
 *  is heard; gear takes so long to come to rest, s. */
static const double silence = 1e-8, rest_seconds = 0.3, least_silence_seconds = 0.3;

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

/** What is known of the windows of a recording. */
struct analysis {
    size_t windows;
    size_t first[BANDS], last[BANDS]; ///< bins of the bands
    double *powers;                   ///< of the wet sound by band, then by window, per bin
    fftwf_complex *turns;             ///< by bin: sum of the phases between the sounds, as units
};

static void add_window(struct analysis *a, size_t window, const fftwf_complex *dry,
                       const fftwf_complex *wet)
{
    for (size_t band = 0; band < BANDS; band++) {
        double sum = 0;
        for (size_t k = a->first[band]; k < a->last[band]; k++) {
            const fftwf_complex product = conjf(dry[k]) * wet[k];
            sum += (double)crealf(wet[k] * conjf(wet[k]));
            a->turns[k] += product / (cabsf(product) + FLT_MIN);
        }
        a->powers[band * a->windows + window] = sum / (double)(a->last[band] - a->first[band]);
    }
}

static void transform(const float *sound, float *samples, fftwf_plan plan)
{
    for (size_t k = 0; k < WINDOW; k++)
        samples[k] = sound[k] * (0.5F - 0.5F * cosf(2 * PI / WINDOW * (float)k));
    fftwf_execute(plan);
}

/** False: out of memory. */
static bool analyse(const struct recording *r, struct analysis *a)
{
    float *samples = fftwf_alloc_real(WINDOW);
    fftwf_complex *dry = fftwf_alloc_complex(BINS), *wet = fftwf_alloc_complex(BINS);
    const bool good = samples && dry && wet && a->powers && a->turns;
    if (good) {
        fftwf_plan to_dry = fftwf_plan_dft_r2c_1d(WINDOW, samples, dry, FFTW_ESTIMATE);
        fftwf_plan to_wet = fftwf_plan_dft_r2c_1d(WINDOW, samples, wet, FFTW_ESTIMATE);
        for (size_t i = 0; i < a->windows; i++) {
            transform(r->dry + i * WINDOW, samples, to_dry);
            transform(r->wet + i * WINDOW, samples, to_wet);
            add_window(a, i, dry, wet);
        }
        fftwf_destroy_plan(to_dry);
        fftwf_destroy_plan(to_wet);
    }
    fftwf_free(samples);
    fftwf_free(dry);
    fftwf_free(wet);
    return good;
}

/** Power of noise in a bin of a band of which it is all there is most of the time, 0 if the band is
 *  not like that. What keeps its phase to the dry sound is an answer and no noise. */
static double noise_of_band(struct analysis *a, size_t band)
{
    const size_t first = a->first[band], last = a->last[band];
    double *powers = a->powers + band * a->windows, alike = 0;
    for (size_t k = first; k < last; k++)
        alike += pow((double)cabsf(a->turns[k]) / (double)a->windows, 2) / (double)(last - first);
    const double middle = percentile(powers, a->windows, 0.5);
    const bool is_steady = middle < steady * percentile(powers, a->windows, quiet_share);
    return is_steady ? middle * fmax(0, 1 - alike) : 0;
}

/** Power of white noise, judged by the treble; NaN if that holds none. False: out of memory. */
static bool noise_of_treble(const struct recording *r, double *noise)
{
    const double window_energy = 3.0 / 8 * WINDOW;
    struct analysis a = {.windows = r->frames / WINDOW};
    for (size_t band = 0; band < BANDS; band++) {
        a.first[band] = (size_t)(edges[band] * WINDOW);
        a.last[band] = (size_t)(edges[band + 1] * WINDOW);
    }
    a.powers = calloc(BANDS * a.windows, sizeof *a.powers);
    a.turns = calloc(BINS, sizeof *a.turns);
    const bool good = analyse(r, &a);
    double most = 0;
    for (size_t band = 0; good && band < BANDS; band++)
        most = fmax(most, noise_of_band(&a, band));
    *noise = most > 0 ? most / window_energy : (double)NAN;
    free(a.powers);
    free(a.turns);
    return good;
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
