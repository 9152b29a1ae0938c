/* SPDX-License-Identifier: ISC */
/* The audio thread's part of oversampling: never allocates. */
#include "oversample.h"

#include <string.h>

uint32_t oversampler_latency(const struct oversampler *oversampler)
{
    return 2 * oversampler->delay;
}

void oversampler_reset(struct oversampler *oversampler)
{
    const size_t line = oversampler->room * sizeof(float);
    memset(oversampler->inputs, 0, oversampler->channels * line);
    memset(oversampler->lines, 0, oversampler->channels * oversampler->factor * line);
}

/** The taps between plane 0 and plane `plane`, newest frame first. */
static const float *taps_of(const struct oversampler *oversampler, unsigned plane)
{
    return oversampler->taps + (size_t)(plane - 1) * oversampler->history;
}

/** Adds the sum of `taps` over a frame and those before it, for each of `frames` frames. */
static void add_filtered(float *restrict out, const float *restrict newest,
                         const float *restrict taps, uint32_t count, uint32_t frames)
{
    for (uint32_t tap = 0; tap < count; ++tap) {
        const float factor = taps[tap];
        const float *from = newest - tap;
        for (uint32_t i = 0; i < frames; ++i)
            out[i] += factor * from[i];
    }
}

/** Moves the newest frames of a line to where the next call expects its history. */
static void age(const struct oversampler *oversampler, float *line, uint32_t frames)
{
    memmove(line, line + frames, oversampler->history * sizeof *line);
}

static void channel_up(struct oversampler *oversampler, unsigned channel, const float *in,
                       uint32_t frames)
{
    float *line = oversampler->inputs + (size_t)channel * oversampler->room;
    float *newest = line + oversampler->history;
    float *const *planes = oversampler->planes + channel * oversampler->factor;
    memcpy(newest, in, frames * sizeof *in);
    memcpy(planes[0], newest - oversampler->delay, frames * sizeof *in);
    for (unsigned p = 1; p < oversampler->factor; ++p) {
        memset(planes[p], 0, frames * sizeof *in);
        add_filtered(planes[p], newest, taps_of(oversampler, p), oversampler->history, frames);
    }
    age(oversampler, line, frames);
}

/** The samples before plane 0's newest are plane factor - 1's of the frame before, and so on. */
static void channel_down(struct oversampler *oversampler, unsigned channel, float *out,
                         uint32_t frames)
{
    const unsigned factor = oversampler->factor;
    float *const *planes = oversampler->planes + channel * factor;
    memcpy(out, planes[0] - oversampler->delay, frames * sizeof *out);
    for (unsigned p = 1; p < factor; ++p)
        add_filtered(out, planes[factor - p] - 1, taps_of(oversampler, p), oversampler->history,
                     frames);
    for (uint32_t i = 0; i < frames; ++i)
        out[i] /= (float)factor;
    for (unsigned p = 0; p < factor; ++p)
        age(oversampler, planes[p] - oversampler->history, frames);
}

void oversampler_up(struct oversampler *oversampler, const float *const *in, uint32_t frames)
{
    for (unsigned c = 0; c < oversampler->channels; ++c)
        channel_up(oversampler, c, in[c], frames);
}

void oversampler_down(struct oversampler *oversampler, float *const *out, uint32_t frames)
{
    for (unsigned c = 0; c < oversampler->channels; ++c)
        channel_down(oversampler, c, out[c], frames);
}
