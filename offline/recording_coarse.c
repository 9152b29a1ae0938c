/* SPDX-License-Identifier: ISC */
#include "recording_coarse.h"

#include "align.h"
#include "recording_note.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

/** What of the dry sound is looked for in the wet one: its loudest stretch. One that is enough for
 *  most, a short one in which even clocks far apart do not drift apart, and all of it. */
static const double excerpt_seconds[] = {20, 5, (double)INFINITY};

/** Latency of either sign that is looked for, and most of that if lengths differ: a recording may
 *  have begun long before the sound. */
static const double reach_seconds = 2, most_reach_seconds = 60;

/** Start of the loudest `length` frames. */
static size_t loudest(const struct take *take, size_t length)
{
    enum { STEP = 4096 };
    double sum = 0, most = -1;
    size_t best = 0;
    for (size_t i = 0; i < take->frames; i++) {
        sum += (double)take->samples[i] * (double)take->samples[i];
        if (i >= length)
            sum -= (double)take->samples[i - length] * (double)take->samples[i - length];
        if (i + 1 >= length && (i + 1 - length) % STEP == 0 && sum > most) {
            most = sum;
            best = i + 1 - length;
        }
    }
    return best;
}

static size_t reach_of(const struct take *dry, const struct take *wet, double rate)
{
    const double difference = fabs((double)dry->frames - (double)wet->frames);
    return (size_t)(fmin(difference + reach_seconds * rate, most_reach_seconds * rate));
}

/** Correlates `length` frames of the dry take with the wet one. */
static bool correlate(const struct take *dry, const struct take *wet, double rate, size_t length,
                      struct coarse *coarse)
{
    struct alignment found = {0};
    const size_t reach = reach_of(dry, wet, rate), start = loudest(dry, length);
    const size_t from = start > reach ? start - reach : 0;
    const size_t left = wet->frames > from ? wet->frames - from : 0;
    const size_t most = start - from + length + reach;
    if (!align_find(dry->samples + start, length, wet->samples + (left ? from : 0),
                    left < most ? left : most, start - from + reach, &found))
        return false;
    *coarse = (struct coarse){.lag = found.lag + (long)from - (long)start,
                              .where = start + length / 2,
                              .confidence = found.confidence};
    return true;
}

/** Tries excerpts until one is sure: the best is kept. */
static bool correlate_takes(const struct take *dry, const struct take *wet, double rate,
                            struct coarse *coarse)
{
    coarse->confidence = -1;
    for (size_t i = 0; i < sizeof excerpt_seconds / sizeof *excerpt_seconds; i++) {
        struct coarse here;
        const double length = fmin(excerpt_seconds[i] * rate, (double)dry->frames);
        if (!correlate(dry, wet, rate, (size_t)length, &here))
            return false;
        if (here.confidence > coarse->confidence)
            *coarse = here;
        if (coarse->confidence >= ALIGN_SURE)
            break;
    }
    return true;
}

/** Renders a pair of channels and finds their lag. */
static bool try_channels(struct take *dry, unsigned dry_channel, struct take *wet,
                         unsigned wet_channel, double rate, struct coarse *coarse,
                         struct xlstm_error *error)
{
    dry->channel = dry_channel;
    wet->channel = wet_channel;
    if (!take_render(dry, rate, 0, error) || !take_render(wet, rate, 0, error))
        return false;
    return correlate_takes(dry, wet, rate, coarse) ||
           fail(error, "%s: needs more memory than there is", wet->path);
}

static void say_channel(struct recording *recording, const struct take *take)
{
    if (take->count > 1)
        recording_say(recording, take->path,
                      "has %u channels: channel %u, which matches best, is used",
                      take->file.channels, take->channel + 1);
}

/** Leaves the pair of channels that matches best chosen and rendered. */
static bool choose_channels(struct recording *recording, struct take *dry, struct take *wet,
                            double rate, struct coarse *best, struct xlstm_error *error)
{
    unsigned best_dry = 0, best_wet = 0;
    bool good = true;
    best->confidence = -1;
    for (unsigned pair = 0; good && pair < dry->count * wet->count; pair++) {
        struct coarse here;
        const unsigned d = dry->channels[pair / wet->count], w = wet->channels[pair % wet->count];
        good = try_channels(dry, d, wet, w, rate, &here, error);
        if (good && here.confidence > best->confidence) {
            *best = here;
            best_dry = d;
            best_wet = w;
        }
    }
    if (good && (dry->channel != best_dry || wet->channel != best_wet))
        good = try_channels(dry, best_dry, wet, best_wet, rate, best, error);
    say_channel(recording, dry);
    say_channel(recording, wet);
    return good;
}

/** Where the first marker lies in a recording that holds the signal. */
static double marker_place(const struct signal_match *match)
{
    return match->delay + match->stretch * (double)match->layout.sections[1].start;
}

/** The test signal knows its place. */
static void look_for_signal(struct recording *recording, const struct take *dry,
                            const struct take *wet, double rate, struct coarse *coarse)
{
    struct signal_match match;
    coarse->clock_known = false;
    if (rate != SIGNAL_RATE || !signal_find(dry->samples, dry->frames, &recording->signal))
        return;
    recording->test_signal = true;
    if (!signal_find(wet->samples, wet->frames, &match) ||
        match.layout.frames != recording->signal.layout.frames)
        return; /* it began late or broke off */
    const double dry_start = marker_place(&recording->signal);
    coarse->lag = lround(marker_place(&match) - dry_start);
    coarse->where = (size_t)fmax(dry_start, 0);
    coarse->confidence = fmax(coarse->confidence, ALIGN_SURE);
    coarse->clock_known = true;
    coarse->stretch = match.stretch / recording->signal.stretch - 1;
}

bool coarse_find(struct recording *recording, struct take *dry, struct take *wet, double rate,
                 struct coarse *coarse, struct xlstm_error *error)
{
    if (!choose_channels(recording, dry, wet, rate, coarse, error))
        return false;
    look_for_signal(recording, dry, wet, rate, coarse);
    return true;
}
