/* SPDX-License-Identifier: ISC */
#include "recording_bands.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { BINS = BANDS_WINDOW / 2 + 1 };

#define PI 3.14159265358979323846F

/** Hz; the last band has all that is above. */
static const double edges[BANDS] = {40, 150, 300, 600, 1200, 2400, 4800, 9600};

size_t bands_windows(size_t frames)
{
    return frames < BANDS_WINDOW ? 0 : (frames - BANDS_WINDOW) / BANDS_HOP + 1;
}

static void add_up(const fftwf_complex *bins, const size_t first[BANDS + 1], double powers[BANDS])
{
    const double window_energy = 3.0 / 8 * BANDS_WINDOW;
    for (size_t band = 0; band < BANDS; band++)
        for (size_t k = first[band]; k < first[band + 1]; k++)
            powers[band] +=
                2 * (double)crealf(bins[k] * conjf(bins[k])) / (window_energy * BANDS_WINDOW);
}

double *bands_measure(const float *sound, size_t windows, double rate)
{
    size_t first[BANDS + 1];
    double *powers = calloc(windows * BANDS + 1, sizeof *powers);
    float *samples = fftwf_alloc_real(BANDS_WINDOW);
    fftwf_complex *bins = fftwf_alloc_complex(BINS);
    fftwf_plan plan =
        samples && bins ? fftwf_plan_dft_r2c_1d(BANDS_WINDOW, samples, bins, FFTW_ESTIMATE) : NULL;
    for (size_t band = 0; band < BANDS; band++)
        first[band] = (size_t)fmin(ceil(edges[band] / rate * BANDS_WINDOW), BINS);
    first[BANDS] = BINS;
    for (size_t i = 0; plan && powers && i < windows; i++) {
        for (size_t k = 0; k < BANDS_WINDOW; k++)
            samples[k] =
                sound[i * BANDS_HOP + k] * (0.5F - 0.5F * cosf(2 * PI / BANDS_WINDOW * (float)k));
        fftwf_execute(plan);
        add_up(bins, first, powers + i * BANDS);
    }
    const bool good = plan && powers;
    fftwf_destroy_plan(plan);
    fftwf_free(samples);
    fftwf_free(bins);
    if (good)
        return powers;
    free(powers);
    return NULL;
}
