/* SPDX-License-Identifier: ISC */
/* Samples that a recorder lost or made up: the lag of the wet sound jumps. */
#ifndef DROPOUT_H
#define DROPOUT_H

#include "recording_response.h"

/** Smallest jump that is told from a device that moves, frames. */
enum { DROPOUT_SMALLEST = 6 };

struct dropout {
    size_t segment; ///< the first one behind it, to within a few
    long samples;   ///< that the lag grows by: lost ones are negative
    double clarity; ///< how sure it is, see DROPOUT_CLEAR
};

/** Clarity from which a jump is one: how alike the answers before it and behind it are at the new
 *  lag, times the factor by which that lag stands out. Of unrelated sounds the clarity is below
 * 0.5; where samples are lost it is 1.5 to 10, and less only where little is heard. */
#define DROPOUT_CLEAR 1.0

/** Finds the clearest jump. There is none if its clarity is below DROPOUT_CLEAR. False: out of
 *  memory. */
bool dropout_find(const struct responses *responses, struct dropout *found);

/** Makes the segments behind a jump answer where those before it do. */
void dropout_undo(struct responses *responses, const struct dropout *dropout);

/** Tells the samples of a jump more exactly, once all jumps are undone, and undoes the rest. False:
 *  out of memory. */
bool dropout_refine(struct responses *responses, struct dropout *dropout);

/** Where a jump lies, in the frames of the dry sound. `lag` is the lag before it; `response` that
 * of the segments about it, with its beginning at point 0. */
size_t dropout_locate(const struct responses *responses, const struct dropout *dropout, long lag,
                      const float response[RESPONSE_POINTS], const struct response_sounds *sounds);

#endif
