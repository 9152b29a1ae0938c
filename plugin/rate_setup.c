/* SPDX-License-Identifier: ISC */
/* Making and freeing rate converters. */
#include "rate.h"

#include <math.h>
#include <stdlib.h>

/** The least of SpeexDSP's qualities that keeps 18 kHz within 0.1 dB, or where the lower rate is
 * too low for that, 0.4 of it. Of 44.1 kHz quality 3 keeps 18 kHz if the rate changes by little. */
static int quality_for(uint32_t host_rate, uint32_t model_rate)
{
    static const double promise = 18000, kept = 0.4, possible = 0.45;
    enum { LEAST_QUALITY = 3, MORE_QUALITY = 4, FAR = 2 };
    const double lower = host_rate < model_rate ? host_rate : model_rate;
    const double higher = host_rate < model_rate ? model_rate : host_rate;
    const bool close = promise > kept * lower && promise < possible * lower;
    return close && higher >= FAR * lower ? MORE_QUALITY : LEAST_QUALITY;
}

/** Frames at rate `to` that `frames` at rate `from` last, rounded up. */
static uint32_t convert_up(uint32_t frames, uint32_t from, uint32_t to)
{
    return (uint32_t)(((uint64_t)frames * to + from - 1) / from);
}

static bool within_limits(double a, double b)
{
    return a >= 1.0 && b >= 1.0 && a <= UINT32_MAX / RATE_MAX_RATIO &&
           b <= UINT32_MAX / RATE_MAX_RATIO && a <= b * RATE_MAX_RATIO && b <= a * RATE_MAX_RATIO;
}

/** The way back starts without its filter's delay (rate_reset() skips it), so it lacks the frames
 *  of that delay at first; the queue starts with as many silent frames. No more are needed, as both
 *  resamplers round the number of frames up. The whole delay is then a whole number of frames. */
static bool make_resamplers(struct rate *rate)
{
    int error = 0;
    const int quality = quality_for(rate->host_rate, rate->model_rate);
    rate->to_model =
        speex_resampler_init(rate->channels, rate->host_rate, rate->model_rate, quality, &error);
    rate->to_host =
        speex_resampler_init(rate->channels, rate->model_rate, rate->host_rate, quality, &error);
    if (!rate->to_model || !rate->to_host)
        return false;
    const uint32_t back = (uint32_t)speex_resampler_get_input_latency(rate->to_host);
    rate->lead = convert_up(back, rate->model_rate, rate->host_rate);
    rate->latency = (uint32_t)speex_resampler_get_input_latency(rate->to_model) + rate->lead;
    return true;
}

static bool make_buffers(struct rate *rate)
{
    rate->model_frames = convert_up(rate->max_frames, rate->host_rate, rate->model_rate) + 1;
    rate->queue_room =
        rate->lead + rate->max_frames + convert_up(1, rate->model_rate, rate->host_rate) + 1;
    rate->at_model = calloc(rate->channels, rate->model_frames * sizeof *rate->at_model);
    rate->queue = calloc(rate->channels, rate->queue_room * sizeof *rate->queue);
    return rate->at_model && rate->queue;
}

struct rate *rate_new(unsigned channels, double host_rate, double model_rate, uint32_t max_frames)
{
    if (!within_limits(host_rate, model_rate))
        return NULL;
    struct rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return NULL;
    rate->channels = channels;
    rate->host_rate = (uint32_t)lrint(host_rate);
    rate->model_rate = (uint32_t)lrint(model_rate);
    rate->max_frames = max_frames;
    if (!make_resamplers(rate) || !make_buffers(rate)) {
        rate_free(rate);
        return NULL;
    }
    rate_reset(rate);
    return rate;
}

void rate_free(struct rate *rate)
{
    if (!rate)
        return;
    if (rate->to_model)
        speex_resampler_destroy(rate->to_model);
    if (rate->to_host)
        speex_resampler_destroy(rate->to_host);
    free(rate->at_model);
    free(rate->queue);
    free(rate);
}
