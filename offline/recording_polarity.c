/* SPDX-License-Identifier: ISC */
#include "recording_polarity.h"

#include <complex.h>
#include <fftw3.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum {
    SEGMENT = 1 << 12,
    BINS = SEGMENT / 2 + 1,
    EARLY = 64,  /* frames before the lag, */
    LATE = 1500, /* and behind it, where the answer is looked for */
};

#define PI 3.14159265358979323846F

/** Power below this share of the most is not lifted any further. */
static const float floor_share = 1e-6F;

/** An inverted answer must be this much stronger than an upright one. */
static const float clear = 1.15F;

struct sums {
    fftwf_complex cross[BINS];
    float dry[BINS], wet[BINS];
};

struct workshop {
    struct sums *sums;
    float *samples;
    fftwf_complex *dry, *wet;
    fftwf_plan to_dry, to_wet, back;
};

static bool open_workshop(struct workshop *w)
{
    w->sums = fftwf_malloc(sizeof *w->sums);
    w->samples = fftwf_alloc_real(SEGMENT);
    w->dry = fftwf_alloc_complex(BINS);
    w->wet = fftwf_alloc_complex(BINS);
    if (!w->sums || !w->samples || !w->dry || !w->wet)
        return false;
    memset(w->sums, 0, sizeof *w->sums);
    w->to_dry = fftwf_plan_dft_r2c_1d(SEGMENT, w->samples, w->dry, FFTW_ESTIMATE);
    w->to_wet = fftwf_plan_dft_r2c_1d(SEGMENT, w->samples, w->wet, FFTW_ESTIMATE);
    w->back = fftwf_plan_dft_c2r_1d(SEGMENT, w->sums->cross, w->samples, FFTW_ESTIMATE);
    return w->to_dry && w->to_wet && w->back;
}

static void close_workshop(struct workshop *w)
{
    fftwf_destroy_plan(w->to_dry);
    fftwf_destroy_plan(w->to_wet);
    fftwf_destroy_plan(w->back);
    fftwf_free(w->sums);
    fftwf_free(w->samples);
    fftwf_free(w->dry);
    fftwf_free(w->wet);
}

static void transform(struct workshop *w, const float *sound, fftwf_plan plan)
{
    for (size_t i = 0; i < SEGMENT; i++)
        w->samples[i] = sound[i] * (0.5F - 0.5F * cosf(2 * PI / SEGMENT * (float)i));
    fftwf_execute(plan);
}

static void add(struct workshop *w, const float *dry, const float *wet)
{
    transform(w, dry, w->to_dry);
    transform(w, wet, w->to_wet);
    for (size_t k = 0; k < BINS; k++) {
        w->sums->cross[k] += conjf(w->dry[k]) * w->wet[k];
        w->sums->dry[k] += crealf(w->dry[k] * conjf(w->dry[k]));
        w->sums->wet[k] += crealf(w->wet[k] * conjf(w->wet[k]));
    }
}

static float most_of(const float *power)
{
    float most = 0;
    for (size_t k = 0; k < BINS; k++)
        most = fmaxf(most, power[k]);
    return most;
}

/** The response of which the sums tell, its frame 0 at `samples[0]`, circular. */
static void conclude(struct workshop *w)
{
    const float dry_floor = floor_share * most_of(w->sums->dry) + FLT_MIN;
    const float wet_floor = floor_share * most_of(w->sums->wet) + FLT_MIN;
    for (size_t k = 0; k < BINS; k++)
        w->sums->cross[k] /=
            sqrtf(w->sums->dry[k] + dry_floor) * sqrtf(w->sums->wet[k] + wet_floor);
    fftwf_execute(w->back);
}

bool recording_find_polarity(struct recording *r)
{
    struct workshop w = {0};
    const bool good = open_workshop(&w);
    float highest = 0, lowest = 0;
    if (good) {
        for (size_t at = 0; at + SEGMENT <= r->frames; at += SEGMENT / 2)
            add(&w, r->dry + at, r->wet + at);
        conclude(&w);
        for (long i = -EARLY; i < LATE; i++) {
            highest = fmaxf(highest, w.samples[(i + SEGMENT) % SEGMENT]);
            lowest = fminf(lowest, w.samples[(i + SEGMENT) % SEGMENT]);
        }
    }
    r->polarity = clear * highest < -lowest ? -1 : 1;
    close_workshop(&w);
    return good;
}
