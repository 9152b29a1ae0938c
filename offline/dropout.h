/* SPDX-License-Identifier: ISC */
/* Samples that a recorder lost or made up: the lag of the wet sound jumps. */
#ifndef DROPOUT_H
#define DROPOUT_H

#include "recording_response.h"

/** Smallest jump that is told from a device that moves, frames. */
enum { DROPOUT_SMALLEST = 6 };

struct dropout {
    size_t segment; ///< the first one behind it, to within one
    long samples;   ///< that the lag grows by: lost ones are negative
    double clarity; ///< how far the new lag beats the old one
};

/** Clarity from which a jump is one. */
#define DROPOUT_CLEAR 3.0

/** Finds the clearest jump. There is none if its clarity is below DROPOUT_CLEAR. False: out of
 *  memory. */
bool dropout_find(const struct responses *responses, struct dropout *found);

/** Makes the segments behind a jump answer where those before it do. */
void dropout_undo(struct responses *responses, const struct dropout *dropout);

/** Tells the samples of a jump more exactly, once all jumps are undone, and undoes the rest. False:
 *  out of memory. */
bool dropout_refine(struct responses *responses, struct dropout *dropout);

/** Where a jump lies, in the frames of the dry sound. Both sounds are whitened; `lag` is the lag
 *  before it; `response` is that of the segments about it, with its point 0 at `lag`. */
size_t dropout_locate(const struct responses *responses, const struct dropout *dropout,
                      const float response[RESPONSE_POINTS], long lag, const float *dry,
                      size_t dry_frames, const float *wet, size_t wet_frames);

#endif
