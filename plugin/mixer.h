/* SPDX-License-Identifier: ISC */
/* From the host's input to its output:
 *
 *     in -+- gate, gain, level -> voice, loudness -> fade of two voices -> DC blocker, speaker -+-
 *         +- as late as the voice ---------------------------------------------------- dry ----+
 *                                                                     -> mix, gain, bypass -> out
 *
 * Knows nothing of LV2. All but mixer_init() is real-time. */
#ifndef PLUGIN_MIXER_H
#define PLUGIN_MIXER_H

#include "dc_blocker.h"
#include "gate.h"
#include "levels.h"
#include "ports.h"
#include "ramp.h"
#include "speaker.h"
#include "voice.h"

enum { MIXER_CHUNK = 256 }; ///< most frames that are worked on at once

/** What the host's controls say, within their ranges. */
struct controls {
    bool enabled;
    float input_db, output_db;
    float mix;     ///< 0 dry … 1 wet
    float gate_db; ///< see gate_set()
    bool dc_blocker, normalise, calibrate, cabinet;
    float interface_dbu; ///< see levels_set()
    float knobs[KNOBS];  ///< positions: see voice_set_knob()
};

/** A stretch of sound, channel by channel. */
typedef float mixer_block[CHANNELS_MAX][MIXER_CHUNK];

/** The audio thread's; `playing` and `fading` are handed in and back whole. */
struct mixer {
    unsigned channels;
    uint32_t fade_frames; ///< length of every fade
    bool fresh;           ///< controls jump to where they should be, nothing was heard yet
    bool asleep;          ///< bypassed for good: the voices do not run
    bool knobs_due;       ///< the voices do not know the knobs yet
    struct ramp input_gain, output_gain, mix, enabled;
    struct ramp knobs[KNOBS];
    struct gate gate;
    struct levels levels;
    struct dc_blocker dc_blocker;
    struct speaker speaker;
    struct voice *playing; ///< NULL: sound passes unchanged
    struct voice *fading;  ///< what played before, while a fade goes on
    uint32_t fade_at;      ///< frames of the fade done; fade_frames: none goes on
    mixer_block in, driven, wet, dry, old_wet, old_dry;
    float input_steps[MIXER_CHUNK], drive_steps[MIXER_CHUNK];
    float gain_steps[MIXER_CHUNK], mix_steps[MIXER_CHUNK], enabled_steps[MIXER_CHUNK];
};

/** At rest, without a voice. */
void mixer_init(struct mixer *mixer, unsigned channels, double rate);

/** Forgets all sound; the next controls apply at once. Ends a fade first if one goes on. */
void mixer_start(struct mixer *mixer) XLSTM_REALTIME;

/** Whether a fade goes on. */
bool mixer_fades(const struct mixer *mixer) XLSTM_REALTIME;

/** Starts to fade to another voice, which the mixer keeps. Only if none goes on. */
void mixer_take(struct mixer *mixer, struct voice *voice) XLSTM_REALTIME;

/** Hands out the old voice after the end of a fade. NULL: there is none. */
struct voice *mixer_retire(struct mixer *mixer) XLSTM_REALTIME;

/** Applies the controls from the next frame on, smoothly. */
void mixer_set(struct mixer *mixer, const struct controls *controls) XLSTM_REALTIME;

/** Processes any number of frames, in place or not. A channel without input is silent; one without
 *  output is not written. */
void mixer_run(struct mixer *mixer, const float *const *in, float *const *out,
               uint32_t frames) XLSTM_REALTIME;

/** Frames by which the output is late. */
uint32_t mixer_latency(const struct mixer *mixer) XLSTM_REALTIME;

#endif
