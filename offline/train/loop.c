/* SPDX-License-Identifier: ISC */
#include "trainer_inside.h"

#include "checkpoint.h"
#include "evaluate.h"
#include "schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double SECONDS_BETWEEN_REPORTS = 0.25;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t updates_of_stage(const struct trainer *t)
{
    return t->progress.update - t->from_update;
}

/** What an update of the first stage counts, of one of the second: about as it costs. */
static const double PATH_UPDATE = 0.5;

/** Share of the run that is over. */
static double share_done(struct trainer *t)
{
    const struct train_options *o = t->options;
    t->progress.seconds = now() - t->started;
    if (!o->updates)
        return t->progress.seconds / o->seconds;
    const double worth = t->stage == STAGE_PATH ? PATH_UPDATE : 1;
    const double share = t->from + worth * (double)updates_of_stage(t) / (double)o->updates;
    return o->longest > 0 ? fmax(share, t->progress.seconds / o->longest) : share;
}

double trainer_stage_end(const struct trainer *t)
{
    return t->stage == STAGE_PATH ? t->from + (1 - t->from) * t->options->path_share : 1;
}

/** Share of the stage that is over. */
static double within_stage(const struct trainer *t, double share)
{
    return (share - t->from) / (trainer_stage_end(t) - t->from);
}

const struct best *trainer_best(const struct trainer *t)
{
    const bool path = t->path_best.values && train_better(t->path_best.esr, t->best.esr);
    return path ? &t->path_best : &t->best;
}

/** Tries the averaged weights, and keeps them if they are the best of the stage so far. */
static void validate(struct trainer *t, double share)
{
    struct train_progress *p = &t->progress;
    p->validation_esr =
        evaluate(&t->plain_plan, t->job.engine->engine, t->soap.average, t->validation);
    p->train_esr = t->train_error / t->train_frames;
    p->validated = true;
    t->train_error = t->train_frames = 0;
    if (t->points < trainer_points(t->options))
        t->curve[t->points++] =
            (struct train_point){p->seconds, (double)p->update, p->train_esr, p->validation_esr};
    if (!train_better(p->validation_esr, t->best.esr))
        return;
    t->best.esr = p->validation_esr;
    t->best.seconds = p->seconds;
    t->best_share = within_stage(t, share);
    t->best_update = p->update;
    memcpy(t->best.values, t->soap.average, t->plan.values * sizeof *t->best.values);
    p->best_esr = trainer_best(t)->esr;
}

/** `share` of the stage is over. */
static void update(struct trainer *t, double share)
{
    const struct train_options *o = t->options;
    const struct loss_sum sum = team_run(&t->team);
    t->train_error += sum.error;
    t->train_frames += sum.frames;
    memset(t->soap.gradient, 0, t->soap.count * sizeof *t->soap.gradient);
    t->job.engine->unpack(&t->plan, t->team.workers[0].gradient, t->soap.gradient);
    soap_update(&t->soap, schedule_rate(o, share), o->clip,
                schedule_average(o, updates_of_stage(t), share));
    t->job.engine->engine->pack(&t->plan, t->soap.values, t->packed);
    t->progress.update++;
}

/** Guesses what is left from the pace of the stage. */
static void look_ahead(struct trainer *t, double share)
{
    struct train_progress *p = &t->progress;
    const double end = trainer_stage_end(t), done = share - t->from;
    p->updates = p->update;
    p->seconds_left = 0;
    if (!(done > 0) || share >= 1)
        return;
    const double worth = t->stage == STAGE_PATH ? PATH_UPDATE : 1;
    const double updates = (double)updates_of_stage(t) / done;
    p->updates += (uint64_t)(updates * (fmax(end - share, 0) + (1 - end) * worth) + 0.5);
    p->seconds_left = (p->seconds - t->from_seconds) / done * (1 - share);
}

static bool report(struct trainer *t, double share)
{
    struct train_progress *p = &t->progress;
    const struct train_set *set = t->job.set;
    const double walked = (double)updates_of_stage(t) * t->job.channels * t->job.steps;
    double frames = 0;
    for (size_t i = 0; i < set->count; i++)
        frames += (double)set->pairs[i].frames;
    look_ahead(t, share);
    p->frames_per_second = walked / (p->seconds - t->from_seconds);
    p->epochs = t->from_epochs + walked / frames;
    t->reported = p->seconds;
    const bool go_on = t->hooks->report(t->hooks->context, p);
    p->validated = false;
    return go_on;
}

/** An interrupted run may be better than at its last validation. A checkpoint of it knows nothing
 *  of this one, so that the run goes on as if it had never been interrupted. */
static void try_last(struct trainer *t, double share)
{
    validate(t, share);
    report(t, share);
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

void trainer_start_clock(struct trainer *t)
{
    t->started = now() - t->progress.seconds;
    t->reported = t->kept = t->progress.seconds;
    t->reached = share_done(t);
}

void trainer_begin_stage(struct trainer *t)
{
    t->from = t->reached;
    t->from_seconds = t->progress.seconds;
    t->from_epochs = t->progress.epochs;
    t->from_update = t->progress.update;
    t->best_share = 0;
    t->best.esr = t->best.seconds = t->progress.validation_esr = t->progress.train_esr =
        (double)NAN;
    t->progress.best_esr = trainer_best(t)->esr;
}

enum train_end trainer_loop(struct trainer *t)
{
    for (double share = t->reached; share < trainer_stage_end(t);) {
        update(t, updates_of_stage(t) ? within_stage(t, share) : 0);
        share = t->reached = share_done(t);
        const bool over = share >= trainer_stage_end(t), due = share >= t->next || over;
        if (due) {
            t->next += 1.0 / t->options->validations;
            validate(t, share);
        }
        const bool settled = due && !over &&
                             schedule_settled(t->options, within_stage(t, share), t->best_share,
                                              t->progress.update - t->best_update);
        const bool say = due || t->progress.seconds - t->reported >= SECONDS_BETWEEN_REPORTS;
        const bool go_on = !say || report(t, share);
        if (share < 1 && !settled && (keep_due(t) || (!go_on && t->hooks->keep)))
            keep(t);
        if (settled)
            return TRAIN_SETTLED;
        if (!go_on && share < 1) {
            if (!due)
                try_last(t, share);
            return TRAIN_ENDED;
        }
    }
    return TRAIN_COMPLETE;
}
