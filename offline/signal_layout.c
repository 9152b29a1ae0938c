/* SPDX-License-Identifier: ISC */
#include "signal_layout.h"

#include "passages.h"
#include "signal_marker.h"

#include <math.h>

/** Lengths in seconds. */
static const double edge_seconds = 1, repeat_seconds = 6, strings_seconds = 6;
static const double step_seconds = 0.3, sweep_seconds = 4, noise_seconds = 0.8;
static const double pause_seconds = 0.5; // after steps, sweeps and noise

/** Peaks in dBFS. Strings come at the levels that pickups give, in a mixed order; their number has
 *  no factor in common with that of the styles, so that every style meets every level. */
static const double marker_peak = -12, repeat_peak = -6;
static const double sweep_peaks[] = {-40, -20, -6};
static const double noise_peaks[] = {-50, -38, -26, -14, -3};
static const double strings_peaks[] = {-6, -24, -1, -15, -36, -3, -18, -9, -45, 0, -12};
static const double step_frequencies[] = {110, 880};

/** The passages that are kept from training, the last of the signal. */
static const struct kept {
    enum signal_use use;
    enum passage_style style;
    double peak;
} kept[] = {
    {SIGNAL_FOR_VALIDATION, PASSAGE_LEAD, -12},
    {SIGNAL_FOR_VALIDATION, PASSAGE_STRUMS, -4},
    {SIGNAL_FOR_TEST, PASSAGE_MUTED, -3},
    {SIGNAL_FOR_TEST, PASSAGE_ARPEGGIOS, -9},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t frames_of(double seconds)
{
    return (size_t)(seconds * SIGNAL_RATE + 0.5);
}

static struct signal_section *append(struct signal_layout *layout, enum signal_kind kind,
                                     enum signal_use use, double seconds, double peak)
{
    struct signal_section *section = &layout->sections[layout->count++];
    *section = (struct signal_section){.kind = kind,
                                       .use = use,
                                       .start = layout->frames,
                                       .frames = frames_of(seconds),
                                       .peak = peak};
    layout->frames += section->frames;
    return section;
}

/** Sounds that no guitar makes are for measuring: a small network that trained on
 *  loud noise too was 2 dB worse on real guitars, and 1 dB with sweeps (means of three seeds). */
static struct signal_section *append_with_pause(struct signal_layout *layout, enum signal_kind kind,
                                                double seconds, double peak)
{
    struct signal_section *section =
        append(layout, kind, SIGNAL_FOR_NOTHING, seconds + pause_seconds, peak);
    section->pause = frames_of(pause_seconds);
    return section;
}

/** A marker and the repeated passage, so that gear with a memory comes to each repeat from the same
 *  state. */
static void append_repeat(struct signal_layout *layout, enum signal_kind marker,
                          enum signal_use use)
{
    append(layout, SIGNAL_SILENCE, SIGNAL_FOR_NOTHING, edge_seconds, 0);
    append(layout, marker, SIGNAL_FOR_NOTHING, SIGNAL_MARKER_SECONDS, marker_peak);
    append(layout, SIGNAL_SILENCE, use, edge_seconds, 0);
    append(layout, SIGNAL_REPEAT, use, repeat_seconds, repeat_peak);
}

static void append_opening(struct signal_layout *layout)
{
    append_repeat(layout, SIGNAL_MARKER_START, SIGNAL_FOR_TRAINING);
    for (size_t i = 0; i < COUNT(step_frequencies); i++)
        append_with_pause(layout, SIGNAL_STEPS, (2 * SIGNAL_STEP_COUNT - 1) * step_seconds, 0)
            ->frequency = step_frequencies[i];
    for (size_t i = 0; i < COUNT(sweep_peaks); i++)
        append_with_pause(layout, SIGNAL_SWEEP, sweep_seconds, sweep_peaks[i]);
    for (size_t i = 0; i < COUNT(noise_peaks); i++)
        append_with_pause(layout, SIGNAL_NOISE, noise_seconds, noise_peaks[i]);
}

static void append_strings(struct signal_layout *layout, enum signal_use use,
                           enum passage_style style, double peak, unsigned number)
{
    struct signal_section *section = append(layout, SIGNAL_STRINGS, use, strings_seconds, peak);
    section->style = style;
    section->number = number;
}

static void append_closing(struct signal_layout *layout, unsigned number)
{
    for (size_t i = 0; i < COUNT(kept); i++)
        append_strings(layout, kept[i].use, kept[i].style, kept[i].peak, number++);
    append_repeat(layout, SIGNAL_MARKER_END, SIGNAL_FOR_NOTHING);
    append(layout, SIGNAL_SILENCE, SIGNAL_FOR_NOTHING, edge_seconds, 0);
}

static void lay_out_passages(struct signal_layout *layout, unsigned passages)
{
    *layout = (struct signal_layout){.frames = 0};
    append_opening(layout);
    for (unsigned number = 0; number < passages; number++)
        append_strings(layout, SIGNAL_FOR_TRAINING, number % PASSAGE_STYLES,
                       strings_peaks[number % COUNT(strings_peaks)], number);
    append_closing(layout, passages);
}

void signal_lay_out(struct signal_layout *layout, double seconds)
{
    seconds = fmin(fmax(seconds, SIGNAL_SECONDS_MINIMUM), SIGNAL_SECONDS_MAXIMUM);
    lay_out_passages(layout, 0);
    const double room = seconds - (double)layout->frames / SIGNAL_RATE;
    lay_out_passages(layout, (unsigned)(room / strings_seconds + 0.5));
}
