/* SPDX-License-Identifier: ISC */
#include "aliasing.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>

enum { BLOCK = 128 };

static const double TURN = 6.283185307179586;
static const double SETTLE_SECONDS = 1.5;
static const double LOWEST_HERTZ = 60, HIGHEST_HERTZ = 20000;

/** Periods in SINE_FRAMES. */
static size_t periods(double frequency, double rate)
{
    return (size_t)lrint(frequency * SINE_FRAMES / rate);
}

double sine_frequency(double hertz, double rate)
{
    return (double)(periods(hertz, rate) | 1) * rate / SINE_FRAMES;
}

void sine_play(struct fake_host *host, double frequency, double amplitude, float *answer)
{
    float in[BLOCK], out[BLOCK];
    const size_t settled = (size_t)(SETTLE_SECONDS * host->rate) / BLOCK * BLOCK;
    for (size_t done = 0; done < settled + SINE_FRAMES; done += BLOCK) {
        for (size_t i = 0; i < BLOCK; i++)
            in[i] = (float)(amplitude *
                            sin(TURN * fmod(frequency * (double)(done + i) / host->rate, 1)));
        host_run_mono(host, in, out, BLOCK);
        for (size_t i = 0; done >= settled && i < BLOCK; i++)
            answer[done - settled + i] = out[i];
    }
}

/** The spectrum's lines, for fftw_free(). */
static fftw_complex *transform(const float *answer)
{
    double *samples = fftw_malloc(SINE_FRAMES * sizeof *samples);
    fftw_complex *lines = fftw_malloc((SINE_FRAMES / 2 + 1) * sizeof *lines);
    fftw_plan plan = fftw_plan_dft_r2c_1d(SINE_FRAMES, samples, lines, FFTW_ESTIMATE);
    for (size_t i = 0; i < SINE_FRAMES; i++)
        samples[i] = (double)answer[i];
    fftw_execute(plan);
    fftw_destroy_plan(plan);
    fftw_free(samples);
    return lines;
}

double sine_aliasing(const float *answer, double frequency, double rate)
{
    fftw_complex *lines = transform(answer);
    const size_t step = periods(frequency, rate);
    const size_t last = (size_t)(fmin(HIGHEST_HERTZ, rate / 2) * SINE_FRAMES / rate);
    double harmonics = 0, rest = 0;
    for (size_t line = (size_t)(LOWEST_HERTZ * SINE_FRAMES / rate); line <= last; line++)
        *(line % step == 0 ? &harmonics : &rest) += pow(cabs(lines[line]), 2);
    fftw_free(lines);
    return 10 * log10(rest / harmonics);
}

double sine_level(const float *answer, double frequency, double rate)
{
    double complex sum = 0;
    for (size_t i = 0; i < SINE_FRAMES; i++) {
        const double window = 1 - cos(TURN * (double)i / SINE_FRAMES);
        sum += window * (double)answer[i] * cexp(-I * TURN * fmod(frequency * (double)i / rate, 1));
    }
    return 20 * log10(cabs(sum) * 2 / SINE_FRAMES);
}
