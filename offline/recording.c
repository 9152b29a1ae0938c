/* SPDX-License-Identifier: ISC */
#include "recording.h"

#include "decibel.h"
#include "recording_align.h"
#include "recording_burst.h"
#include "recording_check.h"
#include "recording_note.h"
#include "recording_polarity.h"
#include "recording_signal.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Lengths in seconds: least that both files have in common; shortest span; left out on both sides
 *  of a dropout and of clipped samples; clipped samples closer than that are one passage. */
static const double shortest_seconds = 1, span_seconds = 0.25;
static const double seam_seconds = 0.05, clip_seconds = 0.001, clip_join_seconds = 0.02;

/** Least share of a recording that must be usable. */
static const double least_usable = 0.25;

struct load {
    struct recording *recording;
    struct take dry, wet;
    struct lie lie;
    struct span_list bad;
    size_t start; ///< frame of the dry take that is the recording's first
    struct xlstm_error *error;
};

static bool no_memory(const struct load *load)
{
    return fail(load->error, "%s: needs more memory than there is", load->wet.path);
}

/** Makes dry and wet of what the takes have in common. */
static bool lay(struct load *load)
{
    struct recording *r = load->recording;
    const long last_lag = lie_lag(&load->lie, load->dry.frames);
    const long start = load->lie.lag < 0 ? -load->lie.lag : 0;
    const long wet_end = (long)load->wet.frames - last_lag, dry_end = (long)load->dry.frames;
    const long frames = (wet_end < dry_end ? wet_end : dry_end) - start;
    if ((double)frames < shortest_seconds * r->rate)
        return fail(load->error, "%s: has %.3f s in common with %s, too little to learn from",
                    load->wet.path, fmax(0, (double)frames / r->rate), load->dry.path);
    load->start = (size_t)start;
    r->frames = (size_t)frames;
    r->dry = malloc(r->frames * sizeof *r->dry);
    r->wet = malloc(r->frames * sizeof *r->wet);
    if (!r->dry || !r->wet)
        return no_memory(load);
    memcpy(r->dry, load->dry.samples + start, r->frames * sizeof *r->dry);
    for (size_t i = 0; i < r->frames; i++) {
        const long at = start + (long)i + lie_lag(&load->lie, (size_t)start + i);
        r->wet[i] = at >= 0 && at < (long)load->wet.frames ? load->wet.samples[at] : 0;
    }
    return true;
}

static void say_lengths(const struct load *load)
{
    const struct recording *r = load->recording;
    const double dry = (double)load->dry.frames / r->rate, wet = (double)load->wet.frames / r->rate;
    if (fabs(dry - wet) * r->rate > 1 + fabs(1e-6 * r->drift) * (double)load->dry.frames)
        recording_say(load->recording, load->wet.path,
                      "lasts %.3f s, the dry file %.3f s: trimmed to the %.3f s that both have",
                      wet, dry, (double)r->frames / r->rate);
}

static void say_rate(const struct load *load, const struct take *take)
{
    if (take->file.rate != load->recording->rate)
        recording_say(load->recording, take->path, "is resampled from %g to %g Hz", take->file.rate,
                      load->recording->rate);
}

/** Adds a passage of the dry take to the bad ones of the recording, with `margin` on both sides. */
static bool add_bad(struct load *load, size_t first, size_t last, size_t margin)
{
    const size_t frames = load->recording->frames;
    const size_t before = load->start + margin, end = last + margin;
    const size_t from = first > before ? first - before : 0;
    const size_t to = end > load->start ? end - load->start : 0;
    if (from >= frames || to == 0)
        return true;
    return spans_add(&load->bad, from, to < frames ? to : frames);
}

static bool add_dropouts(struct load *load)
{
    const size_t margin = (size_t)(seam_seconds * load->recording->rate);
    for (size_t i = 0; i < load->lie.lost.count; i++)
        if (!add_bad(load, load->lie.lost.spans[i].first, load->lie.lost.spans[i].last, 0))
            return false;
    for (size_t i = 0; i < load->lie.dropout_count; i++) {
        const struct recording_dropout *dropout = &load->lie.dropouts[i];
        if (!add_bad(load, dropout->at, dropout->at, margin + (size_t)labs(dropout->samples)))
            return false;
    }
    return true;
}

/** The frame of the dry take that frame `wet` of the wet take answers. */
static long dry_frame(const struct lie *lie, long wet)
{
    long lag = lie->lag;
    for (size_t i = 0; i < lie->dropout_count && wet - lag >= (long)lie->dropouts[i].at; i++)
        lag += lie->dropouts[i].samples;
    return wet - lag;
}

static bool add_clipped(struct load *load)
{
    const struct take *wet = &load->wet;
    const double factor = (double)wet->frames / (double)wet->file.frames;
    const size_t margin = (size_t)(clip_seconds * load->recording->rate);
    for (size_t i = 0; i < wet->clipped.count; i++) {
        const struct recording_span *span = &wet->clipped.spans[i];
        const long first = dry_frame(&load->lie, lround(factor * (double)span->first));
        const long last = dry_frame(&load->lie, lround(factor * (double)span->last));
        if (first >= 0 && last >= first && !add_bad(load, (size_t)first, (size_t)last, margin))
            return false;
    }
    return true;
}

/** Keeps the recorded dropouts, now in frames of the recording. */
static void record_lie(struct load *load)
{
    struct recording *r = load->recording;
    r->lag = load->lie.lag;
    r->confidence = load->lie.confidence;
    r->dropout_count = load->lie.dropout_count;
    memcpy(r->dropouts, load->lie.dropouts, sizeof r->dropouts);
    for (size_t i = 0; i < r->dropout_count; i++)
        r->dropouts[i].at -= r->dropouts[i].at > load->start ? load->start : r->dropouts[i].at;
    r->start = load->start;
    r->signal.delay -= (double)load->start;
}

/** Adds the bursts to the bad passages, which are joined, and says so. */
static bool add_bursts(struct load *load)
{
    struct recording *r = load->recording;
    struct span_list bursts = {0};
    const size_t margin = (size_t)(seam_seconds * r->rate);
    bool good = r->doubtful || recording_find_bursts(r, &load->bad, &bursts);
    for (size_t i = 0; good && i < bursts.count; i++)
        good = add_bad(load, load->start + bursts.spans[i].first,
                       load->start + bursts.spans[i].last, margin);
    if (bursts.count)
        recording_doubt(
            r, load->wet.path,
            "bursts out at %.2f s%s, which the dry file does not explain: left out; was "
            "a cable bumped?",
            (double)(load->start + bursts.spans[0].first) / r->rate,
            bursts.count > 1 ? " and later" : "");
    spans_free(&bursts);
    return good;
}

static void say_left_out(const struct load *load, size_t gaps)
{
    struct recording *r = load->recording;
    const double left_out = (double)(r->frames - r->usable) / r->rate;
    if (r->clipped)
        recording_doubt(r, load->wet.path,
                        "is clipped at full scale in %zu samples: record it at a lower level",
                        r->clipped);
    if (gaps)
        recording_doubt(r, load->wet.path,
                        "is silent in %zu %s while the dry file plays: is a plug loose?", gaps,
                        gaps > 1 ? "places" : "place");
    if (r->usable < r->frames)
        recording_say(r, load->wet.path, "is not used for %.2f s of %.2f s", left_out,
                      (double)r->frames / r->rate);
}

/** Makes the usable spans of what is not bad. */
static bool lay_spans(struct load *load)
{
    struct recording *r = load->recording;
    struct span_list gaps = {0}, usable = {0};
    bool good = recording_find_gaps(r, &gaps);
    spans_join(&gaps, 1);
    for (size_t i = 0; good && i < gaps.count; i++)
        good = spans_add(&load->bad, gaps.spans[i].first, gaps.spans[i].last);
    good = good && add_dropouts(load) && add_clipped(load);
    spans_join(&load->bad, (size_t)(clip_join_seconds * r->rate));
    good = good && add_bursts(load);
    spans_join(&load->bad, (size_t)(clip_join_seconds * r->rate));
    good = good && spans_between(&load->bad, r->frames, (size_t)(span_seconds * r->rate), &usable);
    r->spans = usable.spans;
    r->span_count = usable.count;
    r->usable = spans_total(&usable);
    r->clipped = load->wet.clipped_count;
    say_left_out(load, gaps.count);
    spans_free(&gaps);
    return good || no_memory(load);
}

static bool enough_is_usable(const struct load *load)
{
    const struct recording *r = load->recording;
    if ((double)r->usable >= least_usable * (double)r->frames)
        return true;
    if (r->clipped)
        return fail(load->error,
                    "%s: is clipped at full scale in %zu samples, which leaves %.2f s of %.2f s: "
                    "record it at a lower level",
                    load->wet.path, r->clipped, (double)r->usable / r->rate,
                    (double)r->frames / r->rate);
    return fail(load->error, "%s: is usable for %.2f s of %.2f s only", load->wet.path,
                (double)r->usable / r->rate, (double)r->frames / r->rate);
}

static bool judge(struct load *load)
{
    struct recording *r = load->recording;
    r->peak = decibels_of_amplitude(load->wet.peak);
    r->polarity = 1;
    if ((!r->doubtful && !recording_find_polarity(r)) || !recording_check(r, load->wet.path))
        return no_memory(load);
    if (r->polarity < 0)
        recording_say(r, load->wet.path, "is inverted: left so, as the device may do it");
    if (r->test_signal)
        recording_check_signal(r, load->dry.path, load->wet.path);
    return true;
}

static bool load_all(struct load *load, const char *dry_path, const char *wet_path)
{
    struct recording *r = load->recording;
    if (!take_read(&load->dry, dry_path, r, load->error) ||
        !take_read(&load->wet, wet_path, r, load->error))
        return false;
    say_rate(load, &load->dry);
    say_rate(load, &load->wet);
    if (!recording_align(r, &load->dry, &load->wet, r->rate, &load->lie, load->error) ||
        !take_find_clipping(&load->wet, load->error) || !lay(load))
        return false;
    record_lie(load);
    say_lengths(load);
    return lay_spans(load) && enough_is_usable(load) && judge(load);
}

bool recording_load(struct recording *recording, const char *dry_path, const char *wet_path,
                    double rate, struct xlstm_error *error)
{
    struct load load = {.recording = recording, .error = error};
    *recording = (struct recording){.rate = rate};
    const bool good = load_all(&load, dry_path, wet_path);
    take_free(&load.dry);
    take_free(&load.wet);
    spans_free(&load.bad);
    lie_free(&load.lie);
    if (!good)
        recording_free(recording);
    return good;
}

void recording_delay(struct recording *r, size_t frames)
{
    size_t kept = 0;
    r->frames -= frames;
    r->start += frames;
    r->lag -= (long)frames;
    r->signal.delay -= (double)frames;
    memmove(r->dry, r->dry + frames, r->frames * sizeof *r->dry);
    r->usable = 0;
    for (size_t i = 0; i < r->span_count; i++) {
        struct recording_span span = r->spans[i];
        span.last = span.last < r->frames ? span.last : r->frames;
        if (span.first >= span.last)
            continue;
        r->spans[kept++] = span;
        r->usable += span.last - span.first;
    }
    r->span_count = kept;
}

void recording_free(struct recording *recording)
{
    free(recording->dry);
    free(recording->wet);
    free(recording->spans);
    recording->dry = recording->wet = NULL;
    recording->spans = NULL;
}
