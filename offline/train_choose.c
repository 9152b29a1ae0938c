/* SPDX-License-Identifier: ISC */
#include "train_choose.h"

#include "decibel.h"
#include "network.h"
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** A network that may be trained, and the trial that tells whether the device asks for it. */
struct candidate {
    const char *name;  ///< in the lines of --json
    const char *trial; ///< ends "trying "
    const char *error; ///< what its error is of
    json_t *(*tried)(const json_t *network);
    json_t *(*trained)(const json_t *network); ///< if it did best
    uint64_t updates; ///< fewest after which candidates can be told apart (presets/experiments.md)
    bool is_path;     ///< gradients see as far as those of a path
    const char *device, *model; ///< if it did best
};

/* Of two that do equally well, the first is taken, which is cheaper. A path needs more updates, but
 * they cost less. */
static const struct candidate CANDIDATES[] = {
    {
        .name = "rest",
        .trial = "a network without a slow path",
        .error = "without a slow path",
        .tried = network_without_path,
        .trained = network_without_path,
        .updates = 400,
        .device = "forget fast",
        .model = "the model gets no slow path",
    },
    {
        .name = "path",
        .trial = "a slow path alone",
        .error = "by its envelope alone",
        .tried = network_path,
        .trained = json_deep_copy,
        .updates = 800,
        .is_path = true,
        .device = "remember for long",
        .model = "the model gets a path at control rate",
    },
};

enum { COUNT = sizeof CANDIDATES / sizeof *CANDIDATES };

/** Longer runs can afford more certainty: this share of their updates, up to so many times the
 *  fewest. */
static const double SHARE = 0.05, MOST_CERTAIN = 4;

/** Updates that a core makes in a second, for want of a better guess. */
static const double USUAL_UPDATES = 270;

/** Of the time of a run, what all trials may take together. Most need far less; but on a slow or
 *  busy computer few updates must not decide: after fewer a path is ahead on any device, as it has
 *  less to learn. */
static const double LARGEST_SHARE = 0.5;

/** Validations of a candidate, few, as they cost the larger network more of its time. */
enum { VALIDATIONS = 4 };

static void trial_free(struct train_trial *trial)
{
    json_decref(trial->network);
    train_result_free(&trial->result);
    trial->network = NULL;
}

void train_choice_free(struct train_choice *choice)
{
    json_decref(choice->network);
    trial_free(&choice->best);
    choice->network = NULL;
}

/** How much longer than the shortest a trial is. */
static double certainty(const struct train_options *whole)
{
    const double updates =
        whole->updates ? (double)whole->updates : whole->seconds * whole->threads * USUAL_UPDATES;
    return fmin(fmax(SHARE * updates / (double)CANDIDATES[0].updates, 1), MOST_CERTAIN);
}

static struct train_options short_options(const struct candidate *candidate,
                                          const struct train_options *whole)
{
    struct train_options o = *whole;
    o.longest = LARGEST_SHARE / COUNT * whole->seconds;
    o.spent = 0;
    o.updates = (uint64_t)((double)candidate->updates * certainty(whole));
    o.path_share = 0;
    o.patience = 1;
    o.validations = VALIDATIONS;
    if (candidate->is_path)
        o.steps = o.path_steps;
    return o;
}

/** Trains a candidate. False after a sentence, with nothing to free. */
static bool attempt(const struct candidate *candidate, const struct train_pairs *pairs,
                    const json_t *network, const struct train_options *whole,
                    const struct train_hooks *hooks, struct train_trial *trial)
{
    const struct train_set training = {pairs->train, pairs->train_count};
    const struct train_set validation = {pairs->validation, pairs->validation_count};
    const struct train_options o = short_options(candidate, whole);
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    *trial = (struct train_trial){.network = candidate->tried(network)};
    bool good = network_config(trial->network, &file, &config, &error);
    if (good) {
        good = train_run(&config, &training, &validation, &o, hooks, &trial->result, &error);
        xl_config_free(&config);
    }
    status_clear();
    if (good)
        return true;
    complain(NULL, "%s", error.text);
    trial_free(trial);
    return false;
}

/** The best of the first `count` trials. */
static size_t best_of(const struct train_trial *trials, size_t count)
{
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (train_better(trials[i].result.validation_esr, trials[best].result.validation_esr))
            best = i;
    return best;
}

static void say(const struct train_trial *trials, size_t best)
{
    enum { PART = 64 };
    char errors[COUNT * PART] = "";
    bool hurried = false;
    for (size_t i = 0; i < COUNT; i++) {
        const struct train_result *result = &trials[i].result;
        const size_t length = strlen(errors);
        snprintf(errors + length, sizeof errors - length, "%s%.1f dB %s", i ? ", " : "",
                 decibels_of_power(result->validation_esr), CANDIDATES[i].error);
        hurried = hurried || result->progress.update < CANDIDATES[i].updates;
    }
    complain(NULL, "the device seems to %s%s: %s; %s", CANDIDATES[best].device,
             hurried ? ", as far as so little time can tell" : "", errors, CANDIDATES[best].model);
}

/** Tries the candidates one after the other, until the hooks end it. Gives how many were tried, of
 *  which the last may have been `ended`; 0 after a sentence. */
static size_t try_all(struct train_report *report, const struct train_pairs *pairs,
                      const json_t *network, const struct train_hooks *hooks,
                      struct train_options *options, struct train_trial trials[COUNT], bool *ended)
{
    size_t done = 0;
    *ended = false;
    while (!*ended && done < COUNT) {
        train_report_trial(report, CANDIDATES[done].name, CANDIDATES[done].trial);
        if (!attempt(&CANDIDATES[done], pairs, network, options, hooks, &trials[done]))
            return 0;
        *ended = trials[done].result.end == TRAIN_ENDED;
        options->spent += trials[done].result.progress.seconds;
        done++;
    }
    train_report_trial(report, NULL, NULL);
    return done;
}

static bool choose(struct train_report *report, const struct train_pairs *pairs,
                   const json_t *network, const struct train_hooks *hooks,
                   struct train_options *options, struct train_choice *choice)
{
    struct train_trial trials[COUNT] = {{.network = NULL}};
    bool ended;
    const size_t done = try_all(report, pairs, network, hooks, options, trials, &ended);
    const size_t best = best_of(trials, done);
    const bool learned = !isnan(trials[best].result.validation_esr);
    const bool good = done > 0 && (learned || !ended);
    if (done > 0 && !good)
        complain(NULL, "interrupted before anything was learned: there is no model");
    if (good && !ended) {
        say(trials, best);
        choice->network = CANDIDATES[best].trained(network);
    }
    if (good) {
        choice->best = trials[best];
        trials[best] = (struct train_trial){.network = NULL};
    }
    for (size_t i = 0; i < COUNT; i++)
        trial_free(&trials[i]);
    return good;
}

/** The network that a checkpoint was made with. Another run's is found out later. */
static json_t *resumed(const struct train_files *files, const json_t *network)
{
    struct xl_tensors file;
    struct xlstm_error error;
    json_t *trained = NULL;
    if (!xl_read_safetensors(&file, files->saved, files->saved_size, &error))
        return json_deep_copy(network);
    for (size_t i = 0; i < COUNT; i++) {
        json_decref(trained);
        trained = CANDIDATES[i].trained(network);
        if (json_equal(json_object_get(file.config, "network"), trained))
            break;
    }
    xl_tensors_free(&file);
    return trained;
}

bool train_choose(struct train_report *report, const struct train_pairs *pairs, json_t *network,
                  const struct train_hooks *hooks, struct train_options *options,
                  struct train_choice *choice)
{
    *choice = (struct train_choice){.network = NULL};
    if (!report->files->saved)
        return choose(report, pairs, network, hooks, options, choice);
    choice->network = resumed(report->files, network);
    return true;
}
