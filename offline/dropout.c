/* SPDX-License-Identifier: ISC */
#include "dropout.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    AROUND = 8,  /* segments compared on either side */
    FEWEST = 2,  /* the same, near the ends */
    WIDELY = 24, /* the same, for more exactness */
    COARSE = 4,  /* by which a jump found may be wrong */
    EARLY = 32,  /* points of a response before its centre that foretell the answer, */
    LATE = 224,  /* and behind it */
    NEARBY = 4,  /* segments from the one found to where the jump is looked for */
    STEP = 64,   /* frames that are judged together */
};

/** The new lag is better than the old one by this factor. */
static const double better = 3;

static double energy(const fftwf_complex *spectrum)
{
    double sum = 0;
    for (size_t k = 0; k < RESPONSE_BINS; k++)
        sum += (double)crealf(spectrum[k] * conjf(spectrum[k]));
    return 2 * sum / RESPONSE_POINTS;
}

static double effective(const float points[RESPONSE_POINTS])
{
    double sum = 0;
    for (size_t i = 0; i < RESPONSE_POINTS; i++)
        sum += (double)points[i] * (double)points[i];
    return sqrt(sum / RESPONSE_POINTS);
}

/** Looks for a jump before `segment`; the two spectra and the points are for its own use. */
static bool look(const struct responses *r, size_t segment, fftwf_complex *before,
                 fftwf_complex *behind, float *points, struct dropout *found)
{
    const size_t first = segment > AROUND ? segment - AROUND : 0;
    const size_t last = segment + AROUND < r->count ? segment + AROUND : r->count;
    responses_sum(r, first, segment, false, before);
    responses_sum(r, segment, last, false, behind);
    const double most = sqrt(energy(before) * energy(behind));
    for (size_t k = 0; k < RESPONSE_BINS; k++)
        behind[k] *= conjf(before[k]);
    if (!response_points(behind, points))
        return false;
    double here = 0;
    long best = 0;
    for (long lag = -RESPONSE_REACH; lag <= RESPONSE_REACH; lag++) {
        if (labs(lag) < DROPOUT_SMALLEST)
            here = fmax(here, (double)response_at(points, lag));
        else if (!best || response_at(points, lag) > response_at(points, best))
            best = lag;
    }
    const double there = (double)response_at(points, best);
    *found = (struct dropout){segment, best, 0};
    if (there > better * here && most > 0)
        found->clarity = there / most * there / effective(points);
    return true;
}

bool dropout_find(const struct responses *r, struct dropout *found)
{
    fftwf_complex *before = calloc(2 * RESPONSE_BINS, sizeof *before);
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = before && points;
    *found = (struct dropout){0};
    for (size_t i = FEWEST; good && i + FEWEST <= r->count; i++) {
        struct dropout one;
        good = look(r, i, before, before + RESPONSE_BINS, points, &one);
        if (good && one.clarity > found->clarity)
            *found = one;
    }
    free(before);
    free(points);
    return good;
}

void dropout_undo(struct responses *r, const struct dropout *dropout)
{
    for (size_t i = dropout->segment; i < r->count; i++)
        response_advance(r, i, (double)dropout->samples);
}

bool dropout_refine(struct responses *r, struct dropout *dropout)
{
    const size_t gap = dropout->segment > 0 ? dropout->segment - 1 : 0; // may hold the jump
    const size_t first = gap > WIDELY ? gap - WIDELY : 0, behind = dropout->segment + 1;
    const size_t last = behind + WIDELY < r->count ? behind + WIDELY : r->count;
    fftwf_complex *sums = calloc(2 * RESPONSE_BINS, sizeof *sums);
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = sums && points;
    if (good && first < gap && behind < last) {
        responses_sum(r, first, gap, false, sums);
        responses_sum(r, behind, last, false, sums + RESPONSE_BINS);
        for (size_t k = 0; k < RESPONSE_BINS; k++) {
            sums[k] = conjf(sums[k]) * sums[k + RESPONSE_BINS];
            sums[k] /= sqrtf(cabsf(sums[k]) + FLT_MIN); // sharpens the top
        }
        good = response_points(sums, points);
        long best = 0;
        for (long lag = -COARSE; lag <= COARSE; lag++)
            if (response_at(points, lag) > response_at(points, best))
                best = lag;
        dropout->samples += best;
        dropout_undo(r, &(struct dropout){dropout->segment, best, 0});
    }
    free(sums);
    free(points);
    return good;
}

static double sample(const float *sound, size_t frames, long at)
{
    return at >= 0 && at < (long)frames ? (double)sound[at] : 0;
}

/** The answer to frame `n` as the response foretells it. */
static double foretell(const float response[RESPONSE_POINTS], const float *dry, size_t dry_frames,
                       long n)
{
    double sum = 0;
    for (long k = -EARLY; k < LATE; k++)
        sum += (double)response_at(response, k) * sample(dry, dry_frames, n - k);
    return sum;
}

/** What a few frames say for the old lag and against the new one, -1 to 1: whether soft or loud. */
static double evidence(const struct dropout *dropout, const struct dropout_sounds *s, long start)
{
    double products = 0, expectations = 0, squares = 0;
    for (long n = start; n < start + STEP; n++) {
        const double expected = foretell(s->response, s->dry, s->dry_frames, n);
        const double old = sample(s->wet, s->wet_frames, n + s->lag);
        const double new = sample(s->wet, s->wet_frames, n + s->lag + dropout->samples);
        products += expected * (old - new);
        expectations += expected * expected;
        squares += old * old + new *new;
    }
    const double most = sqrt(expectations * squares);
    return most > 0 ? products / most : 0;
}

/** Up to the jump the old lag fits what the response foretells, from there on the new one: the sum
 * of evidence is largest at the right place. */
size_t dropout_locate(const struct responses *r, const struct dropout *dropout,
                      const struct dropout_sounds *sounds)
{
    const long middle = (long)(dropout->segment * r->hop), reach = (long)(NEARBY * r->hop);
    double sum = 0, most = 0;
    long best = middle - reach;
    for (long n = middle - reach; n < middle + reach; n += STEP) {
        sum += evidence(dropout, sounds, n);
        if (sum > most) {
            most = sum;
            best = n + STEP;
        }
    }
    return best > 0 ? (size_t)best : 0;
}
