/* SPDX-License-Identifier: ISC */
#include "recording_align.h"

#include "align.h"
#include "recording_clock.h"
#include "recording_follow.h"
#include "recording_note.h"
#include "recording_onset.h"
#include "recording_support.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

enum {
    NEARBY = 512,     /* points around what is known of the lag where the response is strongest */
    HARDLY_EARLY = 2, /* lags that are none: that much the first answer may seem early, */
    HARDLY_LATE = 3   /* or come late in the device itself, or by the measurement's error */
};

/** The share of a response's strongest point from which it has begun: less finds what the whitening
 *  leaves before it, more misses the soft beginning behind steep filters. */
static const double begun = 0.15, begun_not_sure[] = {0.12, 0.18};

/** Share of the places that agree on the lag (recording_support.h): below the first, the sounds
 * have nothing in common, from the second on there is no doubt. Unrelated takes have up to 0.07,
 * even the fiercest devices 0.55 and more. */
static const double related = 0.12, sure = 0.4;

static bool no_memory(const struct desk *desk)
{
    return fail(desk->error, "%s: needs more memory than there is", desk->wet->path);
}

static struct response_sounds sounds_of(const struct desk *desk)
{
    return (struct response_sounds){desk->white_dry, desk->white_wet, desk->dry->frames,
                                    desk->wet->frames, &desk->narrow};
}

/** The response of segments [first, last), the jumps taken out. False: out of memory. */
static bool response_of(const struct desk *desk, size_t first, size_t last, bool loud,
                        float points[RESPONSE_POINTS])
{
    fftwf_complex *sum = calloc(RESPONSE_BINS, sizeof *sum);
    bool good = sum;
    if (good) {
        responses_sum(&desk->responses, first, last, loud, sum);
        good = response_points(sum, points);
    }
    free(sum);
    return good || no_memory(desk);
}

static bool is_none(long lag)
{
    return lag >= -HARDLY_EARLY && lag <= HARDLY_LATE;
}

/** Finds the lag and moves the responses so that they begin at their centre. A pair that may well
 * be aligned is. */
static bool find_lag(struct desk *desk, float points[RESPONSE_POINTS])
{
    struct responses *r = &desk->responses;
    if (!response_of(desk, 0, r->count, true, points))
        return false;
    long reach = NEARBY;
    for (size_t i = 0; i < desk->lie->dropout_count; i++)
        reach += labs(desk->found[i].samples);
    reach = reach < RESPONSE_REACH ? reach : RESPONSE_REACH;
    bool none = false;
    for (size_t i = 0; i < sizeof begun_not_sure / sizeof *begun_not_sure; i++)
        none = none || is_none(r->centre + response_beginning(points, reach, begun_not_sure[i]));
    long first = response_beginning(points, reach, begun);
    if (response_begins_between(points, first))
        first--;
    for (size_t i = 0; i < r->count; i++)
        response_advance(r, i, (double)first);
    r->centre += first;
    desk->lie->lag = none || is_none(r->centre) ? 0 : r->centre;
    return true;
}

static bool refine_dropouts(struct desk *desk)
{
    for (size_t i = 0; i < desk->lie->dropout_count; i++)
        if (!dropout_refine(&desk->responses, &desk->found[i]))
            return no_memory(desk);
    return true;
}

static int by_segment(const void *a, const void *b)
{
    const struct dropout *one = a, *other = b;
    return (one->segment > other->segment) - (one->segment < other->segment);
}

/** Finds the place of each dropout among the frames. */
static bool place_dropouts(struct desk *desk, float points[RESPONSE_POINTS])
{
    enum { AROUND = 8 }; /* segments whose response tells what to expect there */
    const struct responses *r = &desk->responses;
    const struct response_sounds sounds = sounds_of(desk);
    long lag = r->centre;
    qsort(desk->found, desk->lie->dropout_count, sizeof *desk->found, by_segment);
    for (size_t i = 0; i < desk->lie->dropout_count; i++) {
        const struct dropout *found = &desk->found[i];
        const size_t first = found->segment > AROUND ? found->segment - AROUND : 0;
        const size_t last = found->segment + AROUND < r->count ? found->segment + AROUND : r->count;
        if (!response_of(desk, first, last, false, points))
            return false;
        desk->lie->dropouts[i] = (struct recording_dropout){
            dropout_locate(r, found, lag, points, &sounds), found->samples};
        lag += found->samples;
    }
    for (size_t i = 0; i < desk->lie->lost.count; i++)
        lie_join(desk->lie, &desk->lie->lost.spans[i]);
    return true;
}

/** Finds the passages that have no answer, and the lag by the others alone. */
static bool find_lost(struct desk *desk, float points[RESPONSE_POINTS])
{
    struct responses *r = &desk->responses;
    const struct span_list *lost = &desk->lie->lost;
    if (!follow_find(r, &desk->lie->lost))
        return no_memory(desk);
    for (size_t k = 0; k < lost->count; k++)
        for (size_t i = lost->spans[k].first / r->hop; i < lost->spans[k].last / r->hop; i++)
            response_silence(r, i);
    return !lost->count || find_lag(desk, points);
}

/** Finds all that only a sure alignment tells: in noise there are slopes and jumps as well. */
static bool find_details(struct desk *desk, const struct coarse *coarse)
{
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = points || no_memory(desk);
    good = good && clock_mend(desk, coarse) && refine_dropouts(desk) && find_lag(desk, points) &&
           find_lost(desk, points) && place_dropouts(desk, points);
    free(points);
    return good;
}

static void say(const struct desk *desk)
{
    const double ppm = 1e6 * desk->stretch;
    const struct lie *lie = desk->lie;
    struct recording *recording = desk->recording;
    const char *path = desk->wet->path;
    if (recording->doubtful)
        recording_doubt(recording, path,
                        "has little in common with the dry file (%.0f %% of its places agree): its "
                        "alignment is doubtful",
                        100 * recording->support);
    if (lie->lag)
        recording_say(recording, path, "comes %ld samples (%.2f ms) %s: taken out", labs(lie->lag),
                      1e3 * (double)labs(lie->lag) / desk->rate, lie->lag > 0 ? "late" : "early");
    if (ppm != 0)
        recording_say(recording, path,
                      "was recorded by a clock %.1f ppm %s, %.1f samples in all: resampled to the "
                      "dry file's",
                      fabs(ppm), ppm > 0 ? "fast" : "slow",
                      fabs(desk->stretch) * (double)desk->dry->frames);
    for (size_t i = 0; i < lie->dropout_count; i++)
        recording_doubt(recording, path,
                        "%s %ld samples at %.2f s: what follows is moved, the place left out",
                        lie->dropouts[i].samples < 0 ? "loses" : "repeats",
                        labs(lie->dropouts[i].samples), (double)lie->dropouts[i].at / desk->rate);
    for (size_t i = 0; i < lie->lost.count; i++)
        recording_doubt(recording, path,
                        "does not follow the dry file from %.1f to %.1f s: left out",
                        (double)lie->lost.spans[i].first / desk->rate,
                        (double)lie->lost.spans[i].last / desk->rate);
    recording->drift = ppm;
}

/** What to think of recordings that are too short to agree in several places. */
static double support_of_short(const struct coarse *coarse)
{
    if (coarse->confidence < ALIGN_RELATED)
        return 0;
    return coarse->confidence < ALIGN_SURE ? related : 1;
}

/** Says why the takes cannot be aligned. */
static bool refuse(const struct desk *desk)
{
    const size_t dry = desk->dry->frames, wet = desk->wet->frames;
    const size_t least = (size_t)SUPPORT_SEGMENTS * RESPONSE_SEGMENT;
    if ((dry < wet ? dry : wet) < least)
        return fail(desk->error,
                    "%s: is too short to find its place in %s, if it has one: that takes %.1f s of "
                    "playing that both have",
                    desk->wet->path, desk->dry->path, (double)least / desk->rate);
    return fail(desk->error, "%s: has nothing in common with %s (%.0f %% of its places agree)",
                desk->wet->path, desk->dry->path, 100 * desk->recording->support);
}

/** Looks whether the coarse lag holds in more than one place. */
static bool find_support(struct desk *desk, const struct coarse *coarse)
{
    double *support = &desk->recording->support;
    if (!clock_measure(desk, coarse) || !support_find(&desk->responses, support))
        return no_memory(desk);
    if (isnan(*support))
        *support = support_of_short(coarse);
    /* Music that repeats its tones agrees now and then. */
    return *support >= sure || (*support >= related && coarse->confidence >= ALIGN_RELATED) ||
           refuse(desk);
}

static bool align(struct desk *desk)
{
    struct coarse coarse;
    struct lie *lie = desk->lie;
    if (!coarse_find(desk->recording, desk->dry, desk->wet, desk->rate, &coarse, desk->error) ||
        !find_support(desk, &coarse))
        return false;
    lie->confidence = coarse.confidence;
    /* In doubt nothing is believed that no device can do: to answer before it is asked. */
    lie->lag = coarse.lag > HARDLY_LATE ? coarse.lag : 0;
    desk->recording->doubtful = desk->recording->support < sure;
    return desk->recording->doubtful || find_details(desk, &coarse);
}

bool recording_align(struct recording *recording, struct take *dry, struct take *wet, double rate,
                     struct lie *lie, struct xlstm_error *error)
{
    struct desk desk = {
        .recording = recording, .dry = dry, .wet = wet, .rate = rate, .lie = lie, .error = error};
    *lie = (struct lie){0};
    const bool good = align(&desk);
    clock_free(&desk);
    if (good)
        say(&desk);
    return good;
}
