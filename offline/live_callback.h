/* SPDX-License-Identifier: ISC */
/* What the audio thread of `xlstm live` may touch, all of it. live_callback.c allocates, locks,
 * waits and prints nothing. */
#ifndef LIVE_CALLBACK_H
#define LIVE_CALLBACK_H

#include "xlstm.h"

#include <portaudio.h>
#include <stdatomic.h>

/** Most channels that are played at once. */
enum { LIVE_CHANNELS = 2 };

/** Frames that are worked through at once; a longer callback takes several rounds. */
enum { LIVE_CHUNK = 512 };

/** What the audio thread tells. It alone adds; the screen reads, and takes the peaks. */
struct live_meters {
    atomic_uint peak_in, peak_out;    ///< bits of a float: they order as their numbers do
    atomic_ulong frames;              ///< played so far
    atomic_ulong underruns, overruns; ///< dropouts of output and of input
};

/** Filled before the device starts; from then on the audio thread's, but for the meters. */
struct live_audio {
    xlstm_stream *stream;
    unsigned inputs;         ///< channels of the device's interleaved input
    unsigned outputs;        ///< channels of its output
    unsigned first;          ///< input channel that is played first
    unsigned channels;       ///< channels of the stream; the last is repeated up to `outputs`
    float gain, output_gain; ///< factors
    struct live_meters meters;
    float samples[LIVE_CHANNELS][LIVE_CHUNK];
};

/** PortAudio's callback; `user` is a struct live_audio. Real-time. */
PaStreamCallback live_callback;

/** Takes a peak and starts it anew. For the other thread. */
float live_take_peak(atomic_uint *peak);

#endif
