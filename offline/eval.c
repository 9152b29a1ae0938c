/* SPDX-License-Identifier: ISC */
/* xlstm eval: how well a model answers for a device. */
#include "align.h"
#include "audio.h"
#include "command.h"
#include "decibel.h"
#include "esr.h"
#include "model_file.h"
#include "options.h"
#include "report.h"

#include <stdio.h>

enum {
    BLOCK = 4096,
    NEIGHBOURS = 3, ///< lags tried on either side of the one found
};

#define DEFAULT_MAX_LAG_SECONDS 2

struct settings {
    const char *model;
    bool no_model, json;
    struct option_list knobs;
    double max_lag; /* seconds */
};

static const struct option_row options[] = {
    MODEL_OPTION(settings, model),
    {"no-model", 0, OPTION_FLAG, offsetof(struct settings, no_model), NULL,
     "compare the files as they are", 0, 0, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "set a knob of the model; may be repeated", 0, 0, NULL},
    {"max-lag", 0, OPTION_DURATION, offsetof(struct settings, max_lag), "TIME",
     "look for a latency up to this (default 2s)", 0, 60, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL, "report one line of JSON", 0,
     0, NULL},
    {0},
};

/** The pair under comparison: one channel each, at one rate. */
struct pair {
    const char *dry_path, *wet_path;
    struct audio dry, wet;
    float *estimate, *target; /* the model's answer, of dry.frames; the wet channel */
};

struct result {
    struct alignment alignment;
    long lag; /* that was compensated */
    struct comparison comparison;
    size_t frames; /* compared */
};

/** Reads a file, at `rate` unless that is 0, and says what was not as it should be. */
static bool read_one(struct audio *audio, const char *path, double rate)
{
    struct xlstm_error error;
    uint64_t not_finite = 0;
    if (!audio_read(audio, path, &not_finite, &error)) {
        complain(path, "%s", error.text);
        return false;
    }
    if (not_finite)
        complain(path, "%llu samples are not finite and count as silence",
                 (unsigned long long)not_finite);
    unsigned channel = audio_loudest(audio);
    if (audio->channels > 1)
        complain(path, "has %u channels: channel %u, the loudest, is used", audio->channels,
                 channel + 1);
    if (rate > 0 && audio->rate != rate)
        complain(path, "is resampled from %g to %g Hz", audio->rate, rate);
    if (rate > 0 && !audio_resample(audio, rate, &error)) {
        complain(path, "%s", error.text);
        audio_free(audio);
        return false;
    }
    return true;
}

static bool read_pair(struct pair *pair, double rate)
{
    if (!read_one(&pair->dry, pair->dry_path, rate))
        return false;
    if (!read_one(&pair->wet, pair->wet_path, pair->dry.rate))
        return false;
    pair->estimate = audio_channel(&pair->dry, audio_loudest(&pair->dry));
    pair->target = audio_channel(&pair->wet, audio_loudest(&pair->wet));
    if (pair->dry.frames != pair->wet.frames)
        complain(pair->wet_path, "is %.3f s long, the dry file %.3f s",
                 (double)pair->wet.frames / pair->wet.rate,
                 (double)pair->dry.frames / pair->dry.rate);
    return true;
}

/** Replaces the dry channel by the model's answer to it. */
static bool answer(const xlstm_model *model, const struct option_list *knobs, struct pair *pair)
{
    float values[XLSTM_MAX_KNOBS];
    if (!model_knob_values(model, knobs, values))
        return false;
    xlstm_stream *stream = model_stream(model, 1, BLOCK, values);
    if (!stream)
        return false;
    xlstm_stream_process(stream, (const float *const[]){pair->estimate},
                         (float *const[]){pair->estimate}, pair->dry.frames);
    xlstm_stream_free(stream);
    return true;
}

static size_t less(size_t whole, size_t part)
{
    return whole > part ? whole - part : 0;
}

/** Compares with the target `lag` frames late. */
static void compare_at(const struct pair *pair, long lag, struct result *result)
{
    size_t skip_estimate = lag < 0 ? (size_t)-lag : 0, skip_target = lag > 0 ? (size_t)lag : 0;
    size_t left_estimate = less(pair->dry.frames, skip_estimate);
    size_t left_target = less(pair->wet.frames, skip_target);
    result->lag = lag;
    result->frames = left_estimate < left_target ? left_estimate : left_target;
    result->comparison = esr_compare(pair->target + skip_target, pair->estimate + skip_estimate,
                                     result->alignment.polarity, result->frames);
}

static bool silent(const struct pair *pair)
{
    for (size_t i = 0; i < pair->wet.frames; i++)
        if (pair->target[i] != 0)
            return false;
    return true;
}

/** Aligns and compares: the strongest answer of a device may lie a few frames beside the lag at
 *  which a model fits best, so the neighbours are tried too. Recordings without anything in common
 *  are compared as they are. */
static bool compare(const struct pair *pair, double max_lag, struct result *result)
{
    struct alignment *found = &result->alignment;
    if (!align_find(pair->estimate, pair->dry.frames, pair->target, pair->wet.frames,
                    (size_t)(max_lag * pair->dry.rate), found)) {
        complain(NULL, "the alignment needs more memory than there is");
        return false;
    }
    if (silent(pair)) {
        complain(pair->wet_path, "is silent, so there is no error-to-signal ratio");
        return false;
    }
    if (found->confidence < ALIGN_RELATED) {
        complain(pair->wet_path, "has nothing in common with the answer to %s", pair->dry_path);
        found->polarity = 1;
        compare_at(pair, 0, result);
        return true;
    }
    struct result best = *result;
    const long peak = lround(found->peak);
    compare_at(pair, peak, &best);
    for (long lag = peak - NEIGHBOURS; lag <= peak + NEIGHBOURS; lag++) {
        compare_at(pair, lag, result);
        if (result->comparison.esr < best.comparison.esr)
            best = *result;
    }
    *result = best;
    return true;
}

static void print_text(const struct pair *pair, const struct result *result)
{
    const struct comparison *c = &result->comparison;
    printf("error         %.2f dB  (ESR %.4g)\n", decibels_of_power(c->esr), c->esr);
    printf("pre-emphasis  %.2f dB  (ESR %.4g after 1 - %.2f/z)\n",
           decibels_of_power(c->esr_emphasis), c->esr_emphasis, ESR_EMPHASIS);
    printf("latency       %+ld frames (%+.3f ms), taken out\n", result->lag,
           1e3 * (double)result->lag / pair->dry.rate);
    printf("polarity      %s\n",
           result->alignment.polarity < 0 ? "inverted, turned back" : "equal");
    printf("gain          %+.2f dB would give %.2f dB, not applied\n",
           decibels_of_amplitude(c->gain), decibels_of_power(c->esr_best_gain));
    printf("compared      %.3f s at %g Hz\n", (double)result->frames / pair->dry.rate,
           pair->dry.rate);
}

static bool print_json(const struct settings *settings, const struct pair *pair,
                       const struct result *result)
{
    const struct comparison *c = &result->comparison;
    return json_line(json_pack(
        "{s:o, s:o, s:o, s:f, s:I, s:o, s:o, s:o, s:o, s:I, s:f, s:i, s:f, s:o, s:o}", "model",
        settings->no_model ? json_null()
                           : json_text(settings->model ? settings->model : DEFAULT_PRESET),
        "dry", json_text(pair->dry_path), "wet", json_text(pair->wet_path), "sample_rate",
        pair->dry.rate, "frames", (json_int_t)result->frames, "esr", json_finite(c->esr), "esr_db",
        json_finite(decibels_of_power(c->esr)), "esr_preemphasis", json_finite(c->esr_emphasis),
        "esr_preemphasis_db", json_finite(decibels_of_power(c->esr_emphasis)), "latency_frames",
        (json_int_t)result->lag, "latency_peak", result->alignment.peak, "polarity",
        result->alignment.polarity, "alignment_confidence", result->alignment.confidence,
        "best_gain_db", json_finite(decibels_of_amplitude(c->gain)), "esr_best_gain",
        json_finite(c->esr_best_gain)));
}

/** Everything after the model is there; it is NULL for --no-model. */
static bool evaluate(const struct settings *settings, const xlstm_model *model, struct pair *pair)
{
    struct result result;
    if (!read_pair(pair, model ? xlstm_model_info(model)->sample_rate : 0))
        return false;
    if (model && !answer(model, &settings->knobs, pair))
        return false;
    if (!compare(pair, settings->max_lag, &result))
        return false;
    if (settings->json)
        return print_json(settings, pair, &result);
    print_text(pair, &result);
    return true;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {.max_lag = DEFAULT_MAX_LAG_SECONDS};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    struct pair pair = {.dry_path = argv[first], .wet_path = argv[first + 1]};
    xlstm_model *model = NULL;
    if (!settings.no_model && !(model = model_read_audio(settings.model)))
        return FAILED;
    bool good = evaluate(&settings, model, &pair);
    audio_free(&pair.dry);
    audio_free(&pair.wet);
    xlstm_model_free(model);
    return good ? DONE : FAILED;
}

const struct command command_eval = {
    .name = "eval",
    .operands = "DRY WET",
    .summary = "Measure how well a model answers for a device",
    .details =
        "DRY was played into the device, WET recorded from it. The model's answer to DRY is\n"
        "compared with WET: energy of the error over energy of WET, plain and after\n"
        "pre-emphasis. Latency of either sign and polarity are found and taken out, and said;\n"
        "a difference in gain is said and counts as error.\n",
    .examples = "  xlstm eval -m amp.safetensors dry.wav wet.wav\n"
                "  xlstm eval -m amp.safetensors --json dry.wav wet.wav | jq .esr_db\n"
                "  xlstm eval --no-model render.wav export.wav    are two files the same?\n",
    .minimum = 2,
    .maximum = 2,
    .options = options,
    .run = run,
};
