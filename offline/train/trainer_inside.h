/* SPDX-License-Identifier: ISC */
/* The inside of a training, for trainer.c and checkpoint.c. */
#ifndef TRAINER_INSIDE_H
#define TRAINER_INSIDE_H

#include "soap.h"
#include "team.h"
#include "trainer.h"

/** The stages of a run. */
enum { STAGE_PATH, STAGE_WHOLE };

/** A training under way. */
struct trainer {
    const struct train_options *options;
    const struct train_hooks *hooks;
    const struct train_set *validation;
    json_t *identity; ///< of the run: identity.h
    struct loss loss;
    const struct xl_config *whole;
    struct xl_config path; ///< of its path, if it has one to start from
    bool has_path;

    /* Of the present stage. */
    int64_t stage;
    const struct xl_config *config;
    struct xl_plan plan, plain_plan; ///< with and without the tape
    struct job job;
    struct soap soap;
    float *packed, *rest;
    float *best; ///< values
    struct team team;

    /* What a checkpoint holds besides the arrays above. */
    struct train_progress progress;
    double next;                            ///< share of the run at which validation is due
    double best_share, best_seconds;        ///< when the best was found
    double from, from_seconds, from_epochs; ///< where the stage began
    double train_error, train_frames;       ///< sums since the last validation
    uint64_t best_update, from_update;
    struct train_point *curve; ///< all validations
    size_t points;

    double reached;                 ///< share of the run that is over
    double started, reported, kept; ///< clock readings; `started` as if never interrupted
};

/** Points that a learning curve may have: one for each validation, the first update's of each
 *  stage, and one for rounding. */
static inline size_t trainer_points(const struct train_options *options)
{
    return (size_t)options->validations + 3;
}

/** Share of the run at which the present stage ends. */
double trainer_stage_end(const struct trainer *trainer);
/** Starts the clock of the run, or of what is left of it. */
void trainer_start_clock(struct trainer *trainer);
/** Notes that a stage begins. */
void trainer_begin_stage(struct trainer *trainer);
/** Runs the present stage, which is prepared, to its end. */
enum train_end trainer_loop(struct trainer *trainer);

#endif
