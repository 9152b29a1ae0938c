/* SPDX-License-Identifier: ISC */
/* The inside of a training, for trainer.c and checkpoint.c. */
#ifndef TRAINER_INSIDE_H
#define TRAINER_INSIDE_H

#include "soap.h"
#include "team.h"
#include "trainer.h"

/** The stages of a run. */
enum { STAGE_PATH, STAGE_WHOLE };

/** The model that did best in the validations of a stage. */
struct best {
    float *values;
    double esr, seconds; ///< NaN before the first; when it was found
};

/** A training under way. */
struct trainer {
    const struct train_options *options;
    const struct train_hooks *hooks;
    const struct train_set *validation;
    json_t *identity; ///< of the run: identity.h
    struct loss loss;
    const struct xl_config *whole;
    bool has_path;         ///< the whole network has a path to start from, and this is
    struct xl_config path; ///< its network,
    struct xl_plan path_plan;
    struct best path_best; ///< and, in the second stage, the best of the first

    /* Of the present stage. */
    int64_t stage;
    const struct xl_config *config;
    struct xl_plan plan, plain_plan; ///< with and without the tape
    struct job job;
    struct soap soap;
    float *packed, *rest;
    struct best best;
    struct team team;

    /* What a checkpoint holds besides the arrays above. */
    struct train_progress progress;
    double next;                            ///< share of the run at which validation is due
    double best_share;                      ///< when the stage's best was found
    double from, from_seconds, from_epochs; ///< where the stage began
    double train_error, train_frames;       ///< sums since the last validation
    uint64_t best_update, from_update;
    struct train_point *curve; ///< all validations
    size_t points;

    double reached;                 ///< share of the run that is over
    double started, reported, kept; ///< clock readings; `started` as if never interrupted
};

/** Points that a learning curve may have: one for each validation, the first update's of each
 *  stage, that of an interruption, and one for rounding. */
static inline size_t trainer_points(const struct train_options *options)
{
    return (size_t)options->validations + 4;
}

/** The best model of the run so far: the path's if the whole network never did as well. */
const struct best *trainer_best(const struct trainer *trainer);
/** Share of the run at which the present stage ends. */
double trainer_stage_end(const struct trainer *trainer);
/** Starts the clock of the run, or of what is left of it, at the seconds of its progress. */
void trainer_start_clock(struct trainer *trainer);
/** Notes that a stage begins. */
void trainer_begin_stage(struct trainer *trainer);
/** Runs the present stage, which is prepared, to its end. */
enum train_end trainer_loop(struct trainer *trainer);

#endif
