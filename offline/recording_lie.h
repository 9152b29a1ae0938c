/* SPDX-License-Identifier: ISC */
/* How a wet take lies against a dry one. */
#ifndef RECORDING_LIE_H
#define RECORDING_LIE_H

#include "recording_spans.h"

struct lie {
    long lag;              ///< wet[n + lag] answers to dry[n], up to the first dropout
    double confidence;     ///< align.h's scale
    struct span_list lost; ///< of the dry take, where there is no answer
    size_t dropout_count;
    /** In order, at frames of the dry take. Each changes the lag by its `samples`. */
    struct recording_dropout dropouts[RECORDING_DROPOUTS];
};

/** Makes one of the jumps inside a passage without an answer, which are guesses: at its end, or
 * none if it is the beginning. */
void lie_join(struct lie *lie, const struct recording_span *lost);

/** Frees the list in it. */
void lie_free(struct lie *lie);

/** The lag at a frame of the dry take. */
long lie_lag(const struct lie *lie, size_t frame);

#endif
