/* SPDX-License-Identifier: ISC */
/* One session of playing live: devices opened, the callback fed, the meters shown, until it ends.
 */
#ifndef LIVE_SESSION_H
#define LIVE_SESSION_H

#include "xlstm.h"

/** What was asked for. */
struct live_wish {
    const char *input, *output; ///< devices: numbers or parts of names; NULL: the defaults
    double rate;                ///< Hz
    double time;                ///< s; 0: until a signal
    long block;                 ///< frames; 0: as the device likes
    long channel;               ///< input channel, from 1 on
    bool stereo;                ///< that channel and the next
    double gain, output_gain;   ///< dB
};

/** What became of it. */
struct live_outcome {
    double seconds;           ///< of sound played
    double peak_in, peak_out; ///< 1: full scale
    double load;              ///< the largest seen; 1: all of the time
    unsigned long underruns, overruns;
    bool dead; ///< the device stopped by itself
};

/** Plays through `stream`, which has two channels for stereo, else one, until a signal (SIGINT,
 *  SIGTERM, SIGHUP), the end of the time, or of the device. PortAudio must be up. False, with a
 *  reason, if it did not come to play or the device died. PortAudio waits for ever for a dead JACK
 *  server, so after that nothing may be closed or freed: the process has to end. */
bool live_play(const struct live_wish *wish, xlstm_stream *stream, struct live_outcome *outcome,
               struct xlstm_error *error);

#endif
