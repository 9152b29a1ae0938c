/* SPDX-License-Identifier: ISC */
/* Making and freeing oversamplers, and the design of their filter. */
#include "oversample.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.141592653589793

static const double STOP_DECIBELS = 80; ///< how far down is what would alias
static const double PASS_HERTZ = 18000; ///< what is kept, but no more than PASS_SHARE of the rate
static const double PASS_SHARE = 0.4;
static const double BESSEL_ENOUGH = 1e-12; ///< last term of the series, relative to its sum

/** Kaiser's formulas: the window's length for a transition between `pass` and `rate - pass`, half
 *  of it, in frames; and its shape. */
static uint32_t half_length(double rate)
{
    const double pass = fmin(PASS_HERTZ, PASS_SHARE * rate) / rate;
    return (uint32_t)ceil((STOP_DECIBELS - 7.95) / (2.285 * 2 * PI * (1 - 2 * pass)) / 2);
}

static double window_shape(void)
{
    return 0.1102 * (STOP_DECIBELS - 8.7);
}

/** The modified Bessel function of order 0, by its series. */
static double bessel(double x)
{
    double sum = 1, term = 1;
    for (int k = 1; term > BESSEL_ENOUGH * sum; ++k) {
        term *= x * x / (4.0 * k * k);
        sum += term;
    }
    return sum;
}

/** The windowed sinc at a time in frames, which is no whole number. */
static double filter_at(double time, double half)
{
    const double inside = sqrt(fmax(0, 1 - time * time / (half * half)));
    return sin(PI * time) / (PI * time) * bessel(window_shape() * inside) / bessel(window_shape());
}

/** The taps of each plane have the sum 1, so that a constant passes as it is. */
static void design(const struct oversampler *oversampler)
{
    const double half = oversampler->delay;
    for (unsigned p = 1; p < oversampler->factor; ++p) {
        float *taps = oversampler->taps + (size_t)(p - 1) * oversampler->history;
        double sum = 0;
        for (uint32_t tap = 0; tap < oversampler->history; ++tap)
            sum += filter_at(tap + (double)p / oversampler->factor - half, half);
        for (uint32_t tap = 0; tap < oversampler->history; ++tap)
            taps[tap] =
                (float)(filter_at(tap + (double)p / oversampler->factor - half, half) / sum);
    }
}

static bool make_lines(struct oversampler *oversampler)
{
    const unsigned planes = oversampler->channels * oversampler->factor;
    oversampler->taps =
        calloc(oversampler->factor, oversampler->history * sizeof *oversampler->taps);
    oversampler->inputs =
        calloc(oversampler->channels, oversampler->room * sizeof *oversampler->inputs);
    oversampler->lines = calloc(planes, oversampler->room * sizeof *oversampler->lines);
    if (!oversampler->taps || !oversampler->inputs || !oversampler->lines)
        return false;
    for (unsigned p = 0; p < planes; ++p)
        oversampler->planes[p] =
            oversampler->lines + (size_t)p * oversampler->room + oversampler->history;
    return true;
}

struct oversampler *oversampler_new(unsigned channels, unsigned factor, double rate,
                                    uint32_t max_frames)
{
    struct oversampler *oversampler = calloc(1, sizeof *oversampler);
    if (!oversampler)
        return NULL;
    oversampler->channels = channels;
    oversampler->factor = factor;
    oversampler->delay = half_length(rate);
    oversampler->history = 2 * oversampler->delay;
    oversampler->room = oversampler->history + max_frames;
    if (!make_lines(oversampler)) {
        oversampler_free(oversampler);
        return NULL;
    }
    design(oversampler);
    return oversampler;
}

void oversampler_free(struct oversampler *oversampler)
{
    if (!oversampler)
        return;
    free(oversampler->taps);
    free(oversampler->inputs);
    free(oversampler->lines);
    free(oversampler);
}
