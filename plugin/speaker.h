/* SPDX-License-Identifier: ISC */
/* The place of the cabinet in the way of the sound: which one plays, the fade between two, on and
 * off. All fades are of equal amplitude: unlike two models, two responses leave what they are fed
 * much alike.
 *
 * To a cabinet that did not hear the past, sound would begin with a jump, and long after the fade
 * the response would repeat that click. So a new one is fed with sound that rises as gently as the
 * fade. Real-time, all of it. */
#ifndef PLUGIN_SPEAKER_H
#define PLUGIN_SPEAKER_H

#include "cabinet.h"
#include "ramp.h"

enum { SPEAKER_CHUNK = 256 }; ///< most frames of a call

struct speaker {
    unsigned channels;
    uint32_t fade_frames;    ///< length of every fade
    uint32_t fade_at;        ///< frames of the fade done; fade_frames: none goes on
    struct ramp share;       ///< of the sound that goes through a cabinet: 1 on, 0 off
    struct cabinet *playing; ///< NULL: sound passes unchanged
    struct cabinet *fading;  ///< what played before, while a fade goes on
    uint32_t playing_risen;  ///< frames of the rise of what is fed that are done; likewise
    uint32_t fading_risen;
    float now[CHANNELS_MAX][SPEAKER_CHUNK], before[CHANNELS_MAX][SPEAKER_CHUNK];
};

/** Off, without a cabinet. */
void speaker_init(struct speaker *speaker, unsigned channels, uint32_t fade_frames);

/** Forgets all sound; ends a fade if one goes on. `gently`: sound goes on, so feed it rising. */
void speaker_reset(struct speaker *speaker, bool gently) XLSTM_REALTIME;

/** On or off, over the fade's time or at once. */
void speaker_set(struct speaker *speaker, bool on, bool at_once) XLSTM_REALTIME;

/** Whether a fade between cabinets goes on. */
bool speaker_fades(const struct speaker *speaker) XLSTM_REALTIME;

/** Ends a fade of which nothing is heard. */
void speaker_skip_fade(struct speaker *speaker) XLSTM_REALTIME;

/** Starts to fade to another cabinet, which the speaker keeps. Only if no fade goes on. */
void speaker_take(struct speaker *speaker, struct cabinet *cabinet) XLSTM_REALTIME;

/** Hands out the old cabinet after the end of a fade. NULL: there is none. */
struct cabinet *speaker_retire(struct speaker *speaker) XLSTM_REALTIME;

/** Plays up to SPEAKER_CHUNK frames of every channel in place; off, or without a cabinet, does
 *  nothing. */
void speaker_run(struct speaker *speaker, float *const *sound, uint32_t frames) XLSTM_REALTIME;

#endif
