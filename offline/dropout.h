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

/** Clarity from which a jump is one: the correlation of what lies before it and behind it, times
 *  the factor by which that stands out. Of unrelated sounds the clarity is below 0.35; where
 * samples are lost it is 1 to 7, and less only where little is heard. */
#define DROPOUT_CLEAR 0.5

/** Finds the clearest jump. There is none if its clarity is below DROPOUT_CLEAR. False: out of
 *  memory. */
bool dropout_find(const struct responses *responses, struct dropout *found);

/** Makes the segments behind a jump answer where those before it do. */
void dropout_undo(struct responses *responses, const struct dropout *dropout);

/** Tells the samples of a jump more exactly, once all jumps are undone, and undoes the rest. False:
 *  out of memory. */
bool dropout_refine(struct responses *responses, struct dropout *dropout);

/** What the place of a jump is told by. */
struct dropout_sounds {
    const float *dry, *wet; ///< whitened
    size_t dry_frames, wet_frames;
    long lag;              ///< of the wet sound before the jump
    const float *response; ///< RESPONSE_POINTS points of the segments about it; begins at point 0
};

/** Where a jump lies, in the frames of the dry sound. */
size_t dropout_locate(const struct responses *responses, const struct dropout *dropout,
                      const struct dropout_sounds *sounds);

#endif
