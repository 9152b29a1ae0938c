/* SPDX-License-Identifier: ISC */
/* A cabinet: the impulse response of one file, ready to be heard at the host's rate. Like voices,
 * cabinets are made and freed outside of the audio thread and belong to it in between. One without
 * a file passes sound unchanged. */
#ifndef PLUGIN_CABINET_H
#define PLUGIN_CABINET_H

#include "convolver.h"
#include "handover.h"
#include "ports.h"

enum { CABINET_TEXT_BYTES = 160 };

struct cabinet {
    struct parcel parcel; ///< the first member: see handover.h
    unsigned channels;
    struct convolver *convolvers[CHANNELS_MAX]; ///< NULL: none
    char about[CABINET_TEXT_BYTES];             ///< one sentence for the user, or ""
    char path[];                                ///< of the file; "": none
};

/** Reads a file and makes a cabinet of it. A file of one channel serves all channels, of one with
 *  two the mono plugin takes the left. If the file can't be used, the cabinet has no convolvers and
 *  says why. Path "": one that passes sound. Not real-time. NULL: out of memory. */
struct cabinet *cabinet_new(const char *path, double host_rate, unsigned channels);

/** Frees a list of cabinets. NULL is fine. Not real-time. */
void cabinets_free(struct parcel *list);

/** Forgets all sound. Real-time. */
void cabinet_reset(struct cabinet *cabinet) XLSTM_REALTIME;

/** Whether it changes sound at all. Real-time. */
bool cabinet_sounds(const struct cabinet *cabinet) XLSTM_REALTIME;

/** Plays frames of every channel, in place or not. Real-time. */
void cabinet_play(struct cabinet *cabinet, float *const *in, float *const *out,
                  uint32_t frames) XLSTM_REALTIME;

#endif
