/* SPDX-License-Identifier: ISC */
/* A model at a multiple of the rate that it was trained at: streams that take turns, so that each
 * hears every `count`-th frame. A recurrent model that ran through all frames would hear a sound
 * that is slower than it is, with other time constants; a stream that hears every second frame of
 * twice the rate hears what it was trained for, and the harmonics that the streams make together
 * fold at the higher rate alone (Carson et al. 2024, state of `count` frames ago). Blocks may have
 * any length; there is no latency. Made in turns_setup.c, run in turns.c. */
#ifndef PLUGIN_TURNS_H
#define PLUGIN_TURNS_H

#include "xlstm.h"

struct turns {
    unsigned lanes, count;  ///< channels of each stream; streams
    unsigned next;          ///< the stream whose turn it is
    uint32_t frames;        ///< room of `lines` for each lane
    xlstm_stream **streams; ///< `count` of them
    float *store;           ///< behind `lines`
    float **lines;          ///< a stream's share of a call, one for each lane
};

/** Makes `count` streams of `lanes` channels at rest, for calls of up to `max_frames`. The model
 *  must outlive them. Not real-time. NULL: out of memory. */
struct turns *turns_new(const xlstm_model *model, unsigned lanes, unsigned count,
                        uint32_t max_frames);

/** NULL is fine. Not real-time. */
void turns_free(struct turns *turns);

/** Puts all streams to rest. Real-time. */
void turns_reset(struct turns *turns) XLSTM_REALTIME;

/** As xlstm_stream_set_knob(). Real-time. */
void turns_set_knob(struct turns *turns, size_t knob, float value) XLSTM_REALTIME;

/** Plays up to `max_frames` frames of every lane, in place or not. Real-time. */
void turns_play(struct turns *turns, const float *const *in, float *const *out,
                uint32_t frames) XLSTM_REALTIME;

#endif
