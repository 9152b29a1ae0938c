/* SPDX-License-Identifier: ISC */
/* xlstm eval: how well a model answers for a device. */
#include "command.h"
#include "decibel.h"
#include "esr.h"
#include "holdout.h"
#include "model_file.h"
#include "options.h"
#include "recording.h"
#include "report.h"
#include "source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    BLOCK = 4096,
    NEIGHBOURS = 3, ///< lags tried on either side of the one found
};

struct settings {
    const char *model, *quality, *dry, *wet;
    bool no_model, whole, json;
    struct option_list knobs;
};

static const struct option_row options[] = {
    MODEL_OPTION(settings, model),
    QUALITY_OPTION(settings, quality),
    {"no-model", 0, OPTION_FLAG, offsetof(struct settings, no_model), NULL,
     "compare the files with each other", 0, 0, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "set a knob of the model; may be repeated", 0, 0, NULL},
    {"whole", 0, OPTION_FLAG, offsetof(struct settings, whole), NULL,
     "count all of a test signal, not only what training\nkeeps for tests", 0, 0, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL, "report one line of JSON", 0,
     0, NULL},
    {0},
};

struct result {
    long lag;     /* of the answer that fits best, beside the recording's own */
    int polarity; /* by which it fits best */
    struct comparison comparison;
    size_t frames; /* compared */
};

/** The rate of a file's header; 0 after a sentence. */
static double rate_of(const char *path)
{
    struct source source;
    struct xlstm_error error;
    if (!source_open(&source, path, &error)) {
        complain(path, "%s", error.text);
        return 0;
    }
    const double rate = source.info.samplerate;
    source_close(&source);
    return rate;
}

/** Loads the pair and says what was found. */
static bool load(const struct settings *settings, double rate, struct recording *recording)
{
    struct xlstm_error error;
    if (!recording_load(recording, settings->dry, settings->wet, rate, &error)) {
        complain(NULL, "%s", error.text);
        return false;
    }
    for (size_t i = 0; i < recording->note_count; i++)
        complain(recording->notes[i].path, "%s", recording->notes[i].text);
    return true;
}

/** Leaves of a recording of the test signal the passages that training keeps for tests, and says
 * so: on sweeps and noise no model is trained, and on the other passages some are. */
static bool keep_test_passages(struct recording *r, const char *path)
{
    struct holdout chosen;
    struct holdout_parts parts = {0};
    const bool good = holdout_choose(r, true, true, &chosen) && holdout_cut(&chosen, r, &parts);
    if (good && parts.test.count > 0) {
        free(r->spans);
        r->spans = parts.test.spans;
        r->span_count = parts.test.count;
        r->usable = spans_total(&parts.test);
        parts.test = (struct span_list){0};
        complain(path,
                 "counts by the %.1f s of playing that training keeps for tests, not by markers, "
                 "level steps, sweeps and noise, which --whole counts too",
                 (double)r->usable / r->rate);
    }
    holdout_free(&chosen);
    holdout_parts_free(&parts);
    if (!good)
        complain(path, "needs more memory than there is");
    return good;
}

/** Replaces the dry sound by the model's answer to it. */
static bool answer(const xlstm_model *model, const struct option_list *knobs, struct recording *r)
{
    float values[XLSTM_MAX_KNOBS];
    if (!model_knob_values(model, knobs, values))
        return false;
    xlstm_stream *stream = model_stream(model, 1, BLOCK, values);
    if (!stream)
        return false;
    xlstm_stream_process(stream, (const float *const[]){r->dry}, (float *const[]){r->dry},
                         r->frames);
    xlstm_stream_free(stream);
    return true;
}

/** Compares in the recording's spans, the target taken to be `lag` frames later still. */
static struct result compare_at(const struct recording *r, long lag, int polarity)
{
    struct esr_sums sums = {0};
    struct result result = {.lag = lag, .polarity = polarity};
    for (size_t i = 0; i < r->span_count; i++) {
        const long skip = lag > (long)r->spans[i].first ? lag - (long)r->spans[i].first : 0;
        const long over = (long)r->spans[i].last - lag - (long)r->frames;
        const long first = (long)r->spans[i].first + skip;
        const long last = (long)r->spans[i].last - (over > 0 ? over : 0);
        if (first >= last)
            continue;
        esr_add(&sums, r->wet + first, r->dry + first - lag, polarity, (size_t)(last - first));
        result.frames += (size_t)(last - first);
    }
    result.comparison = esr_of(&sums);
    return result;
}

/** The best of either polarity at the lags around the recording's: a model may have been trained on
 *  another alignment, and on an inverted recording. */
static struct result compare(const struct recording *r)
{
    struct result best = compare_at(r, 0, 1);
    for (long lag = -NEIGHBOURS; lag <= NEIGHBOURS; lag++)
        for (int polarity = -1; polarity <= 1; polarity += 2) {
            const struct result here = compare_at(r, lag, polarity);
            if (here.comparison.esr < best.comparison.esr)
                best = here;
        }
    return best;
}

static void print_text(const struct recording *r, const struct result *result)
{
    const struct comparison *c = &result->comparison;
    const long lag = r->lag + result->lag;
    printf("error         %.2f dB  (ESR %.4g)\n", decibels_of_power(c->esr), c->esr);
    printf("pre-emphasis  %.2f dB  (ESR %.4g after 1 - %.2f/z)\n",
           decibels_of_power(c->esr_emphasis), c->esr_emphasis, ESR_EMPHASIS);
    printf("latency       %+ld frames (%+.3f ms), taken out\n", lag, 1e3 * (double)lag / r->rate);
    printf("polarity      %s\n", result->polarity < 0 ? "inverted, turned back" : "equal");
    printf("gain          %+.2f dB would give %.2f dB, not applied\n",
           decibels_of_amplitude(fabs(c->gain)), decibels_of_power(c->esr_best_gain));
    printf("compared      %.3f s of %.3f s at %g Hz\n", (double)result->frames / r->rate,
           (double)r->frames / r->rate, r->rate);
}

static json_t *notes_of(const struct recording *r)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < r->note_count; i++)
        json_array_append_new(
            notes, json_pack("{s:o, s:b, s:o}", "file", json_text(r->notes[i].path), "doubt",
                             r->notes[i].doubt, "text", json_text(r->notes[i].text)));
    return notes;
}

static bool print_json(const struct settings *settings, const struct recording *r,
                       const struct result *result)
{
    const struct comparison *c = &result->comparison;
    return json_line(json_pack(
        "{s:o, s:o, s:o, s:f, s:I, s:o, s:o, s:o, s:o, s:I, s:i, s:f, s:f, s:o, s:o, s:o, s:o}",
        "model",
        settings->no_model ? json_null()
                           : json_text(settings->model ? settings->model : DEFAULT_PRESET),
        "dry", json_text(settings->dry), "wet", json_text(settings->wet), "sample_rate", r->rate,
        "frames", (json_int_t)result->frames, "esr", json_finite(c->esr), "esr_db",
        json_finite(decibels_of_power(c->esr)), "esr_preemphasis", json_finite(c->esr_emphasis),
        "esr_preemphasis_db", json_finite(decibels_of_power(c->esr_emphasis)), "latency_frames",
        (json_int_t)(r->lag + result->lag), "polarity", result->polarity, "alignment_confidence",
        r->confidence, "drift_ppm", r->drift, "best_gain_db",
        json_finite(decibels_of_amplitude(fabs(c->gain))), "esr_best_gain",
        json_finite(c->esr_best_gain), "noise_dbfs", json_finite(r->noise), "notes", notes_of(r)));
}

/** Everything after the model is there; it is NULL for --no-model. */
static bool evaluate(const struct settings *settings, const xlstm_model *model)
{
    struct recording recording = {0};
    const double rate = model ? xlstm_model_info(model)->sample_rate : rate_of(settings->dry);
    bool good = rate > 0 && load(settings, rate, &recording);
    const bool some = good && model && recording.test_signal && !settings->whole;
    good = good && (!some || keep_test_passages(&recording, settings->dry)) &&
           (!model || answer(model, &settings->knobs, &recording));
    if (good) {
        const struct result result = compare(&recording);
        if (settings->json)
            good = print_json(settings, &recording, &result);
        else
            print_text(&recording, &result);
    }
    recording_free(&recording);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {0};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    settings.dry = argv[first];
    settings.wet = argv[first + 1];
    xlstm_model *model = NULL;
    if (!settings.no_model && !(model = model_read_quality(settings.model, settings.quality)))
        return FAILED;
    const bool good = evaluate(&settings, model);
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
        "pre-emphasis. What is wrong with the recording is said and mended, as in xlstm train;\n"
        "what is clipped or lost does not count. Latency and polarity are taken out; a\n"
        "difference in gain is said and counts as error.\n"
        "Of the test signal of xlstm signal only the playing counts that training keeps for\n"
        "tests, so that train and eval agree. Of other recordings all counts: take one that\n"
        "the model was not trained on.\n",
    .examples = "  xlstm eval -m amp.safetensors dry.wav wet.wav\n"
                "  xlstm eval -m amp.safetensors --json dry.wav wet.wav | jq .esr_db\n"
                "  xlstm eval --no-model render.wav export.wav    are two files the same?\n",
    .minimum = 2,
    .maximum = 2,
    .options = options,
    .run = run,
};
