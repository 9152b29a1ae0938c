/* SPDX-License-Identifier: ISC */
#include "train_run.h"

#include "network.h"
#include "outfile.h"
#include "report.h"
#include "train_choose.h"
#include "train_report.h"
#include "train_save.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

static volatile sig_atomic_t interrupted;

/** The first signal; the second one ends the program at once, but leaves no temporary file. */
static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
    outfile_guard_signals();
}

enum { SETS = 3 }; ///< train, validation, test

/** What the trainer's hooks work on. */
struct hooked {
    struct train_report report;
    struct train_files *files;
};

static bool show(void *context, const struct train_progress *progress)
{
    struct hooked *hooked = context;
    train_show(&hooked->report, progress);
    return !interrupted;
}

static void keep(void *context, const void *bytes, size_t size)
{
    struct hooked *hooked = context;
    train_files_keep(hooked->files, bytes, size);
}

/** All that decides how a training goes besides the trainer's options; NULL: out of memory. */
static json_t *identity(const json_t *network)
{
    return json_pack("{s:s, s:O}", "version", XLSTM_VERSION, "network", network);
}

static struct train_options options_of(const struct train_settings *settings)
{
    struct train_options o = train_default_options();
    o.seed = (uint64_t)settings->seed;
    o.threads = (unsigned)settings->threads;
    o.seconds = settings->updates ? 0 : settings->seconds;
    o.rate = settings->rate;
    o.updates = (uint64_t)settings->updates;
    o.loss = settings->loss;
    return o;
}

static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = interrupt}, before;
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

/** Writes what a training came to, and says so. */
static bool leave(const struct hooked *hooked, const struct train_pairs *pairs,
                  const struct xl_config *config, json_t *json, const struct train_result *result)
{
    const struct train_settings *settings = hooked->report.settings;
    struct train_files *files = hooked->files;
    const struct train_set test = {pairs->test, pairs->test_count};
    const double esr = train_esr(config, result->values, &test);
    size_t size;
    void *bytes = train_save(settings, files, config, json, result, pairs, esr, &size);
    if (bytes && result->end != TRAIN_ENDED)
        train_files_drop(files);
    train_say_end(&hooked->report, result);
    const bool good = bytes && train_draw(settings, files, bytes, size, result, pairs, esr);
    if (bytes)
        train_conclude(&hooked->report, result, esr);
    free(bytes);
    return good;
}

static bool train(struct hooked *hooked, const struct train_pairs *pairs,
                  const struct xl_config *config, json_t *json, const struct train_options *o,
                  struct train_result *result)
{
    struct xlstm_error error;
    const struct train_files *files = hooked->files;
    const struct train_settings *settings = hooked->report.settings;
    const struct train_set training = {pairs->train, pairs->train_count};
    const struct train_set validation = {pairs->validation, pairs->validation_count};
    json_t *run = identity(json);
    const struct train_hooks hooks = {
        .report = show,
        .keep = keep,
        .context = hooked,
        .keep_seconds = settings->checkpoint_seconds,
        .identity = run,
        .checkpoint = files->saved,
        .checkpoint_size = files->saved_size,
    };
    const bool good = train_run(config, &training, &validation, o, &hooks, result, &error);
    json_decref(run);
    status_clear();
    if (!good)
        complain(files->saved ? files->checkpoint : NULL, "%s", error.text);
    return good;
}

/** Trains the network of `json`. */
static bool train_network(struct hooked *hooked, const struct train_pairs *pairs, json_t *json,
                          const struct train_options *options, struct train_result *result)
{
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    if (!network_config(json, &file, &config, &error)) {
        complain(hooked->report.settings->network, "%s", error.text);
        return false;
    }
    const bool good = train(hooked, pairs, &config, json, options, result);
    xl_config_free(&config);
    return good;
}

/** Writes the network of `json`, of which the result has the values. */
static bool leave_network(const struct hooked *hooked, const struct train_pairs *pairs,
                          json_t *json, const struct train_result *result)
{
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    if (!network_config(json, &file, &config, &error)) {
        complain(NULL, "%s", error.text);
        return false;
    }
    const bool good = leave(hooked, pairs, &config, json, result);
    xl_config_free(&config);
    return good;
}

/** Writes the best of what was tried while a network was chosen: the run, which had `seconds`, was
 *  interrupted before anything did better. */
static bool leave_trial(const struct hooked *hooked, const struct train_pairs *pairs,
                        struct train_trial *trial, double seconds)
{
    complain(NULL, "interrupted so early that the model is the best that was tried while a network "
                   "was chosen");
    trial->result.end = TRAIN_ENDED;
    trial->result.progress.seconds = seconds;
    return leave_network(hooked, pairs, trial->network, &trial->result);
}

/** Trains the network that was chosen, and writes what did best. */
static bool train_and_leave(struct hooked *hooked, const struct train_pairs *pairs,
                            struct train_choice *choice, const struct train_options *options)
{
    struct train_result result;
    bool good = train_network(hooked, pairs, choice->network, options, &result);
    if (!good)
        return false;
    if (result.end == TRAIN_ENDED && choice->best.network &&
        train_better(choice->best.result.validation_esr, result.validation_esr)) {
        good = leave_trial(hooked, pairs, &choice->best, result.progress.seconds);
    } else {
        json_t *best =
            result.path_only ? network_path(choice->network) : json_incref(choice->network);
        good = leave_network(hooked, pairs, best, &result);
        json_decref(best);
    }
    train_result_free(&result);
    return good;
}

bool train_and_save(const struct train_settings *settings, struct train_files *files,
                    const struct train_pairs *pairs, json_t *json)
{
    struct hooked hooked = {.report = {settings, files, -INFINITY, NULL, NULL}, .files = files};
    const struct train_hooks trials = {.report = show, .context = &hooked};
    struct train_options options = options_of(settings);
    struct train_choice choice = {.network = NULL};
    catch_signals();
    if (settings->network)
        choice.network = json_incref(json);
    else if (!train_choose(&hooked.report, pairs, json, &trials, &options, &choice))
        return false;
    const bool good = choice.network ? train_and_leave(&hooked, pairs, &choice, &options)
                                     : leave_trial(&hooked, pairs, &choice.best, options.spent);
    train_choice_free(&choice);
    return good;
}
