/* SPDX-License-Identifier: ISC */
#include "recording_narrow.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>

enum { SEGMENT = 1 << 14, BINS = SEGMENT / 2 + 1, FEWEST = 3, BANDS = 24 };

#define PI 3.14159265358979323846F

/** A segment that fills less than this share of the bands is narrow. A sweep through eight octaves
 *  in four seconds has 0.09 or less, one segment in fifty of a guitar has too. */
static const double narrow_share = 0.1;

/** The share of the bands of equal ratio from about 100 Hz to 16 kHz (at 48 kHz) that a spectrum
 *  fills: 1 if it is white, 1 / BANDS for a tone, 1 for silence too. */
static double breadth(const fftwf_complex *bins)
{
    const double lowest = SEGMENT / 480.0, ratio = pow(160, 1.0 / BANDS);
    double sum = 0, square = 0;
    for (int band = 0; band < BANDS; band++) {
        const size_t first = (size_t)(lowest * pow(ratio, band));
        const size_t last = (size_t)(lowest * pow(ratio, band + 1));
        double density = 0;
        for (size_t k = first; k < last; k++)
            density += (double)crealf(bins[k] * conjf(bins[k])) / (double)(last - first);
        sum += density;
        square += density * density;
    }
    return square > 0 ? sum * sum / (BANDS * square) : 1;
}

static bool is_narrow(const float *sound, float *samples, fftwf_complex *bins, fftwf_plan plan)
{
    for (size_t i = 0; i < SEGMENT; i++)
        samples[i] = sound[i] * (0.5F - 0.5F * cosf(2 * PI / SEGMENT * (float)i));
    fftwf_execute(plan);
    return breadth(bins) < narrow_share;
}

bool narrow_find(const float *white, size_t frames, struct span_list *narrow)
{
    float *samples = fftwf_alloc_real(SEGMENT);
    fftwf_complex *bins = fftwf_alloc_complex(BINS);
    fftwf_plan plan =
        samples && bins ? fftwf_plan_dft_r2c_1d(SEGMENT, samples, bins, FFTW_ESTIMATE) : NULL;
    bool good = plan;
    size_t in_a_row = 0;
    for (size_t at = 0; good && at + SEGMENT <= frames; at += SEGMENT) {
        in_a_row = is_narrow(white + at, samples, bins, plan) ? in_a_row + 1 : 0;
        if (in_a_row >= FEWEST)
            good = spans_add(narrow, at - (in_a_row - 1) * SEGMENT, at + SEGMENT);
    }
    spans_join(narrow, 1);
    fftwf_destroy_plan(plan);
    fftwf_free(samples);
    fftwf_free(bins);
    return good;
}
