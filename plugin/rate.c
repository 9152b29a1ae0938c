/* SPDX-License-Identifier: ISC */
/* The audio thread's part of rate conversion: never allocates. */
#include "rate.h"

#include "ports.h"

#include <string.h>

void rate_reset(struct rate *rate)
{
    speex_resampler_reset_mem(rate->to_model);
    speex_resampler_reset_mem(rate->to_host);
    speex_resampler_skip_zeros(rate->to_host);
    memset(rate->queue, 0, rate->channels * rate->queue_room * sizeof *rate->queue);
    rate->queued = rate->lead;
}

/** Converts what a channel got to the model's rate; returns the number of frames there. */
static uint32_t convert_in(struct rate *rate, unsigned channel, const float *in, uint32_t frames)
{
    uint32_t used = frames, made = rate->model_frames;
    speex_resampler_process_float(rate->to_model, channel, in, &used,
                                  rate->at_model + (size_t)channel * rate->model_frames, &made);
    return made;
}

/** Appends what the model made of a channel to its queue; returns the new length of the queue. */
static uint32_t convert_out(struct rate *rate, unsigned channel, uint32_t model_frames)
{
    uint32_t used = model_frames, made = rate->queue_room - rate->queued;
    speex_resampler_process_float(
        rate->to_host, channel, rate->at_model + (size_t)channel * rate->model_frames, &used,
        rate->queue + (size_t)channel * rate->queue_room + rate->queued, &made);
    return rate->queued + made;
}

/** Moves the oldest frames of a channel's queue of `queued` frames out. */
static void take(struct rate *rate, unsigned channel, uint32_t queued, float *out, uint32_t frames)
{
    float *queue = rate->queue + (size_t)channel * rate->queue_room;
    memcpy(out, queue, frames * sizeof *out);
    memmove(queue, queue + frames, (queued - frames) * sizeof *queue);
}

void rate_play(struct rate *rate, struct turns *turns, const float *const *in, float *const *out,
               uint32_t frames)
{
    float *at_model[CHANNELS_MAX];
    uint32_t model_frames = 0, queued = 0;
    for (unsigned c = 0; c < rate->channels; ++c) {
        at_model[c] = rate->at_model + (size_t)c * rate->model_frames;
        model_frames = convert_in(rate, c, in[c], frames);
    }
    turns_play(turns, (const float *const *)at_model, at_model, model_frames);
    for (unsigned c = 0; c < rate->channels; ++c) {
        queued = convert_out(rate, c, model_frames);
        take(rate, c, queued, out[c], frames);
    }
    rate->queued = queued - frames;
}
