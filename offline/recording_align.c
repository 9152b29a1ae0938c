/* SPDX-License-Identifier: ISC */
#include "recording_align.h"

#include "align.h"
#include "drift.h"
#include "dropout.h"
#include "recording_coarse.h"
#include "recording_follow.h"
#include "recording_narrow.h"
#include "recording_note.h"
#include "recording_onset.h"
#include "recording_whiten.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

enum {
    PASSES = 3,       /* of measuring and mending the clock */
    NARROW = 4,       /* segments that are compared before dropouts are known */
    NEARBY = 512,     /* points around what is known of the lag where the response is strongest */
    HARDLY_EARLY = 2, /* lags that are none: that much the first answer may seem early, */
    HARDLY_LATE = 3   /* or come late in the device itself, or by the measurement's error */
};

/** The smallest drift that is mended: frames over the whole recording, and between the segments
 * that tell it. Devices that move pretend up to 3 and up to 1.5. */
static const double smallest_drift = 4, smallest_difference = 2;

/** The share of a response's strongest point from which it has begun: less finds what the whitening
 *  leaves before it, more misses the soft beginning behind steep filters. */
static const double begun = 0.15, begun_not_sure[] = {0.12, 0.18};

struct desk {
    struct recording *recording;
    struct take *dry, *wet;
    double rate;
    struct lie *lie;
    float *white_dry, *white_wet;
    struct span_list narrow; /* of the dry take: tones and sweeps */
    struct responses responses;
    struct dropout found[RECORDING_DROPOUTS]; /* as many as lie->dropout_count */
    double stretch;                           /* of the wet take's clock, that is mended */
    struct xlstm_error *error;
};

static bool no_memory(const struct desk *desk)
{
    return fail(desk->error, "%s: needs more memory than there is", desk->wet->path);
}

static struct response_sounds sounds_of(const struct desk *desk)
{
    return (struct response_sounds){desk->white_dry, desk->white_wet, desk->dry->frames,
                                    desk->wet->frames, &desk->narrow};
}

/** Whitens the dry take and finds what of it tells no lag. */
static bool whiten_dry(struct desk *desk)
{
    const struct take *dry = desk->dry;
    desk->white_dry = whiten(dry->samples, dry->frames, &desk->narrow, 0);
    if (!desk->white_dry || !narrow_find(desk->white_dry, dry->frames, &desk->narrow))
        return no_memory(desk);
    if (desk->narrow.count) {
        free(desk->white_dry);
        desk->white_dry = whiten(dry->samples, dry->frames, &desk->narrow, 0);
    }
    return desk->white_dry || no_memory(desk);
}

/** Measures how the wet take as it is now answers around the lag `centre`. */
static bool measure(struct desk *desk, long centre)
{
    free(desk->white_wet);
    responses_free(&desk->responses);
    desk->white_wet = whiten(desk->wet->samples, desk->wet->frames, &desk->narrow, centre);
    const struct response_sounds sounds = sounds_of(desk);
    return (desk->white_wet && responses_measure(&desk->responses, &sounds, centre)) ||
           no_memory(desk);
}

/** Finds the jumps of the lag and takes them out of the responses. */
static bool find_dropouts(struct desk *desk)
{
    size_t *count = &desk->lie->dropout_count;
    struct dropout found;
    *count = 0;
    while (dropout_find(&desk->responses, &found)) {
        if (found.clarity < DROPOUT_CLEAR)
            return true;
        if (*count == RECORDING_DROPOUTS)
            return fail(desk->error,
                        "%s: loses samples in more than %d places: record it again with larger "
                        "buffers",
                        desk->wet->path, RECORDING_DROPOUTS);
        desk->found[(*count)++] = found;
        dropout_undo(&desk->responses, &found);
    }
    return no_memory(desk);
}

/** The slope of the lag, with the dropouts known; 0 if it may be none. Leaves the responses without
 *  the jumps. */
static bool find_drift(struct desk *desk, double *slope)
{
    struct drift rough, rest;
    if (!drift_find(&desk->responses, NARROW, &rough))
        return no_memory(desk);
    drift_undo(&desk->responses, rough.slope);
    if (!find_dropouts(desk))
        return false;
    if (!drift_find(&desk->responses, desk->responses.count, &rest))
        return no_memory(desk);
    drift_undo(&desk->responses, -rough.slope);
    *slope = rough.slope + rest.slope;
    if (fabs(*slope) * (double)desk->dry->frames < smallest_drift ||
        fabs(*slope) * fmax(rough.distance, rest.distance) < smallest_difference)
        *slope = 0;
    return true;
}

static long total_of_dropouts(const struct desk *desk)
{
    long total = 0;
    for (size_t i = 0; i < desk->lie->dropout_count; i++)
        total += desk->found[i].samples;
    return total;
}

/** Tries the clock that the markers of the test signal tell, which is more exact than any other: it
 *  holds unless samples were lost between them, and then the sound drifts against it. */
static bool try_markers(struct desk *desk, const struct coarse *coarse, bool *holds)
{
    const double here =
        ((double)coarse->lag - coarse->stretch * (double)coarse->where) / (1 + coarse->stretch);
    double slope = 0;
    desk->stretch = coarse->stretch;
    if (!take_render(desk->wet, desk->rate, desk->stretch, desk->error) ||
        !measure(desk, lround(here)) || !find_drift(desk, &slope))
        return false;
    *holds = slope == 0 && labs(total_of_dropouts(desk)) < DROPOUT_SMALLEST;
    return true;
}

/** Puts the wet take on the dry one's clock. */
static bool mend_clock(struct desk *desk, const struct coarse *coarse)
{
    double here = (double)coarse->lag, slope = 0;
    size_t where = coarse->where;
    bool holds = false;
    if (coarse->clock_known && !try_markers(desk, coarse, &holds))
        return false;
    if (holds)
        return true;
    desk->stretch = 0;
    if (!take_render(desk->wet, desk->rate, 0, desk->error) || !measure(desk, coarse->lag) ||
        !find_drift(desk, &slope))
        return false;
    for (int pass = 0; pass < PASSES && slope != 0; pass++) {
        here = (here - slope * (double)where) / (1 + slope);
        where = 0;
        desk->stretch = (1 + desk->stretch) * (1 + slope) - 1;
        if (!take_render(desk->wet, desk->rate, desk->stretch, desk->error) ||
            !measure(desk, lround(here)) || !find_drift(desk, &slope))
            return false;
    }
    return true;
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
    good = good && whiten_dry(desk) && mend_clock(desk, coarse) && refine_dropouts(desk) &&
           find_lag(desk, points) && find_lost(desk, points) && place_dropouts(desk, points);
    free(points);
    free(desk->white_dry);
    free(desk->white_wet);
    responses_free(&desk->responses);
    spans_free(&desk->narrow);
    return good;
}

static void say(const struct desk *desk)
{
    const double ppm = 1e6 * desk->stretch;
    const struct lie *lie = desk->lie;
    struct recording *recording = desk->recording;
    const char *path = desk->wet->path;
    if (lie->confidence < ALIGN_SURE)
        recording_doubt(recording, path,
                        "has little in common with the dry file (%.1f, where %g is sure): its "
                        "alignment is doubtful",
                        lie->confidence, ALIGN_SURE);
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

bool recording_align(struct recording *recording, struct take *dry, struct take *wet, double rate,
                     struct lie *lie, struct xlstm_error *error)
{
    struct desk desk = {
        .recording = recording, .dry = dry, .wet = wet, .rate = rate, .lie = lie, .error = error};
    struct coarse coarse;
    *lie = (struct lie){0};
    if (!coarse_find(recording, dry, wet, rate, &coarse, error))
        return false;
    lie->confidence = coarse.confidence;
    if (coarse.confidence < ALIGN_RELATED)
        return fail(error, "%s: has nothing in common with %s (%.1f, where %g is asked for)",
                    wet->path, dry->path, coarse.confidence, ALIGN_RELATED);
    /* In doubt nothing is believed that no device can do: to answer before it is asked. */
    lie->lag = coarse.lag > HARDLY_LATE ? coarse.lag : 0;
    if (coarse.confidence >= ALIGN_SURE && !find_details(&desk, &coarse))
        return false;
    say(&desk);
    return true;
}
