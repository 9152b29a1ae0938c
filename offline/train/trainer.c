/* SPDX-License-Identifier: ISC */
#include "trainer.h"

#include "checkpoint.h"
#include "evaluate.h"
#include "identity.h"
#include "initialise.h"
#include "schedule.h"
#include "trainer_inside.h"

#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double SECONDS_BETWEEN_REPORTS = 0.25;

struct train_options train_default_options(void)
{
    return (struct train_options){
        .seed = 1,
        .threads = 1,
        .channels = 4,
        .steps = 2048,
        .seconds = 60,
        .rate = 0.006,
        .warm_up = 0.02,
        .hold = 0.2,
        .last_rate = 0.02,
        .clip = 1,
        .average = 0.01,
        .slowest = 1000,
        .loss = {.esr = 1, .emphasised = 1},
        .validations = 40,
        .patience = 0.25,
    };
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the loop ------------------------------------------------------------------------------- */

/** Tries the averaged weights, and keeps them if they are the best so far. */
static void validate(struct trainer *t, double share)
{
    struct train_progress *p = &t->progress;
    p->validation_esr =
        evaluate(&t->plain_plan, t->job.engine->engine, t->adam.average, t->validation);
    p->train_esr = t->train_error / t->train_frames;
    p->validated = true;
    t->train_error = t->train_frames = 0;
    if (t->points < trainer_points(t->options))
        t->curve[t->points++] =
            (struct train_point){p->seconds, (double)p->update, p->train_esr, p->validation_esr};
    const bool better =
        isnan(p->best_esr) ? !isnan(p->validation_esr) : p->validation_esr < p->best_esr;
    if (!better)
        return;
    p->best_esr = p->validation_esr;
    t->best_share = share;
    t->best_seconds = p->seconds;
    t->best_update = p->update;
    memcpy(t->best, t->adam.average, t->plan.values * sizeof *t->best);
}

/** Share of the run that is over. */
static double share_done(struct trainer *t)
{
    const struct train_options *o = t->options;
    t->progress.seconds = now() - t->started;
    return o->updates ? (double)t->progress.update / (double)o->updates
                      : t->progress.seconds / o->seconds;
}

static void update(struct trainer *t, double share)
{
    const struct train_options *o = t->options;
    const struct loss_sum sum = team_run(&t->team);
    t->train_error += sum.error;
    t->train_frames += sum.frames;
    memset(t->adam.gradient, 0, t->adam.count * sizeof *t->adam.gradient);
    t->job.engine->unpack(&t->plan, t->team.workers[0].gradient, t->adam.gradient);
    adam_update(&t->adam, schedule_rate(o, share), o->clip,
                schedule_average(o, t->progress.update, share));
    t->job.engine->engine->pack(&t->plan, t->adam.values, t->packed);
    t->progress.update++;
}

static bool report(struct trainer *t, double share)
{
    struct train_progress *p = &t->progress;
    const struct train_set *set = t->job.set;
    const double walked = (double)p->update * t->options->channels * t->options->steps;
    double frames = 0;
    for (size_t i = 0; i < set->count; i++)
        frames += (double)set->pairs[i].frames;
    p->updates = share > 0 ? (uint64_t)((double)p->update / share + 0.5) : 0;
    p->seconds_left = share > 0 ? fmax(p->seconds / share - p->seconds, 0) : 0;
    p->frames_per_second = walked / p->seconds;
    p->epochs = walked / frames;
    t->reported = p->seconds;
    const bool go_on = t->hooks->report(t->hooks->context, p);
    p->validated = false;
    return go_on;
}

static void keep(struct trainer *t)
{
    struct xlstm_error error;
    size_t size;
    void *bytes = checkpoint_write(t, &size, &error);
    if (bytes)
        t->hooks->keep(t->hooks->context, bytes, size);
    free(bytes);
    t->kept = t->progress.seconds;
}

static bool keep_due(const struct trainer *t)
{
    return t->hooks->keep && t->progress.seconds - t->kept >= t->hooks->keep_seconds;
}

static enum train_end loop(struct trainer *t)
{
    t->started = now() - t->progress.seconds;
    t->reported = t->kept = t->progress.seconds;
    for (double share = share_done(t); share < 1;) {
        update(t, t->progress.update ? share : 0);
        share = share_done(t);
        const bool due = share >= t->next || share >= 1;
        if (due) {
            t->next += 1.0 / t->options->validations;
            validate(t, share);
        }
        const bool settled =
            due && share < 1 &&
            schedule_settled(t->options, share, t->best_share, t->progress.update - t->best_update);
        const bool say = due || t->progress.seconds - t->reported >= SECONDS_BETWEEN_REPORTS;
        const bool go_on = !say || report(t, share);
        if (share < 1 && !settled && (keep_due(t) || (!go_on && t->hooks->keep)))
            keep(t);
        if (settled)
            return TRAIN_SETTLED;
        if (!go_on && share < 1)
            return TRAIN_ENDED;
    }
    return TRAIN_COMPLETE;
}

/* ---- making --------------------------------------------------------------------------------- */

/** Whether some recording holds a window; walkers would look for one for ever. */
static bool has_room(const struct train_set *set, unsigned steps)
{
    for (size_t p = 0; p < set->count; p++)
        if (set->pairs[p].frames >= steps)
            return true;
    return false;
}

static bool allocate(struct trainer *t, const struct train_set *train)
{
    const struct xl_engine *engine = xl_engine_find(XLSTM_ISA_AUTO);
    t->job.engine = xl_train_engine_find(engine);
    t->packed = xl_engine_alloc(engine, t->plan.packed + XL_PAD);
    t->rest = xl_engine_alloc(engine, t->plan.state);
    t->best = xl_engine_alloc(engine, t->plan.values);
    t->curve = calloc(trainer_points(t->options), sizeof *t->curve);
    t->identity = identity_of(t->options, t->hooks->identity, train, t->validation, engine);
    return t->packed && t->rest && t->best && t->curve && t->identity &&
           adam_init(&t->adam, t->plan.values) && loss_init(&t->loss, train, &t->options->loss);
}

/** Everything at the start of a run, but for a checkpoint. */
static bool prepare(struct trainer *t, const struct xl_config *config,
                    const struct train_set *train, struct xlstm_error *error)
{
    const struct train_options *o = t->options;
    struct random random = {o->seed};
    if (!xl_plan_build(&t->plan, config, NULL, true, error) ||
        !xl_plan_build(&t->plain_plan, config, NULL, false, error))
        return false;
    if (!has_room(train, o->steps))
        return xl_fail(error, "no recording is as long as the %u frames of a training window",
                       o->steps);
    if (!allocate(t, train))
        return xl_fail(error, "out of memory");
    const struct xl_engine *engine = t->job.engine->engine;
    initialise(&t->plan, config, o->slowest, &random, t->adam.values);
    memcpy(t->adam.average, t->adam.values, t->plan.values * sizeof(float));
    memcpy(t->best, t->adam.values, t->plan.values * sizeof(float));
    engine->pack(&t->plan, t->adam.values, t->packed);
    engine->rest(&t->plan, t->adam.values, t->rest);
    t->job = (struct job){
        .plan = &t->plan,
        .engine = t->job.engine,
        .set = train,
        .packed = t->packed,
        .rest = t->rest,
        .loss = &t->loss,
        .channels = o->channels,
        .steps = o->steps,
    };
    return team_start(&t->team, &t->job, o->threads, random_between(&random, 0, 1), error);
}

/** Puts the training where its checkpoint was made. */
static bool go_back(struct trainer *t, struct xlstm_error *error)
{
    if (!t->hooks->checkpoint)
        return true;
    if (!checkpoint_read(t, t->hooks->checkpoint, t->hooks->checkpoint_size, error))
        return false;
    t->job.engine->engine->pack(&t->plan, t->adam.values, t->packed);
    return true;
}

static void finish(struct trainer *t)
{
    team_end(&t->team);
    loss_free(&t->loss);
    adam_free(&t->adam);
    free(t->packed);
    free(t->rest);
    json_decref(t->identity);
    xl_plan_free(&t->plan);
    xl_plan_free(&t->plain_plan);
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
    if (!t)
        return xl_fail(error, "out of memory");
    t->options = options;
    t->hooks = hooks;
    t->validation = validation;
    t->progress.validation_esr = t->progress.best_esr = t->progress.train_esr = (double)NAN;
    const bool ready = prepare(t, config, train, error) && go_back(t, error);
    *result = (struct train_result){.values = t->best, .curve = t->curve};
    if (ready) {
        result->end = loop(t);
        result->validation_esr = t->progress.best_esr;
        result->best_seconds = t->best_seconds;
        result->progress = t->progress;
        result->points = t->points;
    } else {
        train_result_free(result);
    }
    finish(t);
    free(t);
    return ready;
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
