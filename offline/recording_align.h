/* SPDX-License-Identifier: ISC */
/* Finds how a wet take lies against a dry one: latency, drift of the clock, lost samples. */
#ifndef RECORDING_ALIGN_H
#define RECORDING_ALIGN_H

#include "recording_take.h"

struct lie {
    long lag;              ///< wet[n + lag] answers to dry[n], up to the first dropout
    double confidence;     ///< align.h's scale
    struct span_list lost; ///< of the dry take, where there is no answer
    size_t dropout_count;
    /** In order, at frames of the dry take. Each changes the lag by its `samples`. */
    struct recording_dropout dropouts[RECORDING_DROPOUTS];
};

/** Renders both takes at `rate`, the wet one on the dry one's clock, and finds how they lie. Says
 *  what it finds. False, with a sentence that names the file, if they have nothing to do with each
 *  other, if too much is lost, or out of memory. lie_free() in any case. */
bool recording_align(struct recording *recording, struct take *dry, struct take *wet, double rate,
                     struct lie *lie, struct xlstm_error *error);

/** Frees the list in it. */
void lie_free(struct lie *lie);

/** The lag at a frame of the dry take. */
long lie_lag(const struct lie *lie, size_t frame);

#endif
