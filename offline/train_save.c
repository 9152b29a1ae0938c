/* SPDX-License-Identifier: ISC */
#include "train_save.h"

#include "decibel.h"
#include "network.h"
#include "outfile.h"
#include "report.h"
#include "train_loudness.h"
#include "train_picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void *train_save(const struct train_settings *settings, const struct train_files *files,
                 const struct xl_config *config, json_t *json, const struct train_result *result,
                 const struct train_pairs *pairs, double esr, size_t *size)
{
    struct xlstm_error error;
    const struct train_set sets[] = {{pairs->train, pairs->train_count},
                                     {pairs->validation, pairs->validation_count},
                                     {pairs->test, pairs->test_count}};
    describe(settings, json, result, esr);
    void *bytes =
        train_loudness(json, config, result->values, sets, sizeof sets / sizeof *sets, &error)
            ? network_save(config, json, result->values, size, &error)
            : NULL;
    if (bytes && outfile_write(files->model, bytes, *size, &error))
        return bytes;
    free(bytes);
    complain(files->model, "%s", error.text);
    return NULL;
}

/* ---- the picture ---------------------------------------------------------------------------- */

enum { TITLE = 200, LINE = 400 };

static void title_of(const struct train_settings *settings, const struct train_files *files,
                     char title[TITLE])
{
    const char *slash = strrchr(files->model, '/');
    const char *file = slash ? slash + 1 : files->model;
    snprintf(title, TITLE, "%s", settings->name ? settings->name : file);
}

static void errors_of(const struct train_result *result, double esr, char line[LINE])
{
    snprintf(line, LINE,
             "error to signal %.1f dB on passages it never heard, %.1f dB in validation",
             decibels_of_power(esr), decibels_of_power(result->validation_esr));
}

static void network_of(const xlstm_model *model, char line[LINE])
{
    const struct xlstm_info *info = xlstm_model_info(model);
    snprintf(line, LINE, "%s  ·  %llu multiply-adds a frame", info->architecture,
             (unsigned long long)info->macs_per_frame);
}

/** Whether a part was cut from a recording; if so, the knobs were where the part says. */
static bool is_part(const struct train_pair *part, const struct recording *recording)
{
    return part->dry >= recording->dry && part->dry < recording->dry + recording->frames;
}

/** The recordings from end to end, of which the parts leave out what only measures. */
static void list_whole(const struct train_pairs *pairs, struct train_pair whole[TRAIN_PAIRS])
{
    const struct train_set parts[] = {{pairs->train, pairs->train_count},
                                      {pairs->validation, pairs->validation_count},
                                      {pairs->test, pairs->test_count}};
    for (size_t r = 0; r < pairs->count; r++) {
        const struct recording *recording = &pairs->recordings[r];
        whole[r] = (struct train_pair){
            .dry = recording->dry, .wet = recording->wet, .frames = recording->frames};
        for (size_t s = 0; s < sizeof parts / sizeof *parts; s++)
            for (size_t p = 0; p < parts[s].count; p++)
                if (is_part(&parts[s].pairs[p], recording))
                    memcpy(whole[r].knobs, parts[s].pairs[p].knobs, sizeof whole[r].knobs);
    }
}

static bool draw(const struct train_settings *settings, const struct train_files *files,
                 const xlstm_model *model, const struct train_result *result,
                 const struct train_pairs *pairs, double esr, struct xlstm_error *error)
{
    struct train_pair whole[TRAIN_PAIRS];
    char title[TITLE], errors[LINE], network[LINE];
    title_of(settings, files, title);
    errors_of(result, esr, errors);
    network_of(model, network);
    list_whole(pairs, whole);
    return train_picture_write(&(struct train_picture){.title = title,
                                                       .errors = errors,
                                                       .network = network,
                                                       .model = model,
                                                       .rate = TRAIN_MODEL_RATE,
                                                       .held_out = {pairs->test, pairs->test_count},
                                                       .recordings = {whole, pairs->count},
                                                       .result = result},
                               files->picture, error);
}

bool train_draw(const struct train_settings *settings, struct train_files *files, const void *bytes,
                size_t size, const struct train_result *result, const struct train_pairs *pairs,
                double esr)
{
    struct xlstm_error error;
    if (!files->picture)
        return true;
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    const bool good = model && draw(settings, files, model, result, pairs, esr, &error);
    xlstm_model_free(model);
    if (good)
        return true;
    complain(files->picture, "%s", error.text);
    free(files->picture);
    files->picture = NULL;
    return false;
}
