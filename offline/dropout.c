/* SPDX-License-Identifier: ISC */
#include "dropout.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
    AROUND = 8,  /* segments compared on either side */
    FEWEST = 3,  /* that must be heard of them */
    WIDELY = 24, /* the same, for more exactness */
    COARSE = 4,  /* by which a jump found may be wrong */
    FAR = 512,   /* lags from a top to what has nothing to do with it */
    EARLY = 32,  /* points of a response before its centre that foretell the answer, */
    LATE = 224,  /* and behind it */
    NEARBY = 4,  /* segments from the one found to where the jump is looked for */
    STEP = 64,   /* frames that are judged together */
    MOST_JUMP = RESPONSE_REACH - FAR, /* a top beyond is no top but the edge of what is seen */
};

/** The new lag is better than the old one by this factor. */
static const double better = 2;

/** It stands out of the lags far from it by this factor, as that between two steady tones does not.
 */
static const double prominent = 4;

/** Correlates what the segments [first, middle) answer with what [from, last) do, all frequencies
 *  weighing more alike than they sound: notes that ring on make other tops, which that lowers.
 * False: out of memory. */
static bool compare(const struct responses *r, const size_t range[4], fftwf_complex *sums,
                    float *points, double *most)
{
    fftwf_complex *before = sums, *behind = sums + RESPONSE_BINS;
    responses_sum(r, range[0], range[1], false, before);
    responses_sum(r, range[2], range[3], false, behind);
    *most = 0;
    for (size_t k = 0; k < RESPONSE_BINS; k++) {
        behind[k] *= conjf(before[k]);
        behind[k] /= sqrtf(cabsf(behind[k]) + FLT_MIN);
        *most += 2 * (double)cabsf(behind[k]) / RESPONSE_POINTS;
    }
    return response_points(behind, points);
}

/** What the points have on average far from a top. */
static double usual(const float points[RESPONSE_POINTS], long top)
{
    double sum = 0;
    size_t count = 0;
    for (long lag = -RESPONSE_REACH; lag <= RESPONSE_REACH; lag++)
        if (labs(lag - top) > FAR) {
            sum += pow((double)response_at(points, lag), 2);
            count++;
        }
    return sqrt(sum / (double)count);
}

/** Whether a few of the segments [first, last) are heard. */
static bool heard(const struct responses *r, size_t first, size_t last)
{
    size_t count = 0;
    for (size_t i = first; i < last; i++)
        count += r->scale[i] > 0;
    return count >= FEWEST;
}

/** Looks for a jump before `segment`; sums and points are for its own use. */
static bool look(const struct responses *r, size_t segment, fftwf_complex *sums, float *points,
                 struct dropout *found)
{
    const size_t range[] = {segment > AROUND ? segment - AROUND : 0, segment, segment,
                            segment + AROUND < r->count ? segment + AROUND : r->count};
    double most, here = 0;
    long best = 0;
    *found = (struct dropout){segment, 0, 0};
    if (!heard(r, range[0], range[1]) || !heard(r, range[2], range[3]))
        return true;
    if (!compare(r, range, sums, points, &most))
        return false;
    for (long lag = -RESPONSE_REACH; lag <= RESPONSE_REACH; lag++) {
        if (labs(lag) < DROPOUT_SMALLEST)
            here = fmax(here, (double)response_at(points, lag));
        else if (!best || response_at(points, lag) > response_at(points, best))
            best = lag;
    }
    if (labs(best) > MOST_JUMP)
        return true;
    const double there = (double)response_at(points, best);
    found->samples = best;
    const double prominence = there / usual(points, best);
    if (there > better * here && prominence > prominent)
        found->clarity = there / most * prominence;
    return true;
}

bool dropout_find(const struct responses *r, struct dropout *found)
{
    fftwf_complex *sums = calloc(2 * RESPONSE_BINS, sizeof *sums);
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = sums && points;
    *found = (struct dropout){0};
    for (size_t i = 1; good && i < r->count; i++) {
        struct dropout one;
        good = look(r, i, sums, points, &one);
        if (good && one.clarity > found->clarity)
            *found = one;
    }
    free(sums);
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
    const size_t behind = dropout->segment + 1;
    const size_t range[] = {gap > WIDELY ? gap - WIDELY : 0, gap, behind,
                            behind + WIDELY < r->count ? behind + WIDELY : r->count};
    fftwf_complex *sums = calloc(2 * RESPONSE_BINS, sizeof *sums);
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    double most;
    const bool good = sums && points && compare(r, range, sums, points, &most);
    long best = 0;
    for (long lag = -COARSE; good && lag <= COARSE; lag++)
        if (response_at(points, lag) > response_at(points, best))
            best = lag;
    dropout->samples += best;
    dropout_undo(r, &(struct dropout){dropout->segment, best, 0});
    free(sums);
    free(points);
    return good;
}

static double sample(const float *sound, size_t frames, long at)
{
    return at >= 0 && at < (long)frames ? (double)sound[at] : 0;
}

/** The answer to frame `n` of the dry sound as a response foretells it, of which the points from
 *  EARLY before its beginning to LATE behind it are given, the last first. */
static double foretell(const float backwards[EARLY + LATE], const struct response_sounds *s, long n)
{
    double sum = 0;
    const long first = n - LATE + 1;
    if (first < 0 || n + EARLY >= (long)s->dry_frames)
        return 0;
    for (long k = 0; k < EARLY + LATE; k++)
        sum += (double)(backwards[k] * s->dry[first + k]);
    return sum;
}

/** What a few frames say for a lag and against one that is `more`, -1 to 1: soft ones as much as
 *  loud ones. */
static double evidence(const float backwards[EARLY + LATE], const struct response_sounds *s,
                       long lag, long more, long start)
{
    double products = 0, expectations = 0, squares = 0;
    for (long n = start; n < start + STEP; n++) {
        const double expected = foretell(backwards, s, n);
        const double old = sample(s->wet, s->wet_frames, n + lag);
        const double new = sample(s->wet, s->wet_frames, n + lag + more);
        products += expected * (old - new);
        expectations += expected * expected;
        squares += old * old + new *new;
    }
    const double most = sqrt(expectations * squares);
    return most > 0 ? products / most : 0;
}

/** Up to the jump the old lag fits what the response foretells, from there on the new one: the sum
 *  of evidence is largest at the right place. */
size_t dropout_locate(const struct responses *r, const struct dropout *dropout, long lag,
                      const float response[RESPONSE_POINTS], const struct response_sounds *sounds)
{
    const long middle = (long)(dropout->segment * r->hop), reach = (long)(NEARBY * r->hop);
    float backwards[EARLY + LATE];
    double sum = 0, most = 0;
    long best = middle - reach;
    for (long k = 0; k < EARLY + LATE; k++)
        backwards[k] = response_at(response, LATE - 1 - k);
    for (long n = middle - reach; n < middle + reach; n += STEP) {
        sum += evidence(backwards, sounds, lag, dropout->samples, n);
        if (sum > most) {
            most = sum;
            best = n + STEP;
        }
    }
    return best > 0 ? (size_t)best : 0;
}
