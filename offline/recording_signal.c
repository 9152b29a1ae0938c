/* SPDX-License-Identifier: ISC */
#include "recording_signal.h"

#include "decibel.h"
#include "recording_note.h"

#include <math.h>

/** A device that repeats itself worse than this is worth a doubt, dB. */
static const double fair_repeat = -30;

/** Two takes differ by the chance in both; a perfect model errs by that in one. */
static const double share_of_one = 0.5;

static size_t frame_at(const struct recording *r, double place)
{
    return (size_t)fmin(fmax(floor(place), 0), (double)r->frames);
}

struct recording_span recording_section(const struct recording *r,
                                        const struct signal_section *section)
{
    const double first = (double)section->start, last = first + (double)section->frames;
    return (struct recording_span){frame_at(r, r->signal.delay + r->signal.stretch * first),
                                   frame_at(r, r->signal.delay + r->signal.stretch * last)};
}

/** Whether a section lies in one of the spans, all of it. */
static bool is_usable(const struct recording *r, const struct signal_section *section)
{
    const struct recording_span place = recording_section(r, section);
    for (size_t i = 0; i < r->span_count; i++)
        if (r->spans[i].first <= place.first && r->spans[i].last >= place.last &&
            (double)(place.last - place.first) + 1 >= r->signal.stretch * (double)section->frames)
            return true;
    return false;
}

static bool repeats_are_usable(const struct recording *r)
{
    const struct signal_layout *layout = &r->signal.layout;
    for (size_t i = 0; i < layout->count; i++)
        if (layout->sections[i].kind == SIGNAL_REPEAT && !is_usable(r, &layout->sections[i]))
            return false;
    return true;
}

void recording_check_signal(struct recording *r, const char *dry_path, const char *wet_path)
{
    recording_say(r, dry_path, "is the test signal of xlstm");
    r->repeat_error = (double)NAN;
    if (!repeats_are_usable(r)) {
        recording_doubt(r, wet_path,
                        "lacks some of the passage that tells how well the device repeats itself");
        return;
    }
    r->repeat_error = signal_repeat_error(r->wet, r->frames, &r->signal);
    const double error = decibels_of_power(r->repeat_error);
    (error > fair_repeat ? recording_doubt : recording_say)(
        r, wet_path, "repeats itself to %.1f dB: no model can come closer than %.1f dB", error,
        decibels_of_power(share_of_one * r->repeat_error));
}
