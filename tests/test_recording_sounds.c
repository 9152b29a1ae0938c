/* SPDX-License-Identifier: ISC */
#include "test_recording_sounds.h"

#include "passages.h"
#include "random.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

float *new_samples(size_t count)
{
    float *samples = calloc(count + 1, sizeof *samples);
    CU_ASSERT_PTR_NOT_NULL_FATAL(samples);
    return samples;
}

float *copy_of(const float *samples, size_t count)
{
    float *copy = new_samples(count);
    memcpy(copy, samples, count * sizeof *copy);
    return copy;
}

bool play(float *out)
{
    static const enum passage_style styles[] = {PASSAGE_STRUMS, PASSAGE_LEAD, PASSAGE_ARPEGGIOS};
    struct random random = {42};
    double *piece = calloc(PIECE, sizeof *piece);
    if (!piece)
        return false;
    for (size_t k = 0; k < FRAMES / PIECE; k++) {
        memset(piece, 0, PIECE * sizeof *piece);
        passage_play(styles[k], 100 + k, RATE, 0.5, piece, PIECE);
        for (size_t i = 0; i < PIECE; i++)
            out[k * PIECE + i] = (float)(piece[i] + 2e-5 * random_between(&random, -1, 1));
    }
    free(piece);
    return true;
}

void overdrive(const float *in, float *out, size_t frames)
{
    double high = 0, last = 0, low = 0;
    for (size_t i = 0; i < frames; i++) {
        high = 0.97 * (high + (double)in[i] - last);
        last = (double)in[i];
        const double clipped = high > 0 ? tanh(8 * high) : 0.7 * tanh(12 * high);
        low += 0.45 * (clipped - low);
        out[i] = (float)(0.4 * low);
    }
}

float *moved(const float *samples, size_t frames, long lag)
{
    float *out = new_samples(frames);
    for (size_t i = 0; i < frames; i++) {
        const long from = (long)i - lag;
        out[i] = from >= 0 && from < (long)frames ? samples[from] : 0;
    }
    return out;
}

float *stretched(const float *samples, size_t frames, double ratio, size_t *made)
{
    *made = (size_t)((double)frames * ratio);
    float *out = new_samples(*made);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    CU_ASSERT_PTR_NULL(
        soxr_oneshot(1, ratio, 1, samples, frames, NULL, out, *made, NULL, NULL, &quality, NULL));
    return out;
}

float *delayed(const float *samples, size_t frames, double lag)
{
    enum { REACH = 32 };
    float *out = new_samples(frames);
    for (size_t i = REACH; i + REACH < frames; i++) {
        const double place = (double)i - lag, below = floor(place), fraction = place - below;
        double sum = 0;
        for (int k = 1 - REACH; k <= REACH; k++) {
            const double t = fraction - k, at = below + k;
            if (at >= 0 && at < (double)frames)
                sum += (double)samples[(size_t)at] * (t == 0 ? 1 : sin(M_PI * t) / (M_PI * t)) *
                       (0.5 + 0.5 * cos(M_PI * t / REACH));
        }
        out[i] = (float)sum;
    }
    return out;
}

double power(const float *samples, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum / (double)frames;
}
