/* SPDX-License-Identifier: ISC */
#include "signal_find.h"
#include "signal_marker.h"

#include <math.h>

#define PI 3.14159265358979323846

/** A difference that is no drift, frames between the markers. */
static const double one_clock = 0.05;

/** Clocks that differ by more than this are no clocks. */
static const double most_stretch = 2e-3;

static const struct signal_section *find_section(const struct signal_layout *layout,
                                                 enum signal_kind kind, size_t nth)
{
    for (size_t i = 0; i < layout->count; i++)
        if (layout->sections[i].kind == kind && nth-- == 0)
            return &layout->sections[i];
    return NULL;
}

static double marker_distance(const struct signal_layout *layout)
{
    return (double)find_section(layout, SIGNAL_MARKER_END, 0)->start -
           (double)find_section(layout, SIGNAL_MARKER_START, 0)->start;
}

/** The layout whose markers are about `distance` frames apart. */
static void lay_out_by_distance(struct signal_layout *layout, double distance)
{
    signal_lay_out(layout, 0);
    const double rest = (double)layout->frames - marker_distance(layout);
    signal_lay_out(layout, (distance + rest) / SIGNAL_RATE);
}

/** Whether the recording holds all sections but the silence at either end. */
static bool is_whole(const struct signal_match *match, size_t frames)
{
    const struct signal_section *end = &match->layout.sections[match->layout.count - 1];
    return match->delay + match->stretch * (double)match->layout.sections[1].start >= 0 &&
           match->delay + match->stretch * (double)end->start <= (double)frames;
}

bool signal_find(const float *recording, size_t frames, struct signal_match *match)
{
    struct signal_marker_hit first, last;
    if (!signal_marker_search(recording, frames, SIGNAL_MARKER_FIRST, &first) ||
        !signal_marker_search(recording, frames, SIGNAL_MARKER_LAST, &last))
        return false;
    const double distance = signal_marker_distance(recording, frames, &first, &last);
    lay_out_by_distance(&match->layout, distance);
    const double nominal = marker_distance(&match->layout);
    match->stretch = fabs(distance - nominal) < one_clock ? 1 : distance / nominal;
    // The search compares the burst as a whole, so it is its middle that lies at the right place.
    const double start = (double)find_section(&match->layout, SIGNAL_MARKER_START, 0)->start;
    match->delay =
        first.place + SIGNAL_MARKER_CENTRE - match->stretch * (start + SIGNAL_MARKER_CENTRE);
    match->inverted = first.correlation < 0;
    match->certainty = fmin(fabs(first.correlation), fabs(last.correlation));
    return match->certainty >= SIGNAL_MARKER_CERTAIN && fabs(match->stretch - 1) <= most_stretch &&
           is_whole(match, frames);
}

/** The recording at `place`, between frames by a windowed sinc. */
static double recording_at(const float *recording, size_t frames, double place)
{
    enum { REACH = 24 };
    const double below = floor(place), fraction = place - below;
    double sum = 0;
    for (int k = 1 - REACH; k <= REACH; k++) {
        const double at = below + k, t = fraction - k;
        if (at < 0 || at >= (double)frames)
            continue;
        const double window = 0.5 + 0.5 * cos(PI * t / REACH);
        const double sinc = t == 0 ? 1 : sin(PI * t) / (PI * t);
        sum += (double)recording[(size_t)at] * sinc * window;
    }
    return sum;
}

double signal_repeat_error(const float *recording, size_t frames, const struct signal_match *match)
{
    const struct signal_section *first = find_section(&match->layout, SIGNAL_REPEAT, 0);
    const struct signal_section *again = find_section(&match->layout, SIGNAL_REPEAT, 1);
    double error = 0, energy = 0;
    for (size_t i = 0; i < first->frames; i++) {
        const double a = recording_at(recording, frames,
                                      match->delay + match->stretch * (double)(first->start + i));
        const double b = recording_at(recording, frames,
                                      match->delay + match->stretch * (double)(again->start + i));
        error += (a - b) * (a - b);
        energy += a * a;
    }
    return energy > 0 ? error / energy : 1;
}
