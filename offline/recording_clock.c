/* SPDX-License-Identifier: ISC */
#include "recording_clock.h"

#include "drift.h"
#include "recording_narrow.h"
#include "recording_whiten.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

enum {
    PASSES = 3, /* of measuring and mending the clock */
    NARROW = 4, /* segments that are compared before dropouts are known */
};

/** The smallest drift that is mended: frames over the whole recording, and between the segments
 * that tell it. Devices that move pretend up to 3 and up to 1.5. */
static const double smallest_drift = 4, smallest_difference = 2;

/** Once there is one, so much of it may be left, frames over the whole recording. */
static const double smallest_rest = 0.2;

static bool no_memory(const struct desk *desk)
{
    return fail(desk->error, "%s: needs more memory than there is", desk->wet->path);
}

/** What of a take has a counterpart in the other one, `lag` frames later: filters that were fitted
 *  to different music would make a lag of their own. */
static struct recording_span counterpart(const struct take *take, const struct take *other,
                                         long lag)
{
    const long end = (long)other->frames - lag, frames = (long)take->frames;
    const long first = lag < 0 ? -lag : 0, last = end < frames ? end : frames;
    return (struct recording_span){(size_t)first, (size_t)(last > first ? last : first)};
}

/** Whitens the dry take, which the wet one answers at the lag `centre`, and finds what of it tells
 *  no lag. */
static bool whiten_dry(struct desk *desk, long centre)
{
    const struct take *dry = desk->dry;
    const struct recording_span answered = counterpart(dry, desk->wet, centre);
    desk->white_dry = whiten(dry->samples, dry->frames, answered, &desk->narrow, 0);
    if (!desk->white_dry || !narrow_find(desk->white_dry, dry->frames, &desk->narrow))
        return no_memory(desk);
    if (desk->narrow.count) {
        free(desk->white_dry);
        desk->white_dry = whiten(dry->samples, dry->frames, answered, &desk->narrow, 0);
    }
    return desk->white_dry || no_memory(desk);
}

/** Measures how the wet take as it is now answers around the lag `centre`. */
static bool measure(struct desk *desk, long centre)
{
    free(desk->white_wet);
    responses_free(&desk->responses);
    desk->white_wet = whiten(desk->wet->samples, desk->wet->frames,
                             counterpart(desk->wet, desk->dry, -centre), &desk->narrow, centre);
    const struct response_sounds sounds = {desk->white_dry, desk->white_wet, desk->dry->frames,
                                           desk->wet->frames, &desk->narrow};
    return (desk->white_wet && responses_measure(&desk->responses, &sounds, centre)) ||
           no_memory(desk);
}

bool clock_measure(struct desk *desk, const struct coarse *coarse)
{
    return whiten_dry(desk, coarse->lag) && measure(desk, coarse->lag);
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

/** The slope of the lag, with the dropouts known. Leaves the responses without the jumps. */
static bool find_drift(struct desk *desk, struct drift *found)
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
    *found = (struct drift){rough.slope + rest.slope, fmax(rough.distance, rest.distance)};
    return true;
}

/** How far the lag drifts from one end to the other, frames. */
static double whole_drift(const struct desk *desk, const struct drift *drift)
{
    return fabs(drift->slope) * (double)desk->dry->frames;
}

static bool is_drift(const struct desk *desk, const struct drift *drift)
{
    return whole_drift(desk, drift) >= smallest_drift &&
           fabs(drift->slope) * drift->distance >= smallest_difference;
}

static long total_of_dropouts(const struct desk *desk)
{
    long total = 0;
    for (size_t i = 0; i < desk->lie->dropout_count; i++)
        total += desk->found[i].samples;
    return total;
}

/** Makes the wet take's clock `stretch` and measures around the lag `centre`. */
static bool set_clock(struct desk *desk, double stretch, double centre, struct drift *found)
{
    desk->stretch = stretch;
    return take_render(desk->wet, desk->rate, stretch, desk->error) &&
           measure(desk, lround(centre)) && find_drift(desk, found);
}

/** Tries the clock that the markers of the test signal tell, which is more exact than any other: it
 *  holds unless samples were lost between them, and then the sound drifts against it. */
static bool try_markers(struct desk *desk, const struct coarse *coarse, bool *holds)
{
    struct drift rest;
    const double at_start = (double)coarse->lag - coarse->stretch * (double)coarse->where;
    if (!set_clock(desk, coarse->stretch, at_start / (1 + coarse->stretch), &rest))
        return false;
    *holds = !is_drift(desk, &rest) && labs(total_of_dropouts(desk)) < DROPOUT_SMALLEST;
    return true;
}

bool clock_mend(struct desk *desk, const struct coarse *coarse)
{
    struct drift drift;
    bool holds = false;
    if (coarse->clock_known) {
        if (!try_markers(desk, coarse, &holds) ||
            (!holds && !set_clock(desk, 0, (double)coarse->lag, &drift)))
            return false;
    } else if (!find_drift(desk, &drift)) {
        return false;
    }
    if (holds || !is_drift(desk, &drift))
        return true;
    double here = (double)coarse->lag, where = (double)coarse->where;
    for (int pass = 0; pass < PASSES && whole_drift(desk, &drift) >= smallest_rest; pass++) {
        here = (here - drift.slope * where) / (1 + drift.slope);
        where = 0;
        if (!set_clock(desk, (1 + desk->stretch) * (1 + drift.slope) - 1, here, &drift))
            return false;
    }
    return true;
}

void clock_free(struct desk *desk)
{
    free(desk->white_dry);
    free(desk->white_wet);
    responses_free(&desk->responses);
    spans_free(&desk->narrow);
    desk->white_dry = desk->white_wet = NULL;
}
