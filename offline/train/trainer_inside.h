/* SPDX-License-Identifier: ISC */
/* The inside of a training, for trainer.c and checkpoint.c. */
#ifndef TRAINER_INSIDE_H
#define TRAINER_INSIDE_H

#include "adam.h"
#include "team.h"
#include "trainer.h"

/** A training under way. */
struct trainer {
    const struct train_options *options;
    const struct train_hooks *hooks;
    const struct train_set *validation;
    json_t *identity;                ///< of the run: identity.h
    struct xl_plan plan, plain_plan; ///< with and without the tape
    struct loss loss;
    struct job job;
    struct adam adam;
    float *packed, *rest;
    float *best; ///< values
    struct team team;

    /* What a checkpoint holds besides the arrays above. */
    struct train_progress progress;
    double next;                     ///< share of the run at which validation is due
    double best_share, best_seconds; ///< when the best was found
    uint64_t best_update;
    double train_error, train_frames; ///< sums since the last validation
    struct train_point *curve;        ///< room for all validations
    size_t points;

    double started, reported, kept; ///< clock readings; `started` as if never interrupted
};

/** Points that a learning curve may have: one for each validation, the first update's, and one for
 *  rounding. */
static inline size_t trainer_points(const struct train_options *options)
{
    return (size_t)options->validations + 2;
}

#endif
