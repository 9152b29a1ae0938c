/* SPDX-License-Identifier: ISC */
#include "recording_take.h"

#include "decibel.h"
#include "recording_note.h"
#include "report.h"
#include "resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** A file whose peak is below this holds nothing, dBFS. */
static const double silence = -90;

/** The shortest file. */
static const double shortest_seconds = 1;

/** A channel this much below the loudest is the other one's crosstalk; two that differ by as little
 *  are the same, dB. */
static const double crosstalk = -50;

static double peak_of(const float *samples, size_t frames)
{
    double peak = 0;
    for (size_t i = 0; i < frames; i++)
        peak = fmax(peak, fabs((double)samples[i]));
    return peak;
}

/** Half of the way between the lowest sample and the highest: a constant is silence. */
static double swing_of(const float *samples, size_t frames)
{
    double lowest = (double)INFINITY, highest = -lowest;
    for (size_t i = 0; i < frames; i++) {
        lowest = fmin(lowest, (double)samples[i]);
        highest = fmax(highest, (double)samples[i]);
    }
    return (highest - lowest) / 2;
}

static double energy(const float *a, const float *b, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++) {
        const double difference = (double)a[i] - (b ? (double)b[i] : 0);
        sum += difference * difference;
    }
    return sum;
}

static bool copies_another(const struct take *take, unsigned channel, double least)
{
    const float *samples = audio_channel(&take->file, channel);
    for (unsigned i = 0; i < take->count; i++)
        if (energy(samples, audio_channel(&take->file, take->channels[i]), take->file.frames) <
            least)
            return true;
    return false;
}

/** Keeps the channels that may be meant, and says why others are not. */
static void sort_out_channels(struct take *take, struct recording *recording)
{
    const struct audio *file = &take->file;
    const float *loudest = audio_channel(file, audio_loudest(file));
    const double share = amplitude_of_decibels(crosstalk);
    const double least = share * share * energy(loudest, NULL, file->frames);
    unsigned silent = 0, copies = 0;
    for (unsigned c = 0; c < file->channels; c++) {
        if (energy(audio_channel(file, c), NULL, file->frames) < least)
            silent++;
        else if (copies_another(take, c, least))
            copies++;
        else if (take->count < TAKE_CHANNELS)
            take->channels[take->count++] = c;
    }
    take->channel = take->channels[0];
    if (silent)
        recording_say(recording, take->path, "has %u channels, of which %u %s silent: left out",
                      file->channels, silent, silent > 1 ? "are" : "is");
    if (copies)
        recording_say(recording, take->path, "has the same on %u channels: one of them is used",
                      copies + 1);
}

bool take_read(struct take *take, const char *path, struct recording *recording,
               struct xlstm_error *error)
{
    struct xlstm_error reason;
    uint64_t not_finite = 0;
    *take = (struct take){.path = path};
    if (!audio_read(&take->file, path, &not_finite, &reason))
        return fail(error, "%s: %s", path, reason.text);
    const float *loudest = audio_channel(&take->file, audio_loudest(&take->file));
    const double swing = swing_of(loudest, take->file.frames);
    if (swing < amplitude_of_decibels(silence))
        return fail(error, "%s: is silent: its peak is %.1f dBFS", path,
                    decibels_of_amplitude(swing));
    const double seconds = (double)take->file.frames / take->file.rate;
    if (seconds < shortest_seconds)
        return fail(error, "%s: lasts %.3f s, too short to learn from (%g s and more)", path,
                    seconds, shortest_seconds);
    if (not_finite)
        recording_doubt(recording, path, "holds %llu %s not finite: taken as silence",
                        (unsigned long long)not_finite,
                        not_finite > 1 ? "samples that are" : "sample that is");
    sort_out_channels(take, recording);
    return true;
}

static bool resample(struct take *take, double in_rate, double out_rate, struct xlstm_error *error)
{
    soxr_t resampler;
    size_t used;
    struct xlstm_error reason;
    if (!resample_start(&resampler, in_rate, out_rate, 1, &reason))
        return fail(error, "%s: %s", take->path, reason.text);
    soxr_process(resampler, audio_channel(&take->file, take->channel), ~take->file.frames, &used,
                 take->samples, take->frames, NULL); /* ~: all there is */
    soxr_delete(resampler);
    return true;
}

bool take_render(struct take *take, double rate, double stretch, struct xlstm_error *error)
{
    const double in_rate = take->file.rate * (1 + stretch);
    free(take->samples);
    take->frames = resample_length(take->file.frames, in_rate, rate);
    take->samples = calloc(take->frames + 1, sizeof *take->samples);
    if (!take->samples)
        return fail(error, "%s: needs more memory than there is", take->path);
    if (in_rate != rate)
        return resample(take, in_rate, rate, error);
    memcpy(take->samples, audio_channel(&take->file, take->channel),
           take->frames * sizeof *take->samples);
    return true;
}

/** Adds a run of samples at full scale; a single one may be there by chance. */
static bool add_run(struct take *take, size_t first, size_t last)
{
    enum { SHORTEST = 2 };
    if (last - first < SHORTEST)
        return true;
    take->clipped_count += last - first;
    return spans_add(&take->clipped, first, last);
}

bool take_find_clipping(struct take *take, struct xlstm_error *error)
{
    const float full_scale = 0.9999F; // of 16 bits, the largest two values
    const float *samples = audio_channel(&take->file, take->channel);
    size_t frames = take->file.frames, start = frames;
    take->peak = peak_of(samples, frames);
    if (take->peak < (double)full_scale || take->peak > 1) // beyond 1: floating point, not clipped
        return true;
    bool good = true;
    for (size_t i = 0; good && i <= frames; i++) {
        const bool clipped = i < frames && fabsf(samples[i]) >= full_scale;
        if (clipped && start == frames)
            start = i;
        if (!clipped && start < frames) {
            good = add_run(take, start, i);
            start = frames;
        }
    }
    return good || fail(error, "%s: needs more memory than there is", take->path);
}

void take_free(struct take *take)
{
    audio_free(&take->file);
    spans_free(&take->clipped);
    free(take->samples);
    *take = (struct take){0};
}
