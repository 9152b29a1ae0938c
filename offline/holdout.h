/* SPDX-License-Identifier: ISC */
/* Which passages of a recording training never sees.
 *
 * Validation chooses the best model, the test tells how good that is. Each gets up to four
 * passages, a tenth of what is usable but no more than 20 s, spread over the recording by turns;
 * the passages of either are as loud, from soft to loud, as the recording is. The test signal says
 * itself what is for what. A choice holds for all recordings of one dry file: what is kept from
 * training at one position of a knob is so at all of them. */
#ifndef HOLDOUT_H
#define HOLDOUT_H

#include "recording_spans.h"

/** Frames of the dry file. */
struct holdout {
    struct span_list validation, test;
    struct span_list unused; ///< of no use for any of the three
};

/** Frames of a recording, in its spans. */
struct holdout_parts {
    struct span_list train, validation, test;
};

/** Chooses passages for validation and for test, for those of the two that are asked for. Lists may
 *  stay empty if little is usable. False: out of memory. holdout_free() in any case. */
bool holdout_choose(const struct recording *recording, bool for_validation, bool for_test,
                    struct holdout *chosen);

/** Cuts a recording of the same dry file. False: out of memory. holdout_parts_free() in any case.
 */
bool holdout_cut(const struct holdout *chosen, const struct recording *recording,
                 struct holdout_parts *parts);

/** Free the lists; zeroed ones are fine. */
void holdout_free(struct holdout *chosen);
void holdout_parts_free(struct holdout_parts *parts);

#endif
