/* SPDX-License-Identifier: ISC */
#include "train_run.h"

#include "decibel.h"
#include "network.h"
#include "outfile.h"
#include "report.h"
#include "train_loudness.h"
#include "train_picture.h"
#include "train_report.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
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

static void set_text(json_t *json, const char *field, const char *text)
{
    if (text)
        json_object_set_new(json, field, json_text(text));
}

static void set_number(json_t *json, const char *field, double number)
{
    if (isfinite(number))
        json_object_set_new(json, field, json_real(number));
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
    set_number(json, "input_level_dbu", settings->input_level);
    set_number(json, "output_level_dbu", settings->output_level);
    set_number(json, "esr", esr);
    json_object_set_new(json, "made_by",
                        json_sprintf("xlstm train, seed %ld, %llu updates, %.1f epochs",
                                     settings->seed, (unsigned long long)result->progress.update,
                                     result->progress.epochs));
}

/** Writes the model, whose bytes are given, for free(); NULL after a sentence. */
static void *save(const struct train_settings *settings, const struct train_files *files,
                  const struct xl_config *config, json_t *json, const struct train_result *result,
                  double esr, size_t *size)
{
    struct xlstm_error error;
    describe(settings, json, result, esr);
    void *bytes = network_save(config, json, result->values, size, &error);
    if (bytes && outfile_write(files->model, bytes, *size, &error))
        return bytes;
    free(bytes);
    complain(files->model, "%s", error.text);
    return NULL;
}

/** Draws the picture of the model that the bytes are. */
static bool picture(const struct train_settings *settings, struct train_files *files,
                    const void *bytes, size_t size, const struct train_result *result,
                    const struct train_set *sets, double esr)
{
    struct xlstm_error error;
    char title[200], subtitle[300];
    if (!files->picture)
        return true;
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    bool good = model;
    if (good) {
        const char *slash = strrchr(files->model, '/');
        snprintf(title, sizeof title, "%s",
                 settings->name ? settings->name
                 : slash        ? slash + 1
                                : files->model);
        snprintf(
            subtitle, sizeof subtitle,
            "error to signal %.1f dB on passages it never heard, %.1f dB in validation  ·  %s  "
            "·  %llu multiply-adds a frame",
            decibels_of_power(esr), decibels_of_power(result->validation_esr),
            xlstm_model_info(model)->architecture,
            (unsigned long long)xlstm_model_info(model)->macs_per_frame);
        good = train_picture_write(&(struct train_picture){.title = title,
                                                           .subtitle = subtitle,
                                                           .model = model,
                                                           .rate = TRAIN_MODEL_RATE,
                                                           .held_out = sets[2],
                                                           .recordings = sets[0],
                                                           .result = result},
                                   files->picture, &error);
    }
    xlstm_model_free(model);
    if (good)
        return true;
    complain(files->picture, "%s", error.text);
    free(files->picture);
    files->picture = NULL;
    return false;
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
    /* The second one ends the program at once. */
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
}

static bool train(struct hooked *hooked, const struct train_settings *settings,
                  const struct train_set *sets, const struct xl_config *config, json_t *json)
{
    struct xlstm_error error;
    struct train_result result;
    struct train_files *files = hooked->files;
    const struct train_options o = options_of(settings);
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
    bool good = train_run(config, &sets[0], &sets[1], &o, &hooks, &result, &error);
    json_decref(run);
    status_clear();
    if (!good) {
        complain(files->saved ? files->checkpoint : NULL, "%s", error.text);
        return false;
    }
    const double esr = train_esr(config, result.values, &sets[2]);
    size_t size;
    void *bytes = NULL;
    if (train_loudness(json, config, result.values, sets, SETS, &error))
        bytes = save(settings, files, config, json, &result, esr, &size);
    else
        complain(files->model, "%s", error.text);
    if (bytes && result.end != TRAIN_ENDED)
        train_files_drop(files);
    train_say_end(&hooked->report, &result);
    good = bytes && picture(settings, files, bytes, size, &result, sets, esr);
    if (bytes)
        train_conclude(&hooked->report, &result, esr);
    free(bytes);
    train_result_free(&result);
    return good;
}

bool train_and_save(const struct train_settings *settings, struct train_files *files,
                    const struct train_pairs *r, json_t *json)
{
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    struct hooked hooked = {{settings, files, -INFINITY}, files};
    const struct train_set sets[SETS] = {
        {r->train, r->train_count}, {r->validation, r->validation_count}, {r->test, r->test_count}};
    if (!network_config(json, &file, &config, &error)) {
        complain(settings->network, "%s", error.text);
        return false;
    }
    catch_signals();
    const bool good = train(&hooked, settings, sets, &config, json);
    xl_config_free(&config);
    return good;
}
