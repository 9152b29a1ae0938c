/* SPDX-License-Identifier: ISC */
#include "trainer.h"

#include "adam.h"
#include "evaluate.h"
#include "initialise.h"
#include "worker.h"

#include "model.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_THREADS = 64 };

struct trainer {
    const struct train_options *options;
    const struct train_set *validation;
    struct xl_plan plan, plain_plan; ///< with and without the tape
    struct job job;
    struct adam adam;
    float *packed, *rest;
    float *best; ///< values
    struct worker workers[MAX_THREADS];
    pthread_t threads[MAX_THREADS];
    unsigned worker_count, thread_count;
    pthread_barrier_t go, done;
    bool stop;
    struct train_progress progress;
    double started, train_error, train_frames;
};

struct train_options train_default_options(void)
{
    return (struct train_options){
        .seed = 1,
        .threads = 1,
        .channels = 32,
        .steps = 512,
        .seconds = 60,
        .rate = 0.006,
        .warm_up = 0.02,
        .hold = 0.2,
        .last_rate = 0.02,
        .clip = 1,
        .average = 0.01,
        .slowest = 2000,
        .emphasis_weight = 1,
        .validations = 40,
    };
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- threads -------------------------------------------------------------------------------- */

struct thread_start {
    struct trainer *trainer;
    struct worker *worker;
};

static void *thread_main(void *argument)
{
    const struct thread_start start = *(struct thread_start *)argument;
    free(argument);
    for (;;) {
        pthread_barrier_wait(&start.trainer->go);
        if (start.trainer->stop)
            return NULL;
        worker_run(start.worker);
        pthread_barrier_wait(&start.trainer->done);
    }
}

static bool start_threads(struct trainer *t)
{
    pthread_barrier_init(&t->go, NULL, t->worker_count);
    pthread_barrier_init(&t->done, NULL, t->worker_count);
    for (unsigned i = 1; i < t->worker_count; i++) {
        struct thread_start *start = malloc(sizeof *start);
        if (!start)
            return false;
        *start = (struct thread_start){t, &t->workers[i]};
        if (pthread_create(&t->threads[t->thread_count], NULL, thread_main, start) != 0) {
            free(start);
            return false;
        }
        t->thread_count++;
    }
    return true;
}

static void run_workers(struct trainer *t)
{
    if (t->thread_count)
        pthread_barrier_wait(&t->go);
    worker_run(&t->workers[0]);
    if (t->thread_count)
        pthread_barrier_wait(&t->done);
}

/* ---- validation ----------------------------------------------------------------------------- */

/** Tries the averaged weights, and keeps them if they are the best so far. */
static void validate(struct trainer *t)
{
    const double esr =
        evaluate(&t->plain_plan, t->job.engine->engine, t->adam.average, t->validation);
    t->progress.validation_esr = esr;
    t->progress.train_esr = t->train_error / t->train_frames;
    t->train_error = t->train_frames = 0;
    if (!(esr >= t->progress.best_esr)) {
        t->progress.best_esr = esr;
        memcpy(t->best, t->adam.average, t->plan.values * sizeof *t->best);
    }
}

/* ---- the loop ------------------------------------------------------------------------------- */

/** Share of the run that is over. */
static double share_done(struct trainer *t)
{
    const struct train_options *o = t->options;
    t->progress.seconds = now() - t->started;
    return o->updates ? (double)t->progress.update / (double)o->updates
                      : t->progress.seconds / o->seconds;
}

static double rate_at(const struct train_options *o, double share)
{
    if (share < o->warm_up)
        return o->rate * (share / o->warm_up + 1e-3);
    if (share < o->hold)
        return o->rate;
    const double fall = (share - o->hold) / (1 - o->hold);
    const double pi = 3.14159265358979323846;
    return o->rate * (o->last_rate + (1 - o->last_rate) * 0.5 * (1 + cos(pi * fmin(fall, 1))));
}

static void update(struct trainer *t, double share)
{
    const struct train_options *o = t->options;
    float *sum = t->workers[0].gradient;
    run_workers(t);
    for (unsigned i = 0; i < t->worker_count; i++)
        t->train_error += t->workers[i].sum.error;
    t->train_frames += (double)o->channels * o->steps;
    for (unsigned i = 1; i < t->worker_count; i++)
        for (size_t k = 0; k < t->plan.packed; k++)
            sum[k] += t->workers[i].gradient[k];
    memset(t->adam.gradient, 0, t->adam.count * sizeof *t->adam.gradient);
    t->job.engine->unpack(&t->plan, sum, t->adam.gradient);
    /* A window of the moving average, in updates, from the speed so far. */
    const double total = share > 0 ? (double)t->progress.update / share : 1000;
    const double window = fmax(1, o->average * total);
    adam_update(&t->adam, rate_at(o, share), o->clip, 1 - 1 / window);
    t->job.engine->engine->pack(&t->plan, t->adam.values, t->packed);
    t->progress.update++;
}

static void estimate(struct trainer *t, double share, double frames)
{
    struct train_progress *p = &t->progress;
    p->updates = share > 0 ? (uint64_t)((double)p->update / share) : 0;
    p->seconds_left = share > 0 ? p->seconds / share - p->seconds : 0;
    p->frames_per_second =
        (double)p->update * t->options->channels * t->options->steps / p->seconds;
    p->epochs = (double)p->update * t->options->channels * t->options->steps / frames;
}

static void loop(struct trainer *t, train_report report, void *context)
{
    double frames = 0, next = 0;
    bool go_on = true;
    for (size_t i = 0; i < t->job.set->count; i++)
        frames += (double)t->job.set->pairs[i].frames;
    t->started = now();
    for (double share = 0; share < 1 && go_on;) {
        update(t, share);
        share = share_done(t);
        if (share < next && share < 1)
            continue;
        next += 1.0 / t->options->validations;
        validate(t);
        estimate(t, share, frames);
        go_on = report(context, &t->progress);
    }
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

static bool prepare(struct trainer *t, const struct xl_config *config,
                    const struct train_set *train, struct xlstm_error *error)
{
    const struct train_options *o = t->options;
    const struct xl_engine *engine = xl_engine_find(XLSTM_ISA_AUTO);
    struct random random = {o->seed};
    if (!xl_plan_build(&t->plan, config, NULL, true, error) ||
        !xl_plan_build(&t->plain_plan, config, NULL, false, error))
        return false;
    t->packed = xl_engine_alloc(engine, t->plan.packed + XL_PAD);
    t->rest = xl_engine_alloc(engine, t->plan.state);
    t->best = xl_engine_alloc(engine, t->plan.values);
    if (!t->packed || !t->rest || !t->best || !adam_init(&t->adam, t->plan.values))
        return xl_fail(error, "out of memory");
    initialise(&t->plan, config, o->slowest, &random, t->adam.values);
    memcpy(t->adam.average, t->adam.values, t->plan.values * sizeof(float));
    memcpy(t->best, t->adam.values, t->plan.values * sizeof(float));
    engine->pack(&t->plan, t->adam.values, t->packed);
    engine->rest(&t->plan, t->adam.values, t->rest);
    if (!has_room(train, o->steps))
        return xl_fail(error, "no recording is as long as the %u frames of a training window",
                       o->steps);
    t->job = (struct job){
        .plan = &t->plan,
        .engine = xl_train_engine_find(engine),
        .set = train,
        .packed = t->packed,
        .rest = t->rest,
        .loss = loss_for(train, o->emphasis_weight),
        .channels = o->channels,
        .steps = o->steps,
    };
    const double offset = random_between(&random, 0, 1);
    const unsigned workers = o->threads < o->channels ? o->threads : o->channels;
    for (unsigned i = 0; i < workers && i < MAX_THREADS; i++) {
        const unsigned first = o->channels * i / workers, last = o->channels * (i + 1) / workers;
        if (!worker_init(&t->workers[i], &t->job, first, last - first, offset))
            return xl_fail(error, "out of memory");
        t->worker_count++;
    }
    return start_threads(t) || xl_fail(error, "cannot start threads");
}

static void finish(struct trainer *t)
{
    t->stop = true;
    if (t->thread_count)
        pthread_barrier_wait(&t->go);
    for (unsigned i = 0; i < t->thread_count; i++)
        pthread_join(t->threads[i], NULL);
    for (unsigned i = 0; i < t->worker_count; i++)
        worker_free(&t->workers[i]);
    adam_free(&t->adam);
    free(t->packed);
    free(t->rest);
    xl_plan_free(&t->plan);
    xl_plan_free(&t->plain_plan);
}

bool train_run(const struct xl_config *config, const struct train_set *train,
               const struct train_set *validation, const struct train_options *options,
               train_report report, void *context, struct train_result *result,
               struct xlstm_error *error)
{
    struct trainer *t = calloc(1, sizeof *t);
    if (!t)
        return xl_fail(error, "out of memory");
    t->options = options;
    t->validation = validation;
    t->progress.validation_esr = t->progress.best_esr = t->progress.train_esr = (double)NAN;
    const bool ready = prepare(t, config, train, error);
    if (ready) {
        loop(t, report, context);
        *result = (struct train_result){t->best, t->progress.best_esr, t->progress};
    } else {
        free(t->best);
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
