/* SPDX-License-Identifier: ISC */
#include "train_choose.h"

#include "decibel.h"
#include "network.h"
#include "report.h"

#include <math.h>

/** Of a run, what either candidate is tried for. */
static const double SHARE = 0.05;

/** Updates, or seconds, after which candidates can be told apart, and the share of a run that they
 *  may take where that is more. */
static const double ENOUGH_UPDATES = 400, ENOUGH_SECONDS = 1.5, LARGEST_SHARE = 0.1;

/** Validations of a candidate, few, as they cost the larger network more of its time. */
enum { VALIDATIONS = 4 };

/** Updates of a path that take as long as one of a whole network. */
enum { PATH_UPDATES = 2 };

/** Seconds of a run limited by time that each candidate is tried for. */
static double trial_seconds(const struct train_options *whole)
{
    return fmax(SHARE * whole->seconds, fmin(ENOUGH_SECONDS, LARGEST_SHARE * whole->seconds));
}

static struct train_options short_options(const struct train_options *whole)
{
    struct train_options o = *whole;
    o.seconds = trial_seconds(whole);
    const double all = (double)whole->updates;
    o.updates = (uint64_t)fmin(all, fmax(SHARE * all, ENOUGH_UPDATES));
    o.path_share = 0;
    o.patience = 1;
    o.validations = VALIDATIONS;
    return o;
}

/** Trains a candidate. False after a sentence, or if `hooks` ended it. */
static bool attempt(const struct train_pairs *pairs, json_t *json, const struct train_options *o,
                    const struct train_hooks *hooks, double *esr)
{
    const struct train_set training = {pairs->train, pairs->train_count};
    const struct train_set validation = {pairs->validation, pairs->validation_count};
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    struct train_result result;
    bool good = network_config(json, &file, &config, &error);
    if (good) {
        good = train_run(&config, &training, &validation, o, hooks, &result, &error);
        xl_config_free(&config);
    }
    status_clear();
    if (!good) {
        complain(NULL, "%s", error.text);
        return false;
    }
    *esr = result.validation_esr;
    const bool ended = result.end == TRAIN_ENDED;
    train_result_free(&result);
    return !ended;
}

/** The candidate that a checkpoint was made with. Another run's is found out later. */
static json_t *resumed(const struct train_files *files, json_t *network, json_t *without)
{
    struct xl_tensors file;
    struct xlstm_error error;
    if (!xl_read_safetensors(&file, files->saved, files->saved_size, &error))
        return json_incref(network);
    const bool short_memory = json_equal(json_object_get(file.config, "network"), without);
    xl_tensors_free(&file);
    return json_incref(short_memory ? without : network);
}

static json_t *choose(const struct train_pairs *pairs, json_t *network, json_t *without,
                      const struct train_hooks *hooks, struct train_options *options)
{
    const struct train_options fast = short_options(options);
    struct train_options slow = fast;
    double path_esr, fast_esr;
    slow.steps = slow.path_steps;
    slow.updates *= PATH_UPDATES;
    json_t *path = network_path(network);
    const bool good = attempt(pairs, path, &slow, hooks, &path_esr) &&
                      attempt(pairs, without, &fast, hooks, &fast_esr);
    json_decref(path);
    if (!good)
        return NULL;
    const double path_error = decibels_of_power(path_esr), error = decibels_of_power(fast_esr);
    const bool remembers = path_error < error;
    complain(NULL, "the device seems to %s: %.1f dB by its envelope alone, %.1f dB without it; %s",
             remembers ? "remember for long" : "forget fast", path_error, error,
             remembers ? "the model gets a path at control rate" : "the model gets no slow path");
    return json_incref(remembers ? network : without);
}

json_t *train_choose(const struct train_files *files, const struct train_pairs *pairs,
                     json_t *network, const struct train_hooks *hooks,
                     struct train_options *options)
{
    json_t *without = network_without_path(network);
    json_t *chosen = files->saved ? resumed(files, network, without)
                                  : choose(pairs, network, without, hooks, options);
    options->seconds -= 2 * trial_seconds(options);
    json_decref(without);
    return chosen;
}
