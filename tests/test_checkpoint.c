/* SPDX-License-Identifier: ISC */
/* Interrupted training goes on to the bit, and only with what it was begun with; a checkpoint's
 * bytes are not trusted. */
#include "network.h"
#include "random.h"
#include "suite.h"
#include "trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FRAMES = 30000, UPDATES = 240, CUT_AT = 130 };

/** So long that walkers grow old, and are put to rest, within a recording. */
enum { LONG_FRAMES = 700000, LONG_UPDATES = 400 };

static float dry[LONG_FRAMES], wet[LONG_FRAMES], wet_driven[LONG_FRAMES];

static void make_device(void)
{
    double state = 0, driven = 0;
    struct random random = {3};
    for (size_t i = 0; i < LONG_FRAMES; i++) {
        const double x = random_between(&random, -0.5, 0.5) * exp(-(double)(i % 3000) / 1000);
        state += 0.3 * (tanh(3 * x) - state);
        driven += 0.3 * (tanh(9 * x) - driven);
        dry[i] = (float)x;
        wet[i] = (float)state;
        wet_driven[i] = (float)driven;
    }
}

static const struct train_pair PAIRS[] = {
    {.dry = dry, .wet = wet, .frames = FRAMES, .lead_in = 700, .knobs = {0}},
    {.dry = dry, .wet = wet_driven, .frames = FRAMES, .knobs = {1}},
};
static const struct train_set SET = {PAIRS, 2};
static const struct train_pair LONG_PAIR = {.dry = dry, .wet = wet, .frames = LONG_FRAMES};
static const struct train_set LONG_SET = {&LONG_PAIR, 1};

/* A fast cell and a matrix memory, whose states a checkpoint must hold. */
static const char NETWORK[] =
    "{\"embedding_dim\": 4, \"direct\": true, \"knobs\": [{\"name\": \"drive\"}], \"layers\": "
    "[{\"type\": \"slstm\", \"hidden_size\": 4}, {\"type\": \"mlstm\", \"hidden_size\": 4, "
    "\"num_heads\": 2, "
    "\"residual\": true}]}";

/* A path, which learns first. */
static const char WITH_PATH[] =
    "{\"in_proj\": false, \"knobs\": [{\"name\": \"drive\"}], \"layers\": [{\"type\": \"control\", "
    "\"frames\": 16, \"layers\": [{\"type\": \"slstm\", \"hidden_size\": 2}]}, {\"type\": "
    "\"lstm\", "
    "\"hidden_size\": 3}]}";

/** The network of the runs to come. */
static const char *network = NETWORK;

/** What a run came to: the model as a file. */
struct outcome {
    bool ran;
    void *model;
    size_t size;
    struct train_result result;
    struct xlstm_error error;
};

static struct train_options small_options(void)
{
    struct train_options o = train_default_options();
    o.updates = UPDATES;
    o.channels = 6;
    o.steps = 256;
    o.validations = 12;
    o.patience = 1;
    o.loss = (struct train_loss){.esr = 1, .emphasised = 0.5, .dc = 0.1, .stft = 0.1};
    return o;
}

/** The model file of a run's result. */
static void save(struct outcome *outcome, const json_t *whole)
{
    struct xl_tensors file;
    struct xl_config config;
    json_t *json = outcome->result.path_only ? network_path(whole) : json_deep_copy(whole);
    CU_ASSERT_FATAL(network_config(json, &file, &config, &outcome->error));
    outcome->model =
        network_save(&config, json, outcome->result.values, &outcome->size, &outcome->error);
    xl_config_free(&config);
    json_decref(json);
}

static struct outcome train(const struct train_options *o, const struct train_set *set,
                            const struct train_hooks *hooks)
{
    struct outcome outcome = {.ran = false};
    struct xl_tensors file;
    struct xl_config config;
    json_t *json = json_loads(network, 0, NULL);
    CU_ASSERT_FATAL(network_config(json, &file, &config, &outcome.error));
    outcome.ran = train_run(&config, set, &SET, o, hooks, &outcome.result, &outcome.error);
    if (outcome.ran)
        save(&outcome, json);
    xl_config_free(&config);
    json_decref(json);
    return outcome;
}

static void end(struct outcome *outcome)
{
    free(outcome->model);
    if (outcome->ran)
        train_result_free(&outcome->result);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
    return a->ran && b->ran && a->size == b->size && memcmp(a->model, b->model, a->size) == 0;
}

/* ---- hooks ---------------------------------------------------------------------------------- */

/** Copies the checkpoint that comes after `wanted` others, and the last one. */
struct shelf {
    unsigned count, wanted;
    void *kept, *last;
    size_t kept_size, last_size;
    double began;     ///< reading of the clock
    double ahead;     ///< seconds that the first report is ahead of the clock
    double end_after; ///< seconds, or 0
    uint64_t end_at;  ///< updates, or 0
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *copy(const void *bytes, size_t size)
{
    void *made = malloc(size);
    CU_ASSERT_FATAL(made != NULL);
    return memcpy(made, bytes, size);
}

static void keep(void *context, const void *bytes, size_t size)
{
    struct shelf *shelf = context;
    if (shelf->count++ == shelf->wanted) {
        shelf->kept = copy(bytes, size);
        shelf->kept_size = size;
    }
    free(shelf->last);
    shelf->last = copy(bytes, size);
    shelf->last_size = size;
}

static bool report(void *context, const struct train_progress *progress)
{
    struct shelf *shelf = context;
    if (shelf && shelf->ahead == 0)
        shelf->ahead = progress->seconds - (now() - shelf->began);
    if (shelf && shelf->end_at > 0)
        return progress->update < shelf->end_at;
    return !shelf || shelf->end_after == 0 || progress->seconds < shelf->end_after;
}

static const struct train_hooks QUIET = {.report = report};

/** A checkpoint after so many updates of a run, to be freed. */
static struct shelf checkpoint_of(const struct train_options *o, const struct train_set *set,
                                  unsigned updates)
{
    struct shelf shelf = {.wanted = updates - 1};
    struct outcome outcome =
        train(o, set, &(struct train_hooks){.report = report, .keep = keep, .context = &shelf});
    CU_ASSERT_FATAL(outcome.ran && shelf.kept);
    end(&outcome);
    free(shelf.last);
    return shelf;
}

static struct train_hooks going_on(const void *bytes, size_t size)
{
    return (struct train_hooks){.report = report, .checkpoint = bytes, .checkpoint_size = size};
}

/* ---- to the bit ----------------------------------------------------------------------------- */

/** Going on from these bytes ends as a run that was never interrupted. */
static void ends_the_same(const struct train_options *o, const struct train_set *set,
                          const void *bytes, size_t size)
{
    struct outcome whole = train(o, set, &QUIET);
    const struct train_hooks hooks = going_on(bytes, size);
    struct outcome resumed = train(o, set, &hooks);
    CU_ASSERT(same(&whole, &resumed));
    CU_ASSERT(resumed.result.progress.update == whole.result.progress.update);
    CU_ASSERT(resumed.result.validation_esr == whole.result.validation_esr);
    CU_ASSERT(resumed.result.path_only == whole.result.path_only);
    CU_ASSERT_FATAL(resumed.result.points == whole.result.points);
    for (size_t i = 0; i < whole.result.points; i++) {
        const struct train_point *now = &resumed.result.curve[i], *then = &whole.result.curve[i];
        CU_ASSERT(now->update == then->update);
        CU_ASSERT(now->train_esr == then->train_esr ||
                  (isnan(now->train_esr) && isnan(then->train_esr)));
        CU_ASSERT(now->validation_esr == then->validation_esr);
    }
    end(&whole);
    end(&resumed);
}

static void goes_on_to_the_bit(const struct train_options *o, const struct train_set *set,
                               unsigned cut)
{
    struct shelf shelf = checkpoint_of(o, set, cut);
    ends_the_same(o, set, shelf.kept, shelf.kept_size);
    free(shelf.kept);
}

/** A run whose report ends it after so many updates. */
static void stops_and_goes_on(const struct train_options *o, uint64_t end_at)
{
    struct shelf shelf = {.wanted = (unsigned)-1, .end_at = end_at};
    struct outcome cut =
        train(o, &SET,
              &(struct train_hooks){
                  .report = report, .keep = keep, .keep_seconds = 3600, .context = &shelf});
    CU_ASSERT_FATAL(cut.ran && cut.result.end == TRAIN_ENDED && shelf.last);
    ends_the_same(o, &SET, shelf.last, shelf.last_size);
    end(&cut);
    free(shelf.last);
}

static void test_to_the_bit(void)
{
    struct train_options o = small_options();
    goes_on_to_the_bit(&o, &SET, CUT_AT);
    o.threads = 2;
    goes_on_to_the_bit(&o, &SET, CUT_AT);
    o.updates = LONG_UPDATES;
    goes_on_to_the_bit(&o, &LONG_SET, CUT_AT);
}

/** In either stage of a run, and where the first has just ended. */
static void test_stages_to_the_bit(void)
{
    enum { PATH_UPDATES = UPDATES / 2 }; /* a quarter of the run; each counts half */
    struct train_options o = small_options();
    o.path_steps = 512;
    o.path_share = 0.25;
    network = WITH_PATH;
    goes_on_to_the_bit(&o, &SET, PATH_UPDATES / 2);
    goes_on_to_the_bit(&o, &SET, PATH_UPDATES - 1);
    goes_on_to_the_bit(&o, &SET, PATH_UPDATES + 20);
    stops_and_goes_on(&o, PATH_UPDATES / 2);
    stops_and_goes_on(&o, PATH_UPDATES);
    network = NETWORK;
}

/** A path that did better than the whole network ever does is not lost with an interruption. */
static void test_path_to_the_bit(void)
{
    enum { PATH_UPDATES = 2 * UPDATES * 95 / 100 };
    struct train_options o = small_options();
    o.path_steps = 512;
    o.path_share = 0.95;
    network = WITH_PATH;
    struct outcome whole = train(&o, &SET, &QUIET);
    CU_ASSERT(whole.result.path_only && whole.result.progress.update > PATH_UPDATES);
    goes_on_to_the_bit(&o, &SET, PATH_UPDATES + 4);
    end(&whole);
    network = NETWORK;
}

/** Ended by its report, a run leaves the checkpoint of where it stood. */
static void test_ended(void)
{
    struct train_options o = small_options();
    o.updates = 3000;
    struct shelf shelf = {.wanted = (unsigned)-1, .end_after = 1e-9};
    struct outcome cut =
        train(&o, &SET,
              &(struct train_hooks){
                  .report = report, .keep = keep, .keep_seconds = 3600, .context = &shelf});
    CU_ASSERT_FATAL(cut.ran && shelf.last);
    CU_ASSERT(cut.result.end == TRAIN_ENDED && shelf.count == 1);
    struct shelf second = {.end_after = 1e-9};
    struct train_hooks hooks = going_on(shelf.last, shelf.last_size);
    hooks.context = &second;
    struct outcome resumed = train(&o, &SET, &hooks);
    CU_ASSERT(resumed.ran && resumed.result.progress.update > cut.result.progress.update);
    end(&cut);
    end(&resumed);
    free(shelf.last);
}

/** The clock goes on where it stood. */
static void test_clock(void)
{
    struct train_options o = small_options();
    o.updates = 0;
    o.seconds = 1;
    struct shelf shelf = {.wanted = (unsigned)-1, .end_after = 0.5};
    struct outcome cut =
        train(&o, &SET, &(struct train_hooks){.report = report, .keep = keep, .context = &shelf});
    struct shelf second = {.began = now()};
    struct train_hooks hooks = going_on(shelf.last, shelf.last_size);
    hooks.context = &second;
    struct outcome resumed = train(&o, &SET, &hooks);
    CU_ASSERT(cut.ran && resumed.ran);
    CU_ASSERT(second.ahead > 0.4); /* of 0.5, less what the start took */
    CU_ASSERT(resumed.result.progress.seconds >= 1);
    CU_ASSERT(resumed.result.progress.update > cut.result.progress.update);
    CU_ASSERT(resumed.result.end == TRAIN_COMPLETE);
    end(&cut);
    end(&resumed);
    free(shelf.last);
}

/* ---- refusals ------------------------------------------------------------------------------- */

/** Going on with these options and recordings fails, for a reason that holds the words. */
static void refuses(const struct train_options *o, const struct train_set *set,
                    const struct train_hooks *hooks, const char *words)
{
    struct outcome outcome = train(o, set, hooks);
    CU_ASSERT(!outcome.ran);
    CU_ASSERT(strstr(outcome.error.text, words) != NULL);
    end(&outcome);
}

static void test_other_run(void)
{
    struct train_options o = small_options();
    o.updates = 10;
    struct shelf shelf = checkpoint_of(&o, &SET, 5);
    struct train_hooks hooks = going_on(shelf.kept, shelf.kept_size);
    struct train_options other = o;
    other.seed = 2;
    refuses(&other, &SET, &hooks, "seed 1, not 2");
    other = o;
    other.threads = 2;
    refuses(&other, &SET, &hooks, "threads 1, not 2");
    other = o;
    other.loss.stft = 0.2;
    refuses(&other, &SET, &hooks, "other loss");
    refuses(&o, &(struct train_set){PAIRS, 1}, &hooks, "other recordings");
    struct train_pair louder[2] = {PAIRS[0], PAIRS[1]};
    louder[0].knobs[0] = 0.5F;
    refuses(&o, &(struct train_set){louder, 2}, &hooks, "other recordings");
    json_t *identity = json_pack("{s:s}", "version", "none");
    hooks.identity = identity;
    refuses(&o, &SET, &hooks, "other version");
    json_decref(identity);
    free(shelf.kept);
}

static void test_other_file(void)
{
    struct train_options o = small_options();
    o.updates = 10;
    struct outcome outcome = train(&o, &SET, &QUIET);
    const struct train_hooks hooks = going_on(outcome.model, outcome.size);
    refuses(&o, &SET, &hooks, "expected a checkpoint");
    end(&outcome);
}

/* ---- hostile bytes -------------------------------------------------------------------------- */

/** Where a tensor's numbers begin in the bytes. */
static unsigned char *tensor_in(unsigned char *bytes, size_t size, const char *name)
{
    struct xl_tensors file;
    struct xlstm_error error;
    CU_ASSERT_FATAL(xl_read_safetensors(&file, bytes, size, &error));
    const struct xl_tensor *tensor = xl_tensors_find(&file, name);
    CU_ASSERT_FATAL(tensor != NULL);
    unsigned char *data = bytes + (tensor->data - bytes);
    xl_tensors_free(&file);
    return data;
}

/** Goes on from bytes of which one number was replaced. */
static void refuses_with(const struct train_options *o, const struct shelf *shelf,
                         const char *tensor, size_t index, const void *number, size_t bytes,
                         const char *words)
{
    unsigned char *changed = copy(shelf->kept, shelf->kept_size);
    memcpy(tensor_in(changed, shelf->kept_size, tensor) + index * bytes, number, bytes);
    const struct train_hooks hooks = going_on(changed, shelf->kept_size);
    refuses(o, &SET, &hooks, words);
    free(changed);
}

static void test_impossible_numbers(void)
{
    struct train_options o = small_options();
    o.updates = 10;
    struct shelf shelf = checkpoint_of(&o, &SET, 8);
    const int64_t pair = 2, negative = -1, huge = INT64_MAX, beyond = FRAMES + 1, path = 0;
    const double nan = (double)NAN, one = 1;
    const float infinite = (float)INFINITY;
    refuses_with(&o, &shelf, "walkers", 0, &pair, sizeof pair, "beyond the end");
    refuses_with(&o, &shelf, "walkers", 1, &beyond, sizeof beyond, "beyond the end");
    refuses_with(&o, &shelf, "walkers", 0, &negative, sizeof negative, "walker");
    refuses_with(&o, &shelf, "walkers", 2, &huge, sizeof huge, "walker");
    refuses_with(&o, &shelf, "walkers", 3, &huge, sizeof huge, "walker");
    refuses_with(&o, &shelf, "counters", 0, &negative, sizeof negative, "counter");
    refuses_with(&o, &shelf, "counters", 1, &huge, sizeof huge, "counter");
    refuses_with(&o, &shelf, "counters", 3, &beyond, sizeof beyond, "begins after its end");
    refuses_with(&o, &shelf, "counters", 4, &path, sizeof path, "stage 0");
    refuses_with(&o, &shelf, "sums", 0, &nan, sizeof nan, "sum");
    refuses_with(&o, &shelf, "sums", 11, &one, sizeof one, "begins after its end");
    refuses_with(&o, &shelf, "sums", 12, &nan, sizeof nan, "sum");
    refuses_with(&o, &shelf, "values", 3, &infinite, sizeof infinite, "not finite");
    refuses_with(&o, &shelf, "state", 3, &infinite, sizeof infinite, "not finite");
    free(shelf.kept);
}

/** Cut short or changed anywhere, a checkpoint is refused with a sentence or does no harm. */
static void test_damage(void)
{
    enum { TRIES = 400 };
    struct train_options o = small_options();
    struct random random = {11};
    o.updates = 10;
    struct shelf shelf = checkpoint_of(&o, &SET, 9);
    for (size_t i = 0; i < TRIES; i++) {
        const size_t size = i % 4 ? shelf.kept_size : shelf.kept_size * i / TRIES;
        unsigned char *changed = copy(shelf.kept, shelf.kept_size);
        const unsigned reach = i % 2 ? 2000 : (unsigned)shelf.kept_size;
        changed[random_below(&random, reach)] ^= (unsigned char)(1U << i % 8);
        unsigned char *exact = copy(changed, size); /* so that a sanitizer sees its end */
        const struct train_hooks hooks = going_on(exact, size);
        struct outcome outcome = train(&o, &SET, &hooks);
        CU_ASSERT(outcome.ran || outcome.error.text[0]);
        CU_ASSERT(!outcome.ran || size == shelf.kept_size);
        end(&outcome);
        free(changed);
        free(exact);
    }
    free(shelf.kept);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"both stages of a run go on to the bit", test_stages_to_the_bit},
        {"what was interrupted ends the same", test_to_the_bit},
        {"a path that did best goes on to the bit", test_path_to_the_bit},
        {"a run that is ended leaves a checkpoint", test_ended},
        {"the clock goes on", test_clock},
        {"a checkpoint of another run is refused", test_other_run},
        {"another file is refused", test_other_file},
        {"impossible numbers are refused", test_impossible_numbers},
        {"damage does no harm", test_damage},
    };
    make_device();
    return run_suite("checkpoint", TESTS, sizeof TESTS / sizeof *TESTS);
}
