/* SPDX-License-Identifier: ISC */
#include "train_run.h"

#include "network.h"
#include "outfile.h"
#include "report.h"
#include "train_report.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool show(void *context, const struct train_progress *progress)
{
    train_show(context, progress);
    return !interrupted;
}

static void set_text(json_t *json, const char *field, const char *text)
{
    if (text)
        json_object_set_new(json, field, json_string(text));
}

/** What the file shall say about itself. */
static void describe(const struct train_settings *settings, json_t *json,
                     const struct train_result *result, double esr)
{
    set_text(json, "name", settings->name);
    set_text(json, "gear", settings->gear);
    set_text(json, "author", settings->author);
    set_text(json, "licence", settings->licence);
    json_object_set_new(json, "sample_rate", json_real(TRAIN_MODEL_RATE));
    if (isfinite(esr))
        json_object_set_new(json, "esr", json_real(esr));
    json_object_set_new(json, "made_by",
                        json_sprintf("xlstm train, seed %ld, %llu updates, %.1f epochs",
                                     settings->seed, (unsigned long long)result->progress.update,
                                     result->progress.epochs));
}

static bool save(const struct train_settings *settings, const struct xl_config *config,
                 json_t *json, const struct train_result *result, double esr)
{
    struct xlstm_error error;
    size_t size;
    describe(settings, json, result, esr);
    void *bytes = network_save(config, json, result->values, &size, &error);
    const bool good = bytes && outfile_write(settings->output, bytes, size, &error);
    free(bytes);
    if (!good)
        complain(settings->output, "%s", error.text);
    return good;
}

bool train_and_save(const struct train_settings *settings, const struct train_pairs *r,
                    json_t *json)
{
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    struct train_result result;
    struct train_options o = train_default_options();
    const struct train_hooks hooks = {.report = show, .context = (void *)settings};
    const struct train_set sets[] = {
        {r->train, r->train_count}, {r->validation, r->validation_count}, {r->test, r->test_count}};
    o.seed = (uint64_t)settings->seed;
    o.threads = (unsigned)settings->threads;
    o.seconds = settings->seconds;
    o.rate = settings->rate;
    o.updates = (uint64_t)settings->updates;
    if (!network_config(json, &file, &config, &error)) {
        complain(settings->network, "%s", error.text);
        return false;
    }
    sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = interrupt}, NULL);
    bool good = train_run(&config, &sets[0], &sets[1], &o, &hooks, &result, &error);
    status_clear();
    if (!good) {
        complain(NULL, "%s", error.text);
    } else {
        const double esr = train_esr(&config, result.values, &sets[2]);
        good = save(settings, &config, json, &result, esr);
        if (good)
            train_conclude(settings, &result, esr);
        train_result_free(&result);
    }
    xl_config_free(&config);
    return good;
}
