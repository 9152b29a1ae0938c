/* SPDX-License-Identifier: ISC */
#include "response_shape.h"

#include <math.h>
#include <speex/speex_resampler.h>
#include <stdlib.h>

#define TURN 6.283185307179586
#define FADE_SECONDS 0.01

/** Below the peak by that much, an end of a response is left out: -100 dB. */
#define TRIM_SHARE 1e-5f

/** Less power than that in the band is none. */
#define SILENT_POWER 1e-20

/** The band that is brought to one loudness, and where it is measured. */
#define BAND_LOW_HZ 80.0
#define BAND_HIGH_HZ 5000.0

enum {
    BAND_POINTS = 96,     ///< spaced evenly in octaves
    CONVERT_QUALITY = 10, ///< the best of SpeexDSP: it is done once
    CONVERT_TAIL = 512,   ///< silent frames that push the last sound out of the filter
};

/** Converts a channel into `room` new frames, without the filter's delay. */
static bool convert_channel(SpeexResamplerState *resampler, const float *in, uint32_t count,
                            float *out, uint32_t room, float scale)
{
    static const float silence[CONVERT_TAIL] = {0.0f};
    uint32_t made = 0;
    for (uint32_t from = 0; made < room;) {
        uint32_t used = from < count ? count - from : CONVERT_TAIL, got = room - made;
        if (speex_resampler_process_float(resampler, 0, from < count ? in + from : silence, &used,
                                          out + made, &got) != RESAMPLER_ERR_SUCCESS)
            return false;
        from += from < count ? used : 0;
        made += got;
    }
    for (uint32_t i = 0; i < room; ++i)
        out[i] *= scale;
    return true;
}

bool response_convert(struct response *response, double from_rate, double to_rate)
{
    if (from_rate == to_rate)
        return true;
    const double ratio = to_rate / from_rate;
    const uint32_t room = (uint32_t)ceil(response->count * ratio);
    bool good = true;
    for (unsigned c = 0; good && c < response->channels; ++c) {
        int error = 0;
        float *taps = malloc(room * sizeof *taps);
        SpeexResamplerState *resampler = speex_resampler_init(
            1, (uint32_t)lrint(from_rate), (uint32_t)lrint(to_rate), CONVERT_QUALITY, &error);
        good = taps && resampler && speex_resampler_skip_zeros(resampler) == 0 &&
               convert_channel(resampler, response->taps[c], response->count, taps, room,
                               (float)(1.0 / ratio));
        if (resampler)
            speex_resampler_destroy(resampler);
        free(response->taps[c]);
        response->taps[c] = taps;
    }
    response->count = room;
    return good;
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
