/* SPDX-License-Identifier: ISC */
/* xlstm info: what a model is and what it costs. */
#include "command.h"
#include "decibel.h"
#include "horizon.h"
#include "model_file.h"
#include "options.h"
#include "report.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

struct settings {
    bool json;
};

static const struct option_row options[] = {
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "all that is known, one line of JSON for each model", 0, 0, NULL},
    {0},
};

static bool is_audio(const struct xlstm_info *info)
{
    return info->inputs == 1 && info->outputs == 1;
}

/** Text from a file: control characters, which could drive the terminal, become question marks. */
static void print_foreign(const char *text)
{
    for (; *text; text++)
        putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
}

static void print_words(const char *label, const char *text)
{
    if (!*text)
        return;
    printf("  %-13s ", label);
    print_foreign(text);
    putchar('\n');
}

static void print_number(const char *label, double number, const char *unit)
{
    if (isfinite(number))
        printf("  %-13s %.1f %s\n", label, number, unit);
}

static void print_memory(struct horizon horizon)
{
    if (isfinite(horizon.seconds))
        printf("  %-13s %s%.2f s until the past is %.0f dB down\n", "memory",
               horizon.beyond ? "> " : "", horizon.seconds, -HORIZON_DECIBELS);
}

static void print_knobs(const struct xlstm_info *info)
{
    for (size_t k = 0; k < info->knob_count; k++) {
        const struct xlstm_knob *knob = &info->knobs[k];
        printf("  %-13s ", k ? "" : "knobs");
        print_foreign(knob->name);
        printf(", %g to %g, starts at %g\n", (double)knob->minimum, (double)knob->maximum,
               (double)knob->initial);
    }
}

/** The other networks of the file, one line each; what can't be read is said and left out. */
static void print_sizes(const char *path, const struct xlstm_info *info)
{
    if (info->size_count > 1)
        printf("  %-13s %zu, of which the best is told of above\n", "sizes", info->size_count);
    for (size_t which = 1; which < info->size_count; which++) {
        xlstm_model *model = model_read_size(path, which);
        if (!model)
            continue;
        const struct xlstm_info *other = xlstm_model_info(model);
        printf("  %13zu %s, %zu parameters, %llu multiply-adds per frame", which + 1,
               other->architecture, other->parameters, (unsigned long long)other->macs_per_frame);
        if (isfinite(other->esr))
            printf(", %.2f dB", decibels_of_power(other->esr));
        putchar('\n');
        xlstm_model_free(model);
    }
}

static void print_text(const char *path, const struct xlstm_info *info, struct horizon horizon)
{
    print_foreign(path);
    putchar('\n');
    print_words("name", info->name);
    print_words("author", info->author);
    print_words("licence", info->licence);
    print_words("gear", info->gear);
    print_words("made by", info->made_by);
    print_words("format", info->format);
    print_words("kind", info->kind);
    print_words("architecture", info->architecture);
    printf("  %-13s %g Hz\n", "sample rate", info->sample_rate);
    if (!is_audio(info))
        printf("  %-13s %u inputs, %u outputs: no audio model\n", "frame", info->inputs,
               info->outputs);
    printf("  %-13s %zu\n", "parameters", info->parameters);
    printf("  %-13s %llu multiply-adds per frame, %.1f million per second\n", "cost",
           (unsigned long long)info->macs_per_frame,
           (double)info->macs_per_frame * info->sample_rate / 1e6);
    printf("  %-13s %zu bytes for each channel\n", "state", info->state_bytes);
    print_sizes(path, info);
    print_memory(horizon);
    print_knobs(info);
    print_number("input level", info->input_level_dbu, "dBu at full scale");
    print_number("output level", info->output_level_dbu, "dBu at full scale");
    print_number("loudness", info->loudness_dbfs, "dBFS");
    if (isfinite(info->esr))
        printf("  %-13s %.2f dB (ESR %.4g) when it was trained\n", "error",
               decibels_of_power(info->esr), info->esr);
    print_words("runs on", info->isa);
}

static json_t *knobs_json(const struct xlstm_info *info)
{
    json_t *knobs = json_array();
    for (size_t k = 0; k < info->knob_count; k++) {
        const struct xlstm_knob *knob = &info->knobs[k];
        json_array_append_new(knobs,
                              json_pack("{s:s, s:f, s:f, s:f}", "name", knob->name, "minimum",
                                        (double)knob->minimum, "maximum", (double)knob->maximum,
                                        "default", (double)knob->initial));
    }
    return knobs;
}

/** All networks of the file, the best first. */
static json_t *sizes_json(const char *path, const struct xlstm_info *info)
{
    json_t *sizes = json_array();
    for (size_t which = 0; which < info->size_count; which++) {
        xlstm_model *model = model_read_size(path, which);
        if (!model)
            continue;
        const struct xlstm_info *one = xlstm_model_info(model);
        json_array_append_new(
            sizes, json_pack("{s:s, s:I, s:I, s:I, s:o}", "architecture", one->architecture,
                             "parameters", (json_int_t)one->parameters, "macs_per_frame",
                             (json_int_t)one->macs_per_frame, "state_bytes",
                             (json_int_t)one->state_bytes, "esr", json_finite(one->esr)));
        xlstm_model_free(model);
    }
    return sizes;
}

static json_t *config_json(const struct xlstm_info *info)
{
    json_t *config = json_loads(info->config, 0, NULL);
    return config ? config : json_null();
}

static bool print_json(const char *path, const struct xlstm_info *info, struct horizon horizon)
{
    return json_line(json_pack(
        "{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:f, s:i, s:i, s:I, s:I, s:I, s:o, "
        "s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
        "file", json_text(path), "kind", info->kind, "name", info->name, "author", info->author,
        "licence", info->licence, "gear", info->gear, "made_by", info->made_by, "format",
        info->format, "architecture", info->architecture, "isa", info->isa, "sample_rate",
        info->sample_rate, "inputs", (int)info->inputs, "outputs", (int)info->outputs, "parameters",
        (json_int_t)info->parameters, "macs_per_frame", (json_int_t)info->macs_per_frame,
        "state_bytes", (json_int_t)info->state_bytes, "memory_seconds",
        json_finite(horizon.seconds), "memory_beyond", horizon.beyond, "knobs", knobs_json(info),
        "input_level_dbu", json_finite(info->input_level_dbu), "output_level_dbu",
        json_finite(info->output_level_dbu), "loudness_dbfs", json_finite(info->loudness_dbfs),
        "esr", json_finite(info->esr), "sizes", sizes_json(path, info), "config",
        config_json(info)));
}

static bool describe(const char *path, bool json)
{
    xlstm_model *model = model_read(path);
    if (!model)
        return false;
    const struct xlstm_info *info = xlstm_model_info(model);
    struct horizon horizon = {.seconds = NAN};
    if (is_audio(info))
        horizon = horizon_measure(model);
    bool good = true;
    if (json)
        good = print_json(path, info, horizon);
    else
        print_text(path, info, horizon);
    xlstm_model_free(model);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {0};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    int outcome = DONE;
    for (int i = first; i < argc; i++)
        if (!describe(argv[i], settings.json))
            outcome = FAILED;
    return outcome;
}

const struct command command_info = {
    .name = "info",
    .operands = "MODEL...",
    .summary = "Say what a model is, what it costs and how long it remembers",
    .examples = "  xlstm info amp.safetensors\n"
                "  xlstm info --json *.nam | jq -r '[.file, .macs_per_frame] | @tsv'\n",
    .minimum = 1,
    .maximum = INT_MAX,
    .options = options,
    .run = run,
};
