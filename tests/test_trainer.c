/* SPDX-License-Identifier: ISC */
/* The training loop: it learns, it repeats itself to the bit, and what it saves is what it learned.
 */
#include "network.h"
#include "plan.h"
#include "suite.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 60000 };

static float dry[FRAMES], wet[FRAMES], wet_driven[FRAMES];

/** Decaying tones through a saturating one-pole filter; the second device drives it harder. */
static void make_device(void)
{
    double state = 0, driven = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        const double t = (double)(i % 6000) / 48000, f = 90.0 + 40.0 * (double)(i / 6000);
        const double x = 0.6 * exp(-6 * t) * sin(6.283185307 * f * t);
        state += 0.3 * (tanh(3 * x) - state);
        driven += 0.3 * (tanh(9 * x) - driven);
        dry[i] = (float)x;
        wet[i] = (float)state;
        wet_driven[i] = (float)driven;
    }
}

static bool quiet(void *context, const struct train_progress *progress)
{
    (void)context;
    (void)progress;
    return true;
}

static const struct train_hooks QUIET = {.report = quiet};

struct run {
    json_t *json;
    struct xl_tensors file;
    struct xl_config config;
    struct train_result result;
};

static const char NETWORK[] = "{\"in_proj\": false, \"direct\": true, \"layers\": "
                              "[{\"type\": \"slstm\", \"hidden_size\": 8}]}";

static void train_with(struct run *run, const char *network, const struct train_set *set,
                       const struct train_set *validation, const struct train_options *o,
                       const struct train_hooks *hooks)
{
    struct xlstm_error error;
    run->json = json_loads(network, 0, NULL);
    CU_ASSERT_FATAL(network_config(run->json, &run->file, &run->config, &error));
    CU_ASSERT_FATAL(train_run(&run->config, set, validation, o, hooks, &run->result, &error));
}

static void train(struct run *run, const char *network, const struct train_set *set,
                  uint64_t updates, unsigned threads, uint64_t seed)
{
    struct train_options o = train_default_options();
    o.updates = updates;
    o.threads = threads;
    o.seed = seed;
    o.channels = 8;
    o.steps = 256;
    train_with(run, network, set, set, &o, &QUIET);
}

static void end(struct run *run)
{
    train_result_free(&run->result);
    xl_config_free(&run->config);
    json_decref(run->json);
}

static const struct train_pair PAIR = {.dry = dry, .wet = wet, .frames = FRAMES};
static const struct train_set SET = {&PAIR, 1};

static void test_learns(void)
{
    struct run run;
    train(&run, NETWORK, &SET, 1500, 1, 1);
    CU_ASSERT(run.result.validation_esr < 1e-3);
    CU_ASSERT(train_esr(&run.config, run.result.values, &SET) == run.result.validation_esr);
    end(&run);
}

static void test_repeats(void)
{
    for (unsigned threads = 1; threads <= 2; threads++) {
        struct run first, again, other;
        train(&first, NETWORK, &SET, 60, threads, 7);
        train(&again, NETWORK, &SET, 60, threads, 7);
        train(&other, NETWORK, &SET, 60, threads, 8);
        const size_t bytes = 8 * sizeof(float);
        CU_ASSERT(memcmp(first.result.values, again.result.values, bytes) == 0);
        CU_ASSERT(memcmp(first.result.values, other.result.values, bytes) != 0);
        end(&first);
        end(&again);
        end(&other);
    }
}

/** The file plays as the network did, and starts from the state that silence leaves. */
static void test_saves(void)
{
    struct run run;
    struct xlstm_error error;
    size_t size;
    static float out[FRAMES], silence[4800];
    train(&run, NETWORK, &SET, 300, 1, 1);
    void *bytes = network_save(&run.config, run.json, run.result.values, &size, &error);
    CU_ASSERT_FATAL(bytes != NULL);
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    CU_ASSERT_FATAL(model != NULL);
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    xlstm_stream_process(stream, (const float *const[]){silence}, (float *const[]){silence}, 4800);
    for (size_t i = 1; i < 4800; i++)
        CU_ASSERT(fabsf(silence[i] - silence[0]) < 1e-4F);
    xlstm_stream_reset(stream);
    xlstm_stream_process(stream, (const float *const[]){dry}, (float *const[]){out}, FRAMES);
    double error_energy = 0, energy = 0;
    for (size_t i = FRAMES / 10; i < FRAMES; i++) {
        error_energy += pow((double)(out[i] - wet[i]), 2);
        energy += pow((double)wet[i], 2);
    }
    CU_ASSERT(fabs(log(error_energy / energy / run.result.validation_esr)) < 0.3);
    xlstm_stream_free(stream);
    xlstm_model_free(model);
    free(bytes);
    end(&run);
}

static void test_knobs(void)
{
    static const char network[] =
        "{\"in_proj\": false, \"direct\": true, \"knobs\": [{\"name\": \"drive\"}], \"layers\": "
        "[{\"type\": \"slstm\", \"hidden_size\": 8}]}";
    const struct train_pair pairs[] = {
        {.dry = dry, .wet = wet, .frames = FRAMES, .knobs = {0}},
        {.dry = dry, .wet = wet_driven, .frames = FRAMES, .knobs = {1}},
    };
    const struct train_set set = {pairs, 2};
    struct train_pair swapped = pairs[0];
    swapped.knobs[0] = 1;
    const struct train_set wrong = {&swapped, 1};
    struct run run;
    train(&run, network, &set, 1500, 1, 1);
    CU_ASSERT(run.result.validation_esr < 1e-2);
    CU_ASSERT(train_esr(&run.config, run.result.values, &wrong) > 5e-2);
    end(&run);
}

/** Lead-ins prepare the state and do nothing else: what their targets hold, which may be broken or
 *  kept for the test, changes no bit. Walkers enter at all places, in lead-ins too. */
static void test_lead_in(void)
{
    enum { LEAD = FRAMES * 2 / 3 };
    static float broken[FRAMES];
    struct run clean, spoilt;
    memcpy(broken, wet, sizeof wet);
    for (size_t i = 0; i < LEAD; i++)
        broken[i] = 100;
    struct train_pair pair = {.dry = dry, .wet = wet, .frames = FRAMES, .lead_in = LEAD};
    const struct train_set set = {&pair, 1};
    train(&clean, NETWORK, &set, 400, 1, 1);
    pair.wet = broken;
    train(&spoilt, NETWORK, &set, 400, 1, 1);
    CU_ASSERT_EQUAL(memcmp(clean.result.values, spoilt.result.values, 8 * sizeof(float)), 0);
    CU_ASSERT_EQUAL(clean.result.validation_esr, spoilt.result.validation_esr);
    end(&clean);
    end(&spoilt);
}

static bool stop_at_once(void *context, const struct train_progress *progress)
{
    (*(unsigned *)context)++;
    (void)progress;
    return false;
}

static void test_stops(void)
{
    struct run run;
    struct train_options o = train_default_options();
    unsigned reports = 0;
    o.updates = 1000000;
    train_with(&run, NETWORK, &SET, &SET, &o,
               &(struct train_hooks){.report = stop_at_once, .context = &reports});
    CU_ASSERT(reports == 1);
    CU_ASSERT(run.result.values != NULL && run.result.progress.update < 10);
    end(&run);
}

/** The training error is that of frames that count, not of those that prepare walkers. */
static void test_training_error(void)
{
    struct run run;
    struct train_options o = train_default_options();
    o.updates = 160;
    o.channels = 4;
    o.rate = 1e-12;
    o.validations = 1;
    train_with(&run, NETWORK, &SET, &SET, &o, &QUIET);
    const struct train_point *last = &run.result.curve[run.result.points - 1];
    CU_ASSERT(fabs(last->train_esr / last->validation_esr - 1) < 0.1);
    end(&run);
}

/** What training learns makes this validation worse: it ends early, and says when it was best. */
static void test_settles(void)
{
    static float turned[FRAMES];
    for (size_t i = 0; i < FRAMES; i++)
        turned[i] = -wet[i];
    const struct train_pair pair = {.dry = dry, .wet = turned, .frames = FRAMES};
    struct run run;
    struct train_options o = train_default_options();
    o.updates = 1200;
    o.channels = 4;
    train_with(&run, NETWORK, &SET, &(struct train_set){&pair, 1}, &o, &QUIET);
    CU_ASSERT(run.result.end == TRAIN_SETTLED);
    CU_ASSERT(run.result.progress.update >= 960 && run.result.progress.update < 1020);
    CU_ASSERT(run.result.points >= 16);
    for (size_t i = 0; i < run.result.points; i++)
        CU_ASSERT(run.result.curve[i].validation_esr >= run.result.validation_esr);
    CU_ASSERT(run.result.best_seconds < run.result.curve[run.result.points - 1].seconds);
    end(&run);
}

/** A rate that no training survives: the best model is one of those before. */
static void test_diverges(void)
{
    struct run run;
    struct train_options o = train_default_options();
    o.updates = 60;
    o.channels = 4;
    o.steps = 512;
    o.rate = 1e39;
    o.patience = 1;
    train_with(&run, NETWORK, &SET, &SET, &o, &QUIET);
    CU_ASSERT(!isfinite(run.result.curve[run.result.points - 1].validation_esr));
    CU_ASSERT(isfinite(run.result.validation_esr));
    for (size_t i = 0; i < 8; i++)
        CU_ASSERT(isfinite(run.result.values[i]));
    end(&run);
}

static void test_short_recordings(void)
{
    const struct train_pair pair = {.dry = dry, .wet = wet, .frames = 100};
    const struct train_set set = {&pair, 1};
    struct run run = {.json = json_loads(NETWORK, 0, NULL)};
    struct xlstm_error error;
    struct train_options o = train_default_options();
    o.updates = 1;
    CU_ASSERT_FATAL(network_config(run.json, &run.file, &run.config, &error));
    CU_ASSERT(!train_run(&run.config, &set, &set, &o, &QUIET, &run.result, &error));
    CU_ASSERT(strstr(error.text, "512 frames") != NULL);
    end(&run);
}

/** Ends a run after so many updates. */
static bool stop_at(void *context, const struct train_progress *progress)
{
    return progress->update < *(const uint64_t *)context;
}

/** Interrupted between validations, a run gives what it has learned by then, if that is better. */
static void test_interrupted(void)
{
    struct run run;
    struct train_options o = train_default_options();
    uint64_t last = 300;
    const struct train_hooks hooks = {.report = stop_at, .context = &last};
    o.updates = 1000000;
    o.channels = 4;
    o.warm_up = 0;
    train_with(&run, NETWORK, &SET, &SET, &o, &hooks);
    const struct train_result *result = &run.result;
    CU_ASSERT_FATAL(result->end == TRAIN_ENDED && result->points == 2);
    CU_ASSERT(result->curve[1].update == (double)result->progress.update);
    CU_ASSERT(result->validation_esr == result->curve[1].validation_esr);
    CU_ASSERT(result->validation_esr < 0.5 * result->curve[0].validation_esr);
    CU_ASSERT(train_esr(&run.config, result->values, &SET) == result->validation_esr);
    end(&run);
}

/** A run so long that its windows would be longer than any recording: walkers still find room. */
static void test_little_room(void)
{
    const struct train_pair pair = {.dry = dry, .wet = wet, .frames = 1500};
    const struct train_set set = {&pair, 1};
    struct run run;
    struct train_options o = train_default_options();
    uint64_t last = 3;
    const struct train_hooks hooks = {.report = stop_at, .context = &last};
    o.updates = 100000;
    o.validations = 100000;
    train_with(&run, NETWORK, &set, &set, &o, &hooks);
    CU_ASSERT(run.result.progress.update >= last && isfinite(run.result.validation_esr));
    end(&run);
}

/** Checks that the clock begins where it is told to. */
static bool begins_late(void *context, const struct train_progress *progress)
{
    CU_ASSERT(progress->seconds >= *(const double *)context);
    return true;
}

/** A run of some updates ends before them when its time is over; seconds that are over when it
 * begins count. */
static void test_limits(void)
{
    enum { UPDATES = 20 };
    for (unsigned late = 0; late < 2; late++) {
        struct run run;
        struct train_options o = train_default_options();
        const struct train_hooks hooks = {.report = begins_late, .context = &o.spent};
        o.channels = 4;
        o.updates = UPDATES;
        o.longest = 1000;
        o.spent = late ? o.longest - 1e-6 : 1;
        train_with(&run, NETWORK, &SET, &SET, &o, &hooks);
        CU_ASSERT(run.result.end == TRAIN_COMPLETE && isfinite(run.result.validation_esr));
        CU_ASSERT(run.result.progress.update == (late ? 1 : UPDATES));
        end(&run);
    }
}

/* ---- the path first ------------------------------------------------------------------------- */

static const char WITH_PATH[] =
    "{\"in_proj\": false, \"layers\": [{\"type\": \"control\", \"frames\": 8, \"layers\": ["
    "{\"type\": \"slstm\", \"hidden_size\": 3}]}, {\"type\": \"linear\", \"out_features\": 4}, "
    "{\"type\": \"lstm\", \"hidden_size\": 4, \"residual\": true}]}";

static struct train_options path_options(void)
{
    struct train_options o = train_default_options();
    o.updates = 400;
    o.channels = 4;
    o.steps = 256;
    o.path_steps = 1024;
    o.path_share = 0.25;
    o.patience = 1;
    return o;
}

static void train_path(struct run *run, const struct train_options *o,
                       const struct train_hooks *hooks)
{
    train_with(run, WITH_PATH, &SET, &SET, o, hooks);
}

/** The network of a run's path. */
static void path_of(struct run *path, const struct run *run)
{
    struct xlstm_error error;
    path->json = network_path(run->json);
    CU_ASSERT_FATAL(network_config(path->json, &path->file, &path->config, &error));
}

/** Updates of the path count half: of 400, a quarter are 200 of them. */
enum { PATH_UPDATES = 200, ALL_UPDATES = 500 };

/** The path learns first, and the whole network begins with what it has learned. */
static void test_path_first(void)
{
    const char *const name = "layers.0.layers.0.proj.weight";
    struct run whole = {.json = NULL}, first = whole, path = whole;
    struct xl_plan whole_plan, path_plan;
    struct xlstm_error error;
    uint64_t end_at = PATH_UPDATES;
    struct train_options o = path_options();
    o.path_rate = 0;
    train_path(&whole, &o, &QUIET);
    CU_ASSERT(!whole.result.path_only && whole.result.progress.update == ALL_UPDATES);
    train_path(&first, &o, &(struct train_hooks){.report = stop_at, .context = &end_at});
    CU_ASSERT(first.result.path_only && first.result.progress.update == PATH_UPDATES);
    path_of(&path, &first);
    CU_ASSERT_FATAL(xl_plan_build(&whole_plan, &whole.config, NULL, false, &error));
    CU_ASSERT_FATAL(xl_plan_build(&path_plan, &path.config, NULL, false, &error));
    const struct xl_slot *in_whole = xl_plan_slot(&whole_plan, name);
    const struct xl_slot *in_path = xl_plan_slot(&path_plan, name);
    for (size_t i = 0; i < in_path->count; i++)
        CU_ASSERT_DOUBLE_EQUAL(whole.result.values[in_whole->offset + i],
                               first.result.values[in_path->offset + i], 1e-6);
    xl_plan_free(&whole_plan);
    xl_plan_free(&path_plan);
    end(&whole);
    end(&first);
    end(&path);
}

static bool foresees(void *context, const struct train_progress *progress)
{
    unsigned *told = context;
    CU_ASSERT(progress->updates >= ALL_UPDATES - 1 && progress->updates <= ALL_UPDATES + 1);
    CU_ASSERT(progress->seconds_left > 0 || progress->update == ALL_UPDATES);
    (*told)++;
    return true;
}

/** In either stage the number of updates is foreseen. */
static void test_path_foresees(void)
{
    struct run run = {.json = NULL};
    unsigned told = 0;
    const struct train_options o = path_options();
    train_path(&run, &o, &(struct train_hooks){.report = foresees, .context = &told});
    CU_ASSERT(told > o.validations);
    end(&run);
}

/** Most of a run is the path's: the whole network has no time to do better, whether the run comes
 * to its end or is interrupted before that. The result is the path's best model. */
static void path_did_best(uint64_t end_at)
{
    struct run run = {.json = NULL}, path = run;
    struct train_options o = path_options();
    o.path_share = 0.98;
    train_path(&run, &o, &(struct train_hooks){.report = stop_at, .context = &end_at});
    const struct train_result *result = &run.result;
    CU_ASSERT_FATAL(result->path_only);
    const struct train_point *last = &result->curve[result->points - 1];
    CU_ASSERT(last->update == (double)result->progress.update);
    CU_ASSERT(result->validation_esr < last->validation_esr);
    CU_ASSERT(result->progress.best_esr == result->validation_esr);
    bool drawn = false;
    for (size_t i = 0; i < result->points; i++) {
        const struct train_point *point = &result->curve[i];
        CU_ASSERT(point->validation_esr >= result->validation_esr);
        drawn = drawn || (point->validation_esr == result->validation_esr &&
                          point->seconds == result->best_seconds);
    }
    CU_ASSERT(drawn);
    path_of(&path, &run);
    CU_ASSERT(train_esr(&path.config, result->values, &SET) == result->validation_esr);
    end(&path);
    end(&run);
}

static void test_path_did_best(void)
{
    enum { WHOLE_BEGINS = 784 };
    path_did_best(UINT64_MAX);
    path_did_best(WHOLE_BEGINS + 2);
}

/** Ended while the path learns, a run gives the path's network, as good as it says. */
static void test_path_only(void)
{
    uint64_t end_at = PATH_UPDATES / 2;
    struct run run = {.json = NULL}, path = run;
    const struct train_options o = path_options();
    train_path(&run, &o, &(struct train_hooks){.report = stop_at, .context = &end_at});
    CU_ASSERT(run.result.end == TRAIN_ENDED && run.result.path_only);
    path_of(&path, &run);
    CU_ASSERT_DOUBLE_EQUAL(train_esr(&path.config, run.result.values, &SET),
                           run.result.validation_esr, 1e-9);
    end(&path);
    end(&run);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"the path learns first", test_path_first},
        {"updates are foreseen in either stage", test_path_foresees},
        {"a run that ends early gives the path", test_path_only},
        {"a path that did best is kept", test_path_did_best},
        {"an interruption tries what there is", test_interrupted},
        {"lead-ins count for nothing", test_lead_in},
        {"recordings shorter than a window are refused", test_short_recordings},
        {"a run of updates ends with its time", test_limits},
        {"windows fit the recordings", test_little_room},
        {"a small device is learned", test_learns},
        {"the same seed gives the same bits", test_repeats},
        {"a saved model is the trained one, at rest", test_saves},
        {"a knob is learned", test_knobs},
        {"a report can end the training", test_stops},
        {"frames that prepare do not count", test_training_error},
        {"training ends when validation has settled", test_settles},
        {"the best model outlives a divergence", test_diverges},
    };
    make_device();
    return run_suite("trainer", TESTS, sizeof TESTS / sizeof *TESTS);
}
