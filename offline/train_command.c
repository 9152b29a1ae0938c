/* SPDX-License-Identifier: ISC */
/* xlstm train: from recordings of a device to a model of it. */
#include "align.h"
#include "audio.h"
#include "command.h"
#include "decibel.h"
#include "network.h"
#include "options.h"
#include "outfile.h"
#include "report.h"
#include "train_loudness.h"
#include "trainer.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double MODEL_RATE = 48000;
static const double MAX_LAG_SECONDS = 2;
/** A band limit of linear phase answers this much ahead of time (frames); nothing else does. */
static const long RINGING = 3;

/* Parts of the recordings that training never sees: validation chooses the best model, the test
 * tells how good it is. Both come from two places, so that a change of playing is in all parts. */
enum { PIECES = 20, HELD_OUT = 4 };
static const struct held_out {
    unsigned piece;
    bool test;
} HELD_OUT_PIECES[HELD_OUT] = {{4, false}, {9, true}, {14, false}, {19, true}};
static const double LEAD_IN_SECONDS = 1.5;

struct settings {
    const char *output, *network, *name, *author, *gear, *licence;
    int size;
    double seconds, rate;
    double input_level, output_level; /* dBu of full scale, NaN if unsaid */
    long updates, seed, threads;
    bool json, overwrite;
    struct option_list knobs;
};

static const struct option_row options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, output), "FILE",
     "the model to write, a .safetensors file", 0, 0, NULL},
    {"time", 't', OPTION_DURATION, offsetof(struct settings, seconds), "TIME",
     "the best model that can be had in this time\n(default 5m)", 1, 7 * 86400, NULL},
    {"updates", 0, OPTION_WHOLE, offsetof(struct settings, updates), "N",
     "train for N updates instead, which repeats to the\nbit for a seed and number of threads", 1,
     1e9, NULL},
    {"size", 's', OPTION_CHOICE, offsetof(struct settings, size), "SIZE",
     "tiny, standard (default) or large", 0, 0, network_size_names},
    {"network", 0, OPTION_TEXT, offsetof(struct settings, network), "FILE",
     "a network of your own: configuration as JSON, see\npresets/README.md", 0, 0, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "position of a knob in a recording: the first use of\nNAME is for the first pair, and so on",
     0, 0, NULL},
    {"name", 0, OPTION_TEXT, offsetof(struct settings, name), "TEXT", "name of the model", 0, 0,
     NULL},
    {"gear", 0, OPTION_TEXT, offsetof(struct settings, gear), "TEXT", "the device it models", 0, 0,
     NULL},
    {"author", 0, OPTION_TEXT, offsetof(struct settings, author), "TEXT", "who made it", 0, 0,
     NULL},
    {"licence", 0, OPTION_TEXT, offsetof(struct settings, licence), "TEXT",
     "on what terms others may use it", 0, 0, NULL},
    {"input-level", 0, OPTION_NUMBER, offsetof(struct settings, input_level), "DBU",
     "what full scale of the dry recordings was in the\ncable to the device", -120, 120, NULL},
    {"output-level", 0, OPTION_NUMBER, offsetof(struct settings, output_level), "DBU",
     "the same of the wet recordings, behind the device", -120, 120, NULL},
    {"rate", 0, OPTION_NUMBER, offsetof(struct settings, rate), "R",
     "learning rate at its height (default 0.006)", 1e-6, 1, NULL},
    {"seed", 0, OPTION_WHOLE, offsetof(struct settings, seed), "N",
     "of all random numbers (default 1)", 0, 1e9, NULL},
    {"threads", 0, OPTION_WHOLE, offsetof(struct settings, threads), "N",
     "threads to use (default: one for each core)", 1, 64, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "report one line of JSON at each validation", 0, 0, NULL},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct settings, overwrite), NULL,
     "replace FILE if it exists", 0, 0, NULL},
    {0},
};

/* ---- recordings ----------------------------------------------------------------------------- */

enum { MAX_PAIRS = 64, MAX_PARTS = MAX_PAIRS * (HELD_OUT + 1) };

struct recordings {
    size_t count;
    struct audio dry[MAX_PAIRS], wet[MAX_PAIRS];
    size_t train_count, validation_count, test_count;
    struct train_pair train[MAX_PARTS], validation[MAX_PARTS], test[MAX_PARTS];
};

/** Reads a file as one channel at the model's rate. */
static bool read_mono(struct audio *audio, const char *path)
{
    struct xlstm_error error;
    if (!audio_read(audio, path, NULL, &error)) {
        complain(path, "%s", error.text);
        return false;
    }
    if (audio->rate != MODEL_RATE)
        complain(path, "is resampled from %g to %g Hz", audio->rate, MODEL_RATE);
    if (!audio_resample(audio, MODEL_RATE, &error)) {
        complain(path, "%s", error.text);
        audio_free(audio);
        return false;
    }
    return true;
}

/** A recording cut to what dry and wet have in common, sample by sample. */
static bool align(const char *wet_path, const struct audio *dry, const struct audio *wet,
                  struct train_pair *pair)
{
    struct alignment found;
    const float *in = audio_channel(dry, audio_loudest(dry));
    const float *out = audio_channel(wet, audio_loudest(wet));
    if (!align_find(in, dry->frames, out, wet->frames, (size_t)(MAX_LAG_SECONDS * MODEL_RATE),
                    &found)) {
        complain(NULL, "the alignment needs more memory than there is");
        return false;
    }
    if (found.confidence < ALIGN_RELATED) {
        complain(wet_path, "has nothing in common with the dry recording");
        return false;
    }
    if (found.lag < 0 && found.lag >= -RINGING)
        found.lag = 0;
    if (found.lag != 0)
        complain(wet_path, "comes %ld samples %s; this is taken out", labs(found.lag),
                 found.lag > 0 ? "late" : "early");
    const size_t skip_dry = found.lag < 0 ? (size_t)-found.lag : 0;
    const size_t skip_wet = found.lag > 0 ? (size_t)found.lag : 0;
    const size_t left_dry = dry->frames - skip_dry, left_wet = wet->frames - skip_wet;
    *pair = (struct train_pair){.dry = in + skip_dry,
                                .wet = out + skip_wet,
                                .frames = left_dry < left_wet ? left_dry : left_wet};
    return true;
}

/** The part of a pair from piece `first` to before piece `last`, with a lead-in. */
static struct train_pair part_of(const struct train_pair *pair, size_t first, size_t last)
{
    struct train_pair part = *pair;
    const size_t begin = pair->frames * first / PIECES, end = pair->frames * last / PIECES;
    const size_t lead = (size_t)(LEAD_IN_SECONDS * MODEL_RATE);
    part.lead_in = begin < lead ? begin : lead;
    part.dry += begin - part.lead_in;
    part.wet += begin - part.lead_in;
    part.frames = end - begin + part.lead_in;
    return part;
}

static void cut(struct recordings *r, const struct train_pair *pair)
{
    unsigned first = 0;
    for (size_t i = 0; i < HELD_OUT; i++) {
        const struct held_out *held = &HELD_OUT_PIECES[i];
        const struct train_pair out = part_of(pair, held->piece, held->piece + 1);
        if (held->piece > first)
            r->train[r->train_count++] = part_of(pair, first, held->piece);
        if (held->test)
            r->test[r->test_count++] = out;
        else
            r->validation[r->validation_count++] = out;
        first = held->piece + 1;
    }
    if (first < PIECES)
        r->train[r->train_count++] = part_of(pair, first, PIECES);
}

static bool read_recordings(struct recordings *r, int count, char **paths,
                            const float (*knobs)[XLSTM_MAX_KNOBS])
{
    for (int i = 0; i + 1 < count; i += 2) {
        struct train_pair pair;
        struct audio *dry = &r->dry[r->count], *wet = &r->wet[r->count];
        if (!read_mono(dry, paths[i]))
            return false;
        if (!read_mono(wet, paths[i + 1])) {
            audio_free(dry);
            return false;
        }
        r->count++;
        if (!align(paths[i + 1], dry, wet, &pair))
            return false;
        memcpy(pair.knobs, knobs[i / 2], sizeof pair.knobs);
        cut(r, &pair);
    }
    return true;
}

static void free_recordings(struct recordings *r)
{
    for (size_t i = 0; i < r->count; i++) {
        audio_free(&r->dry[i]);
        audio_free(&r->wet[i]);
    }
    free(r);
}

/* ---- network -------------------------------------------------------------------------------- */

/** Collects the knobs' positions, pair by pair, and describes the knobs in the configuration. */
static bool read_knobs(const struct option_list *list, size_t pairs, json_t *json,
                       float (*knobs)[XLSTM_MAX_KNOBS])
{
    char names[XLSTM_MAX_KNOBS][64];
    size_t count = 0, used[XLSTM_MAX_KNOBS] = {0};
    for (size_t i = 0; i < list->count; i++) {
        const char *equals = strchr(list->items[i], '=');
        char *end = NULL;
        size_t k = 0;
        const size_t length = equals ? (size_t)(equals - list->items[i]) : 0;
        const double value = equals ? strtod(equals + 1, &end) : 0;
        if (length == 0 || length >= sizeof names[0] || end == equals + 1 || *end) {
            complain(NULL, "--knob %s is not NAME=VALUE", list->items[i]);
            return false;
        }
        while (k < count &&
               (strlen(names[k]) != length || strncmp(names[k], list->items[i], length) != 0))
            k++;
        if (k == XLSTM_MAX_KNOBS || used[k] == pairs) {
            complain(NULL, "--knob %s is one too many: there are %zu pairs of files",
                     list->items[i], pairs);
            return false;
        }
        if (k == count)
            snprintf(names[count++], sizeof names[0], "%.*s", (int)length, list->items[i]);
        knobs[used[k]++][k] = (float)value;
    }
    json_t *described = json_array();
    for (size_t k = 0; k < count; k++) {
        double minimum = INFINITY, maximum = -INFINITY;
        for (size_t p = 0; p < pairs; p++) {
            minimum = fmin(minimum, (double)knobs[p][k]);
            maximum = fmax(maximum, (double)knobs[p][k]);
        }
        if (used[k] != pairs || !(minimum < maximum)) {
            complain(NULL, "knob %s needs a value for each pair, and not the same for all",
                     names[k]);
            json_decref(described);
            return false;
        }
        json_array_append_new(described, json_pack("{s:s, s:f, s:f}", "name", names[k], "minimum",
                                                   minimum, "maximum", maximum));
    }
    if (count > 0)
        return json_object_set_new(json, "knobs", described) == 0;
    json_decref(described);
    return true;
}

static json_t *read_network(const struct settings *settings)
{
    json_error_t error;
    if (!settings->network)
        return network_of_size((enum network_size)settings->size);
    json_t *json = json_load_file(settings->network, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        complain(settings->network, "line %d: %s", error.line, error.text);
    return json;
}

/* ---- training ------------------------------------------------------------------------------- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static bool show(void *context, const struct train_progress *p)
{
    const struct settings *settings = context;
    const long left = lround(p->seconds_left);
    status_show("epoch %.1f  train %.1f dB  validation %.1f dB  best %.1f dB  %.2f Mframes/s  "
                "%ld:%02ld left",
                p->epochs, decibels_of_power(p->train_esr), decibels_of_power(p->validation_esr),
                decibels_of_power(p->best_esr), p->frames_per_second / 1e6, left / 60, left % 60);
    if (settings->json)
        json_line(json_pack("{s:I, s:f, s:f, s:o, s:o, s:o, s:f}", "update", (json_int_t)p->update,
                            "epochs", p->epochs, "seconds", p->seconds, "train_esr_db",
                            json_finite(decibels_of_power(p->train_esr)), "validation_esr_db",
                            json_finite(decibels_of_power(p->validation_esr)), "best_esr_db",
                            json_finite(decibels_of_power(p->best_esr)), "frames_per_second",
                            p->frames_per_second));
    return !interrupted;
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
static void describe(const struct settings *settings, json_t *json,
                     const struct train_result *result, double esr)
{
    set_text(json, "name", settings->name);
    set_text(json, "gear", settings->gear);
    set_text(json, "author", settings->author);
    set_text(json, "licence", settings->licence);
    json_object_set_new(json, "sample_rate", json_real(MODEL_RATE));
    set_number(json, "input_level_dbu", settings->input_level);
    set_number(json, "output_level_dbu", settings->output_level);
    set_number(json, "esr", esr);
    json_object_set_new(json, "made_by",
                        json_sprintf("xlstm train, seed %ld, %llu updates, %.1f epochs",
                                     settings->seed, (unsigned long long)result->progress.update,
                                     result->progress.epochs));
}

static bool save(const struct settings *settings, const struct xl_config *config, json_t *json,
                 const struct train_result *result, double esr)
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

static void conclude(const struct settings *settings, const struct train_result *result, double esr)
{
    if (settings->json) {
        json_line(json_pack("{s:o, s:o, s:o, s:I, s:f}", "model", json_text(settings->output),
                            "esr_db", json_finite(decibels_of_power(esr)), "validation_esr_db",
                            json_finite(decibels_of_power(result->validation_esr)), "updates",
                            (json_int_t)result->progress.update, "seconds",
                            result->progress.seconds));
        return;
    }
    printf("%s: %.1f dB on the test passages, %.1f dB on the validation passages\n",
           settings->output, decibels_of_power(esr), decibels_of_power(result->validation_esr));
    printf("try it:  xlstm render -m %s guitar.wav -o out.wav\n", settings->output);
}

static bool train(const struct settings *settings, struct recordings *r, json_t *json)
{
    struct xl_tensors file;
    struct xl_config config;
    struct xlstm_error error;
    struct train_result result;
    struct train_options o = train_default_options();
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
    bool good = train_run(&config, &sets[0], &sets[1], &o, show, (void *)settings, &result, &error);
    status_clear();
    if (!good) {
        complain(NULL, "%s", error.text);
    } else {
        const double esr = train_esr(&config, result.values, &sets[2]);
        good = train_loudness(json, &config, result.values, sets, 3, &error);
        if (!good)
            complain(settings->output, "%s", error.text);
        good = good && save(settings, &config, json, &result, esr);
        if (good)
            conclude(settings, &result, esr);
        free(result.values);
    }
    xl_config_free(&config);
    return good;
}

static bool prepare_and_train(const struct settings *settings, int count, char **paths)
{
    float knobs[MAX_PAIRS][XLSTM_MAX_KNOBS] = {{0}};
    json_t *json = read_network(settings);
    struct recordings *r = calloc(1, sizeof *r);
    const bool good = json && r && read_knobs(&settings->knobs, (size_t)count / 2, json, knobs) &&
                      read_recordings(r, count, paths, knobs) && train(settings, r, json);
    if (r)
        free_recordings(r);
    json_decref(json);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {.size = NETWORK_STANDARD,
                                .seed = 1,
                                .seconds = 300,
                                .rate = train_default_options().rate,
                                .input_level = NAN,
                                .output_level = NAN};
    settings.threads = sysconf(_SC_NPROCESSORS_ONLN);
    const int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    const int count = argc - first;
    if (count % 2 != 0 || count > 2 * MAX_PAIRS) {
        complain(NULL, "train needs pairs of files: dry, then wet, at most %d", MAX_PAIRS);
        return MISUSED;
    }
    const int ready = outfile_ready("train", settings.output, settings.overwrite);
    if (ready != DONE)
        return ready;
    sigaction(SIGINT, &(struct sigaction){.sa_handler = interrupt}, NULL);
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = interrupt}, NULL);
    return prepare_and_train(&settings, count, argv + first) ? DONE : FAILED;
}

const struct command command_train = {
    .name = "train",
    .operands = "DRY WET [DRY WET]…",
    .summary = "Train a model from recordings of a device",
    .details =
        "DRY is what went into the device, WET what came out of it. Latency, sample rates\n"
        "and lengths need not agree. Ctrl-C ends the training and keeps the best model so far.\n",
    .examples = "  xlstm train dry.wav wet.wav -o amp.safetensors\n"
                "  xlstm train dry.wav wet.wav -o amp.safetensors --time 30s --size tiny\n"
                "  xlstm train dry.wav soft.wav dry.wav hard.wav -k drive=0 -k drive=1 -o "
                "pedal.safetensors\n",
    .minimum = 2,
    .maximum = 2 * MAX_PAIRS,
    .options = options,
    .run = run,
};
