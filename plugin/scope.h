/* SPDX-License-Identifier: ISC */
/* A picture of what goes in against what comes out: pairs of the two at the same moment of the
 * music, from a rising zero crossing of the input on, so that a held note stands still. Knows
 * nothing of LV2. All but scope_init() is real-time. */
#ifndef PLUGIN_SCOPE_H
#define PLUGIN_SCOPE_H

#include "xlstm.h"

enum {
    SCOPE_POINTS = 256,      ///< pairs of one picture
    SCOPE_RATE = 12000,      ///< pairs per second, about: a picture spans 21 ms
    SCOPE_LATENCY_MAX = 4095 ///< frames that the input can be held back; a power of two less 1
};

struct scope {
    uint32_t stride; ///< frames that make one pair, by their mean
    uint32_t frames; ///< frames in the sums so far
    float sum_in, sum_out;
    float last;        ///< input side of the pair before
    uint32_t patience; ///< pairs left to wait for a crossing
    uint32_t count;    ///< pairs of the picture; SCOPE_POINTS: it is whole
    float in[SCOPE_POINTS], out[SCOPE_POINTS];
    uint32_t at;                       ///< place in `held`
    float held[SCOPE_LATENCY_MAX + 1]; ///< newest input
};

void scope_init(struct scope *scope, double rate);

/** Begins the next picture. */
void scope_start(struct scope *scope) XLSTM_REALTIME;

/** Whether a picture is whole; it stays as it is until scope_start(). */
bool scope_whole(const struct scope *scope) XLSTM_REALTIME;

/** Hears one frame; the output is `latency` frames late. */
void scope_hear(struct scope *scope, float in, float out, uint32_t latency) XLSTM_REALTIME;

#endif
