/* SPDX-License-Identifier: ISC */
#include "response_shape.h"

#include <math.h>
#include <soxr.h>
#include <stdlib.h>
#include <string.h>

#define TURN 6.283185307179586
#define FADE_SECONDS 0.01

/** How long a converter of minimum phase takes to rise before what it converts, at most. */
#define RISE_SECONDS 0.000125

/** Below the peak by that much, an end of a response is left out: -100 dB. */
#define TRIM_SHARE 1e-5f

/** Less power than that in the band is none. */
#define SILENT_POWER 1e-20

/** The band that is brought to one loudness, and where it is measured. */
#define BAND_LOW_HZ 80.0
#define BAND_HIGH_HZ 5000.0

enum {
    BAND_POINTS = 96,      ///< spaced evenly in octaves
    CONVERT_PADDING = 512, ///< silent frames of the file around its taps
};

/** Converts silence, taps, silence into `room` frames. Returns how many there are, 0 on failure. */
static size_t convert(const float *taps, uint32_t count, double ratio, float *out, size_t room)
{
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ | SOXR_MINIMUM_PHASE, 0);
    const size_t padded_count = (size_t)count + 2 * CONVERT_PADDING;
    float *padded = calloc(padded_count, sizeof *padded);
    size_t made = 0;
    if (!padded)
        return 0;
    for (uint32_t i = 0; i < count; ++i)
        padded[CONVERT_PADDING + i] = (float)(taps[i] / ratio);
    if (soxr_oneshot(1.0, ratio, 1, padded, padded_count, NULL, out, room, &made, NULL, &quality,
                     NULL))
        made = 0;
    free(padded);
    return made;
}

/** Converts a channel and leaves out the silence before it. Returns the new number of taps, 0 on
 *  failure. */
static uint32_t convert_channel(float **taps, uint32_t count, double ratio, double rate)
{
    const size_t start = (size_t)(CONVERT_PADDING * ratio),
                 rise = (size_t)ceil(RISE_SECONDS * rate);
    const size_t room = (size_t)ceil((count + 2.0 * CONVERT_PADDING) * ratio);
    const size_t skip = start > rise ? start - rise : 0;
    float *converted = malloc(room * sizeof *converted);
    const size_t made = converted ? convert(*taps, count, ratio, converted, room) : 0;
    if (made <= skip) {
        free(converted);
        return 0;
    }
    memmove(converted, converted + skip, (made - skip) * sizeof *converted);
    free(*taps);
    *taps = converted;
    return (uint32_t)(made - skip);
}

bool response_convert(struct response *response, double from_rate, double to_rate)
{
    uint32_t count = response->count;
    if (from_rate == to_rate)
        return true;
    for (unsigned c = 0; c < response->channels && count > 0; ++c)
        count = convert_channel(&response->taps[c], response->count, to_rate / from_rate, to_rate);
    response->count = count;
    return count > 0;
}

void response_fade_end(struct response *response, double rate)
{
    const uint32_t wanted = (uint32_t)(FADE_SECONDS * rate);
    const uint32_t length = wanted < response->count ? wanted : response->count;
    for (unsigned c = 0; c < response->channels; ++c)
        for (uint32_t i = 0; i < length; ++i)
            response->taps[c][response->count - 1 - i] *=
                (float)(0.5 - 0.5 * cos(TURN / 2.0 * i / length));
}

static float peak_of(const struct response *response)
{
    float peak = 0.0f;
    for (unsigned c = 0; c < response->channels; ++c)
        for (uint32_t i = 0; i < response->count; ++i)
            peak = fmaxf(peak, fabsf(response->taps[c][i]));
    return peak;
}

void response_trim(struct response *response)
{
    const float floor = TRIM_SHARE * peak_of(response);
    uint32_t count = 1;
    for (unsigned c = 0; c < response->channels; ++c)
        for (uint32_t i = count; i < response->count; ++i)
            if (fabsf(response->taps[c][i]) > floor)
                count = i + 1;
    response->count = count;
}

/** Squared gain at a frequency, by a phasor that turns from tap to tap. */
static double power_at(const float *taps, uint32_t count, double frequency, double rate)
{
    const double turn = TURN * frequency / rate, step_re = cos(turn), step_im = sin(turn);
    double re = 1.0, im = 0.0, sum_re = 0.0, sum_im = 0.0;
    for (uint32_t i = 0; i < count; ++i) {
        const double next = re * step_re - im * step_im;
        sum_re += (double)taps[i] * re;
        sum_im += (double)taps[i] * im;
        im = re * step_im + im * step_re;
        re = next;
    }
    return sum_re * sum_re + sum_im * sum_im;
}

bool response_normalise(struct response *response, double rate)
{
    double power = 0.0;
    for (unsigned p = 0; p < BAND_POINTS; ++p) {
        const double way = (p + 0.5) / BAND_POINTS;
        const double frequency = BAND_LOW_HZ * pow(BAND_HIGH_HZ / BAND_LOW_HZ, way);
        for (unsigned c = 0; c < response->channels; ++c)
            power += power_at(response->taps[c], response->count, frequency, rate);
    }
    power /= BAND_POINTS * response->channels;
    if (!(power > SILENT_POWER))
        return false;
    for (unsigned c = 0; c < response->channels; ++c)
        for (uint32_t i = 0; i < response->count; ++i)
            response->taps[c][i] = (float)(response->taps[c][i] / sqrt(power));
    return true;
}
