/* SPDX-License-Identifier: ISC */
/* Runs a stream at its model's sample rate inside a host of another rate: up or down to the model,
 * through it, and back. Sound comes out a whole number of frames late, and as many frames as go in,
 * whatever the block length. Linear phase; 0.1 dB flat to 18 kHz where both rates are 44.1 kHz or
 * more. Created in rate_setup.c, run in rate.c. */
#ifndef PLUGIN_RATE_H
#define PLUGIN_RATE_H

#include "xlstm.h"

#include <speex/speex_resampler.h>

/** How it converts. */
enum {
    RATE_QUALITY = 3,    ///< the least of SpeexDSP's that keeps 18 kHz within 0.1 dB at 44.1 kHz
    RATE_MAX_RATIO = 16, ///< between the two rates, either way
};

/** A converter. Made off the audio thread, run on it. */
struct rate {
    unsigned channels;
    uint32_t host_rate, model_rate; ///< Hz
    uint32_t max_frames;            ///< longest call, host frames
    uint32_t model_frames;          ///< room of `at_model` for each channel
    uint32_t latency;               ///< host frames
    uint32_t lead;                  ///< silent frames at the head of the queue after a reset
    SpeexResamplerState *to_model, *to_host;
    float *at_model; ///< model_frames for each channel
    float *queue;    ///< frames back at the host's rate that are not due yet: see queue_room
    uint32_t queue_room, queued; ///< for each channel
};

/** Makes a converter at rest for calls of up to `max_frames`. Not real-time.
 *  NULL: out of memory, or rates outside of RATE_MAX_RATIO. */
struct rate *rate_new(unsigned channels, double host_rate, double model_rate, uint32_t max_frames);

/** NULL is fine. Not real-time. */
void rate_free(struct rate *rate);

/** Forgets all sound. Real-time. */
void rate_reset(struct rate *rate) XLSTM_REALTIME;

/** Plays up to `max_frames` frames of every channel through the stream. Real-time. */
void rate_play(struct rate *rate, xlstm_stream *stream, const float *const *in, float *const *out,
               uint32_t frames) XLSTM_REALTIME;

#endif
