/* SPDX-License-Identifier: ISC */
/* A voice: one model file made ready to play at the host's rate. Voices are made and freed outside
 * the audio thread (voice_setup.c), handed to it whole, and belong to it until it is done with
 * them (voice.c). */
#ifndef PLUGIN_VOICE_H
#define PLUGIN_VOICE_H

#include "handover.h"
#include "levels.h"
#include "oversample.h"
#include "rate.h"
#include "voice_choice.h"

/** Owns all that it points to, but for `next`. */
struct voice {
    struct parcel parcel;            ///< the first member: see handover.h
    xlstm_model *model;              ///< NULL: the file could not be used
    struct voice_choice choice;      ///< what it was made for
    struct turns *turns;             ///< streams of the model: see rate_plan.h
    struct rate *rate;               ///< NULL if they run at the host's rate or a multiple
    struct oversampler *oversampler; ///< NULL if they do not run at a multiple
    unsigned channels;
    uint32_t latency;           ///< frames by which the voice is late
    uint32_t delay_at;          ///< place in `delay`
    float *delay;               ///< the newest `latency` dry frames of each channel
    struct model_levels levels; ///< what it says of them
    char *sizes; ///< architectures of the file's networks, one a line, the best first; NULL: one
    char path[]; ///< of the file
};

/** Reads a file and makes a voice for calls of up to `max_frames` frames. If the file can't be
 *  used, the voice has no model and says why. Not real-time. NULL: out of memory. */
struct voice *voice_new(const char *path, struct voice_choice choice, double host_rate,
                        unsigned channels, uint32_t max_frames);

/** Frees a list of voices. NULL is fine. Not real-time. */
void voices_free(struct parcel *list);

/** Forgets all sound. Real-time. */
void voice_reset(struct voice *voice) XLSTM_REALTIME;

/** Puts the model to rest, which did not hear the newest frames; the delay goes on. Real-time. */
void voice_wake(struct voice *voice) XLSTM_REALTIME;

/** Sets a knob, whose positions 0, 0.5 and 1 stand for the least, the initial and the greatest
 *  value of the model's knob. Real-time. */
void voice_set_knob(struct voice *voice, size_t knob, float position) XLSTM_REALTIME;

/** Plays frames of every channel; not in place. Real-time. */
void voice_play(struct voice *voice, const float *const *in, float *const *out,
                uint32_t frames) XLSTM_REALTIME;

/** Delays frames as much as voice_play() does, and nothing else; not in place. Real-time. */
void voice_delay(struct voice *voice, const float *const *in, float *const *out,
                 uint32_t frames) XLSTM_REALTIME;

#endif
