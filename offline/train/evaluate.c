/* SPDX-License-Identifier: ISC */
#include "evaluate.h"

#include "model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 64 };

/** A network ready to run one channel. */
struct runner {
    const struct xl_plan *plan;
    const struct xl_engine *engine;
    float *packed, *rest, *state, *work;
};

static void runner_free(struct runner *r)
{
    free(r->packed);
    free(r->rest);
    free(r->state);
    free(r->work);
}

static bool runner_init(struct runner *r, const struct xl_plan *plan,
                        const struct xl_engine *engine, const float *values)
{
    *r = (struct runner){
        .plan = plan,
        .engine = engine,
        .packed = xl_engine_alloc(engine, plan->packed + XL_PAD),
        .rest = xl_engine_alloc(engine, plan->state),
        .state = xl_engine_alloc(engine, plan->state),
        .work = xl_engine_alloc(engine, xl_engine_work(plan, BLOCK, false)),
    };
    if (!r->packed || !r->rest || !r->state || !r->work) {
        runner_free(r);
        return false;
    }
    engine->pack(plan, values, r->packed);
    engine->rest(plan, values, r->rest);
    memcpy(r->state, r->rest, plan->state * sizeof *r->state);
    return true;
}

static void run(struct runner *r, const float *knobs, const float *in, float *out, size_t frames)
{
    r->engine->forward(r->plan, &(struct xl_call){
                                    .parameters = r->packed,
                                    .state = r->state,
                                    .work = r->work,
                                    .knobs = knobs,
                                    .steps = frames,
                                    .channels = 1,
                                    .in = (const void *const[]){in},
                                    .out = (void *const[]){out},
                                });
}

static void add_pair(struct runner *r, const struct train_pair *pair, double *error, double *energy)
{
    float out[BLOCK];
    memcpy(r->state, r->rest, r->plan->state * sizeof *r->state);
    for (size_t at = 0; at < pair->frames; at += BLOCK) {
        const size_t frames = pair->frames - at < BLOCK ? pair->frames - at : BLOCK;
        run(r, pair->knobs, pair->dry + at, out, frames);
        for (size_t i = 0; i < frames; i++) {
            const double target = (double)pair->wet[at + i], e = (double)out[i] - target;
            if (at + i < pair->lead_in)
                continue;
            *error += e * e;
            *energy += target * target;
        }
    }
}

double evaluate(const struct xl_plan *plan, const struct xl_engine *engine, const float *values,
                const struct train_set *set)
{
    struct runner r;
    double error = 0, energy = 0;
    if (!runner_init(&r, plan, engine, values))
        return (double)NAN;
    for (size_t p = 0; p < set->count; p++)
        add_pair(&r, &set->pairs[p], &error, &energy);
    runner_free(&r);
    return energy > 0 && isfinite(error) ? error / energy : (double)NAN;
}

bool evaluate_rest(const struct xl_plan *plan, const struct xl_engine *engine, const float *values,
                   const float *knobs, size_t frames, float *state)
{
    struct runner r;
    const float silence[BLOCK] = {0};
    float out[BLOCK];
    if (!runner_init(&r, plan, engine, values))
        return false;
    for (size_t done = 0; done < frames; done += BLOCK)
        run(&r, knobs, silence, out, BLOCK);
    memcpy(state, r.state, plan->state * sizeof *state);
    runner_free(&r);
    return true;
}
