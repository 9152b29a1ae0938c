/* SPDX-License-Identifier: ISC */
#include "recording_check.h"

#include "decibel.h"
#include "recording_noise.h"
#include "recording_note.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/** A peak below this is said to be quiet, dBFS. */
static const double quiet_peak = -30;

/** Distance of signal and noise, dB: below the first it is said, below the second it is a doubt. */
static const double fair_noise = 50, poor_noise = 30;

/** The least offset that is taken out, how many times its standard error it must be, and what share
 *  of it may come and go with the sound. */
static const double least_offset = 0.002, certain = 6, most_change = 0.5;

/** Share of the windows that count as quiet ones, and how many that must be. */
static const double quiet_share = 0.1;
enum { FEWEST_WINDOWS = 6 };

/** Windows of the offset's estimate and of gaps, s. */
static const double offset_seconds = 0.05, gap_seconds = 0.01;

/** In a gap the wet sound is this much below its level while the dry one is not this far below its
 *  own, dB. It lasts for two windows or more. */
static const double gap_level = -60, playing_level = -20;
enum { GAP_WINDOWS = 2 };

static double power(const float *samples, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum / (double)frames;
}

static double mean(const float *samples, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++)
        sum += (double)samples[i];
    return sum / (double)frames;
}

/** Power of one of the two sounds over the usable spans. */
static double usable_power(const struct recording *r, const float *samples)
{
    double sum = 0;
    for (size_t i = 0; i < r->span_count; i++) {
        const size_t first = r->spans[i].first, frames = r->spans[i].last - first;
        sum += power(samples + first, frames) * (double)frames;
    }
    return sum / (double)r->usable;
}

/** A window's level in the dry sound, and the mean of the wet one. */
struct window {
    double level, mean;
};

static int by_level(const void *a, const void *b)
{
    const struct window *one = a, *other = b;
    return (one->level > other->level) - (one->level < other->level);
}

/** Windows of the usable spans, the quietest first. NULL: out of memory. */
static struct window *windows_of(const struct recording *r, size_t *count)
{
    const size_t length = (size_t)(offset_seconds * r->rate);
    struct window *windows = calloc(r->frames / length + 1, sizeof *windows);
    *count = 0;
    for (size_t i = 0; windows && i < r->span_count; i++)
        for (size_t at = r->spans[i].first; at + length <= r->spans[i].last; at += length)
            windows[(*count)++] =
                (struct window){power(r->dry + at, length), mean(r->wet + at, length)};
    if (windows)
        qsort(windows, *count, sizeof *windows, by_level);
    return windows;
}

/** Mean over windows, and the error that their differences give it. */
static double mean_of(const struct window *windows, size_t count, double *error)
{
    double sum = 0, square = 0;
    for (size_t i = 0; i < count; i++) {
        sum += windows[i].mean;
        square += windows[i].mean * windows[i].mean;
    }
    const double n = (double)count, average = sum / n;
    *error = sqrt(fmax(square / n - average * average, 0) / (n - 1));
    return average;
}

/** The offset at rest, 0 if there is none for certain. A device may have one of its own, which
 *  changes with the sound; the recorder's is the same in the quietest windows and in all. */
static double offset_of(const struct window *windows, size_t count)
{
    const size_t quiet = (size_t)(quiet_share * (double)count);
    double error, quiet_error;
    if (quiet < FEWEST_WINDOWS)
        return 0;
    const double all = mean_of(windows, count, &error);
    const double at_rest = mean_of(windows, quiet, &quiet_error);
    if (fabs(at_rest) < fmax(least_offset, certain * quiet_error) ||
        fabs(all - at_rest) > most_change * fabs(at_rest))
        return 0;
    return fabs(all - at_rest) < certain / 2 * quiet_error ? all : at_rest;
}

static bool take_out_offset(struct recording *r, const char *path)
{
    size_t count;
    struct window *windows = windows_of(r, &count);
    if (!windows)
        return false;
    r->offset = offset_of(windows, count);
    free(windows);
    if (r->offset == 0)
        return true;
    for (size_t i = 0; i < r->frames; i++)
        r->wet[i] -= (float)r->offset;
    recording_say(r, path, "has an offset of %+.4f at rest: taken out", r->offset);
    return true;
}

static void judge_noise(struct recording *r, const char *path)
{
    const double level = decibels_of_power(usable_power(r, r->wet)), distance = level - r->noise;
    char hum[32] = "";
    if (!(distance < fair_noise))
        return;
    if (r->hum > 0)
        snprintf(hum, sizeof hum, ", hum at %g Hz in it", r->hum);
    (distance < poor_noise ? recording_doubt : recording_say)(
        r, path, "has noise at %.1f dBFS%s: no model can come closer than %.1f dB", r->noise, hum,
        -distance);
}

bool recording_check(struct recording *r, const char *path)
{
    if (r->peak < quiet_peak)
        recording_say(r, path, "is quiet: its peak is %.1f dBFS", r->peak);
    if (!take_out_offset(r, path))
        return false;
    r->gain =
        decibels_of_power(usable_power(r, r->wet)) - decibels_of_power(usable_power(r, r->dry));
    if (!recording_find_noise(r))
        return false;
    judge_noise(r, path);
    return true;
}

bool recording_find_gaps(const struct recording *r, struct span_list *gaps)
{
    const double loud = power(r->dry, r->frames) * power_of_decibels(playing_level);
    const double centre = mean(r->wet, r->frames);
    const double gone = (power(r->wet, r->frames) - centre * centre) * power_of_decibels(gap_level);
    const size_t window = (size_t)(gap_seconds * r->rate);
    size_t first = 0, last = 0; // of the gap that is under way
    for (size_t at = 0; at + window <= r->frames; at += window) {
        const double here = mean(r->wet + at, window);
        if (power(r->dry + at, window) < loud || power(r->wet + at, window) - here * here > gone)
            continue;
        if (at > last)
            first = at;
        last = at + window;
        if (last - first >= GAP_WINDOWS * window &&
            !spans_add(gaps, first > window ? first - window : 0, last + window))
            return false;
    }
    return true;
}
