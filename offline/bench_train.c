/* SPDX-License-Identifier: ISC */
#include "bench_train.h"

#include "bench_time.h"
#include "model.h"
#include "random.h"
#include "train/initialise.h"
#include "train/network.h"
#include "train/worker.h"

#include <math.h>
#include <stdlib.h>

enum { SOUND_FRAMES = 1 << 18 };

/** A network with its first weights, ready for a worker. */
struct bench_network {
    struct xl_plan plan;
    float *values, *packed, *rest, *sound;
};

static void network_free(struct bench_network *n)
{
    free(n->values);
    free(n->packed);
    free(n->rest);
    free(n->sound);
    xl_plan_free(&n->plan);
}

static bool network_new(struct bench_network *n, const struct xl_config *config,
                        const struct xl_engine *engine, double slowest, struct xlstm_error *error)
{
    struct random random = {1};
    *n = (struct bench_network){0};
    if (!xl_plan_build(&n->plan, config, NULL, true, error))
        return false;
    n->values = xl_engine_alloc(engine, n->plan.values);
    n->packed = xl_engine_alloc(engine, n->plan.packed + XL_PAD);
    n->rest = xl_engine_alloc(engine, n->plan.state);
    n->sound = calloc(2 * (size_t)SOUND_FRAMES, sizeof *n->sound);
    if (!n->values || !n->packed || !n->rest || !n->sound) {
        network_free(n);
        return xl_fail(error, "out of memory");
    }
    initialise(&n->plan, config, slowest, &random, n->values);
    engine->pack(&n->plan, n->values, n->packed);
    engine->rest(&n->plan, n->values, n->rest);
    for (size_t i = 0; i < 2 * (size_t)SOUND_FRAMES; i++)
        n->sound[i] = (float)random_between(&random, -0.5, 0.5);
    return true;
}

static double time_worker(struct worker *worker, size_t frames, double seconds)
{
    double best = INFINITY;
    worker_run(worker);
    for (const double begin = bench_now(); bench_now() - begin < seconds * 1e9;) {
        const double before = bench_spent();
        worker_run(worker);
        best = fmin(best, bench_spent() - before);
    }
    return best / (double)frames;
}

static double time_network(const struct bench_network *n, const struct xl_engine *engine,
                           double seconds, struct xlstm_error *error)
{
    const struct train_options options = train_default_options();
    const struct train_pair pair = {
        .dry = n->sound, .wet = n->sound + SOUND_FRAMES, .frames = SOUND_FRAMES};
    const struct train_set set = {&pair, 1};
    struct loss loss;
    const struct job job = {
        .plan = &n->plan,
        .engine = xl_train_engine_find(engine),
        .set = &set,
        .packed = n->packed,
        .rest = n->rest,
        .loss = &loss,
        .channels = options.channels,
        .steps = TRAIN_SHORTEST_WINDOW,
    };
    struct worker worker;
    if (!loss_init(&loss, &set, &options.loss)) {
        xl_fail(error, "out of memory");
        return NAN;
    }
    if (!worker_init(&worker, &job, 0, job.channels, 0)) {
        loss_free(&loss);
        xl_fail(error, "out of memory");
        return NAN;
    }
    const double time = time_worker(&worker, (size_t)job.channels * job.steps, seconds);
    worker_free(&worker);
    loss_free(&loss);
    return time;
}

double bench_train_time(json_t *json, enum xlstm_isa isa, double seconds, uint64_t *macs,
                        struct xlstm_error *error)
{
    struct xl_tensors tensors;
    struct xl_config config;
    struct bench_network network;
    double time = NAN;
    const struct xl_engine *engine = xl_engine_find(isa);
    if (!engine) {
        xl_fail(error, "this CPU or this build lacks the instruction set asked for");
    } else if (network_config(json, &tensors, &config, error)) {
        if (network_new(&network, &config, engine, train_default_options().slowest, error)) {
            *macs = network.plan.macs;
            time = time_network(&network, engine, seconds, error);
            network_free(&network);
        }
        xl_config_free(&config);
    }
    json_decref(json);
    return time;
}
