/* SPDX-License-Identifier: ISC */
#include "trainer.h"

#include "checkpoint.h"
#include "evaluate.h"
#include "identity.h"
#include "initialise.h"
#include "path.h"
#include "schedule.h"
#include "trainer_inside.h"

#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct train_options train_default_options(void)
{
    return (struct train_options){
        .seed = 1,
        .threads = 1,
        .channels = 8,
        .seconds = 60,
        .rate = 0.006,
        .warm_up = 0.02,
        .hold = 0.2,
        .last_rate = 0.02,
        .clip = 1,
        .average = 0.01,
        .slowest = 1000,
        .loss = {.esr = 1, .emphasised = 1},
        .validations = 20,
        .patience = 0.25,
        .path_share = 0.5,
        .path_steps = 2048,
        .path_rate = 0.1,
    };
}

/** Whether some recording holds a window; walkers would look for one for ever. */
static bool has_room(const struct train_set *set, unsigned steps)
{
    for (size_t p = 0; p < set->count; p++)
        if (set->pairs[p].frames >= steps)
            return true;
    return false;
}

/** Frames of the windows that the whole network sees, which a recording has room for. */
static unsigned window_of(const struct trainer *t)
{
    const struct train_options *o = t->options;
    const double share = t->has_path ? 1 - o->path_share : 1;
    unsigned steps = o->steps ? o->steps : schedule_window(o, share, (double)t->plan.macs);
    while (steps > TRAIN_SHORTEST_WINDOW && !has_room(t->job.set, steps))
        steps /= 2;
    return steps;
}

/* ---- stages --------------------------------------------------------------------------------- */

static bool allocate_stage(struct trainer *t)
{
    const struct xl_engine *engine = t->job.engine->engine;
    t->packed = xl_engine_alloc(engine, t->plan.packed + XL_PAD);
    t->rest = xl_engine_alloc(engine, t->plan.state);
    t->best.values = xl_engine_alloc(engine, t->plan.values);
    return t->packed && t->rest && t->best.values && soap_init(&t->soap, &t->plan, t->job.engine);
}

static void free_stage(struct trainer *t)
{
    team_end(&t->team);
    soap_free(&t->soap);
    free(t->packed);
    free(t->rest);
    free(t->best.values);
    t->packed = t->rest = t->best.values = NULL;
    xl_plan_free(&t->plan);
    xl_plan_free(&t->plain_plan);
}

/** The tensors of the path, which knows its task already, learn on at a rate of their own. */
static void slow_path(struct trainer *t)
{
    for (size_t i = 0; i < t->plan.slot_count; i++)
        if (path_owns(t->config, t->plan.slots[i].name))
            t->soap.tensors[i].rate = t->options->path_rate;
}

/** Everything at the start of a stage, but for a checkpoint. */
static bool prepare_stage(struct trainer *t, int64_t stage, struct xlstm_error *error)
{
    const struct train_options *o = t->options;
    const struct xl_engine *engine = t->job.engine->engine;
    struct random random = {o->seed};
    t->stage = stage;
    t->config = stage == STAGE_PATH ? &t->path : t->whole;
    if (!xl_plan_build(&t->plan, t->config, NULL, true, error) ||
        !xl_plan_build(&t->plain_plan, t->config, NULL, false, error))
        return false;
    if (!allocate_stage(t))
        return xl_fail(error, "out of memory");
    initialise(&t->plan, t->config, o->slowest, &random, t->soap.values);
    if (stage == STAGE_WHOLE && t->has_path)
        slow_path(t);
    t->job.plan = &t->plan;
    t->job.packed = t->packed;
    t->job.rest = t->rest;
    t->job.channels = o->channels;
    t->job.steps = stage == STAGE_PATH ? o->path_steps : window_of(t);
    engine->rest(&t->plan, t->soap.values, t->rest);
    return team_start(&t->team, &t->job, o->threads, random_between(&random, 0, 1), error);
}

/** Training starts from the values at hand. */
static void start_here(struct trainer *t)
{
    const size_t bytes = t->plan.values * sizeof(float);
    memcpy(t->soap.average, t->soap.values, bytes);
    memcpy(t->best.values, t->soap.values, bytes);
    t->job.engine->engine->pack(&t->plan, t->soap.values, t->packed);
    trainer_begin_stage(t);
}

/** From the path's stage to that of the whole network. */
static bool go_on(struct trainer *t, struct xlstm_error *error)
{
    t->path_best = t->best;
    t->best.values = NULL;
    free_stage(t);
    if (!prepare_stage(t, STAGE_WHOLE, error))
        return false;
    path_copy(t->config, &t->path_plan, t->path_best.values, &t->plan, t->soap.values);
    start_here(t);
    return true;
}

/* ---- the run -------------------------------------------------------------------------------- */

/** Everything that lasts for the whole run. */
static bool prepare_run(struct trainer *t, const struct train_set *train, struct xlstm_error *error)
{
    const struct train_options *o = t->options;
    const struct xl_engine *engine = xl_engine_find(XLSTM_ISA_AUTO);
    const unsigned shortest = o->steps ? o->steps : TRAIN_SHORTEST_WINDOW;
    if (!has_room(train, shortest))
        return xl_fail(error, "no recording is as long as the %u frames of a training window",
                       shortest);
    t->has_path = o->path_share > 0 && has_room(train, o->path_steps) && path_begins(t->whole);
    t->curve = calloc(trainer_points(o), sizeof *t->curve);
    t->identity = identity_of(o, t->hooks->identity, train, t->validation, engine);
    t->job.engine = xl_train_engine_find(engine);
    t->job.set = train;
    t->job.loss = &t->loss;
    if (!t->curve || !t->identity || (t->has_path && !path_config(t->whole, &t->path)) ||
        !loss_init(&t->loss, train, &o->loss))
        return xl_fail(error, "out of memory");
    return !t->has_path || xl_plan_build(&t->path_plan, &t->path, NULL, false, error);
}

/** What the path's stage left, to be filled from a checkpoint of the next one. */
static bool prepare_path_best(struct trainer *t, struct xlstm_error *error)
{
    t->path_best.values = xl_engine_alloc(t->job.engine->engine, t->path_plan.values);
    return t->path_best.values || xl_fail(error, "out of memory");
}

/** The first stage from its start, or where the checkpoint was made. */
static bool prepare_start(struct trainer *t, struct xlstm_error *error)
{
    const struct train_hooks *hooks = t->hooks;
    int64_t stage = t->has_path ? STAGE_PATH : STAGE_WHOLE;
    if (hooks->checkpoint &&
        !checkpoint_stage(t, hooks->checkpoint, hooks->checkpoint_size, &stage, error))
        return false;
    if (!prepare_stage(t, stage, error))
        return false;
    if (!hooks->checkpoint) {
        t->progress.seconds = t->options->spent;
        trainer_start_clock(t);
        t->next = t->reached;
        start_here(t);
        return true;
    }
    if (stage == STAGE_WHOLE && t->has_path && !prepare_path_best(t, error))
        return false;
    if (!checkpoint_read(t, hooks->checkpoint, hooks->checkpoint_size, error))
        return false;
    t->job.engine->engine->pack(&t->plan, t->soap.values, t->packed);
    trainer_start_clock(t);
    return true;
}

/** Runs the stages that are left. */
static bool run_stages(struct trainer *t, enum train_end *end, struct xlstm_error *error)
{
    *end = trainer_loop(t);
    if (t->stage == STAGE_WHOLE || *end == TRAIN_ENDED)
        return true;
    if (!go_on(t, error))
        return false;
    *end = trainer_loop(t);
    return true;
}

static void finish(struct trainer *t)
{
    free_stage(t);
    loss_free(&t->loss);
    json_decref(t->identity);
    xl_plan_free(&t->path_plan);
    xl_config_free(&t->path);
    free(t->path_best.values);
    free(t->curve);
    free(t);
}

/** Of the run's arrays the result takes those that it owns. */
static void hand_over(struct trainer *t, struct train_result *result)
{
    struct best *best = trainer_best(t) == &t->best ? &t->best : &t->path_best;
    result->values = best->values;
    result->validation_esr = best->esr;
    result->best_seconds = best->seconds;
    result->path_only = t->stage == STAGE_PATH || best == &t->path_best;
    result->progress = t->progress;
    result->curve = t->curve;
    result->points = t->points;
    best->values = NULL;
    t->curve = NULL;
}

void train_result_free(struct train_result *result)
{
    free(result->values);
    free(result->curve);
    *result = (struct train_result){.values = NULL};
}

bool train_run(const struct xl_config *config, const struct train_set *train,
               const struct train_set *validation, const struct train_options *options,
               const struct train_hooks *hooks, struct train_result *result,
               struct xlstm_error *error)
{
    struct trainer *t = calloc(1, sizeof *t);
    *result = (struct train_result){.values = NULL};
    if (!t)
        return xl_fail(error, "out of memory");
    t->options = options;
    t->hooks = hooks;
    t->whole = config;
    t->validation = validation;
    const bool good = prepare_run(t, train, error) && prepare_start(t, error) &&
                      run_stages(t, &result->end, error);
    if (good)
        hand_over(t, result);
    finish(t);
    return good;
}

double train_esr(const struct xl_config *config, const float *values, const struct train_set *set)
{
    struct xl_plan plan;
    struct xlstm_error error;
    if (!xl_plan_build(&plan, config, NULL, false, &error))
        return (double)NAN;
    const double esr = evaluate(&plan, xl_engine_find(XLSTM_ISA_AUTO), values, set);
    xl_plan_free(&plan);
    return esr;
}
