/* SPDX-License-Identifier: ISC */
/* Twice or more the sample rate, as planes: plane p of a channel holds every `factor`-th sample,
 * from the p-th on. The way up and the way down are the same linear-phase filter, a sinc under a
 * Kaiser window, whose delay is a whole number of frames. Made in oversample_setup.c, run in
 * oversample.c. */
#ifndef PLUGIN_OVERSAMPLE_H
#define PLUGIN_OVERSAMPLE_H

#include "ports.h"
#include "xlstm.h"

enum { OVERSAMPLE_MOST = 4 }; ///< greatest factor

struct oversampler {
    unsigned channels, factor;
    uint32_t delay;   ///< frames, of each way
    uint32_t history; ///< frames before the newest that the filter sees: twice the delay
    uint32_t room;    ///< frames of a line: history and the longest call
    float *taps;      ///< `history` of each plane but plane 0, where the filter is a mere delay
    float *inputs;    ///< a line for each channel
    float *lines;     ///< a line for each plane of each channel
    float *planes[CHANNELS_MAX * OVERSAMPLE_MOST]; ///< the newest frames of those lines
};

/** Makes an oversampler at rest, for calls of up to `max_frames`. It is flat within 0.01 dB to
 *  18 kHz, or to 0.4 of a rate of less than 45 kHz, and what aliases into that band is 80 dB down.
 *  Not real-time. NULL: out of memory. */
struct oversampler *oversampler_new(unsigned channels, unsigned factor, double rate,
                                    uint32_t max_frames);

/** NULL is fine. Not real-time. */
void oversampler_free(struct oversampler *oversampler);

/** Frames by which a sound is late that went up and down. Real-time. */
uint32_t oversampler_latency(const struct oversampler *oversampler) XLSTM_REALTIME;

/** Forgets all sound. Real-time. */
void oversampler_reset(struct oversampler *oversampler) XLSTM_REALTIME;

/** Fills `planes` with as many frames of each channel's planes. Real-time. */
void oversampler_up(struct oversampler *oversampler, const float *const *in,
                    uint32_t frames) XLSTM_REALTIME;

/** Puts together what became of the planes of the last oversampler_up(). Real-time. */
void oversampler_down(struct oversampler *oversampler, float *const *out,
                      uint32_t frames) XLSTM_REALTIME;

#endif
