/* SPDX-License-Identifier: ISC */
/* Removes a constant: a high-pass of the first order at 10 Hz, blended in and out. Costs nothing
 * when off. Real-time, all of it. */
#ifndef PLUGIN_DC_BLOCKER_H
#define PLUGIN_DC_BLOCKER_H

#include "ports.h"
#include "ramp.h"
#include "xlstm.h"

/** Where it is 3 dB down: below the lowest note of a five-string bass by more than an octave. */
#define DC_BLOCKER_HZ 10.0

struct dc_blocker {
    unsigned channels;
    double pole;
    struct ramp share;         ///< of the filtered sound
    double in[CHANNELS_MAX];   ///< the last frame
    double kept[CHANNELS_MAX]; ///< what was made of it
};

/** At rest and off. */
void dc_blocker_init(struct dc_blocker *blocker, unsigned channels, double rate);

/** Forgets all sound. */
void dc_blocker_reset(struct dc_blocker *blocker) XLSTM_REALTIME;

/** On or off, over that many frames; 0: at once. */
void dc_blocker_set(struct dc_blocker *blocker, bool on, uint32_t frames) XLSTM_REALTIME;

/** Filters frames of every channel in place; off, does nothing. */
void dc_blocker_run(struct dc_blocker *blocker, float *const *sound,
                    uint32_t frames) XLSTM_REALTIME;

#endif
