/* SPDX-License-Identifier: ISC */
/* xlstm render: sound files through a model. */
#include "batch.h"
#include "command.h"
#include "decibel.h"
#include "model_file.h"
#include "options.h"
#include "report.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* Loudness that --normalise brings the answer to a guitar take to. */
#define NORMAL_LOUDNESS_DBFS (-18.0)

enum { FORMAT_UNSAID = -1, MAX_THREADS = 256 };

struct settings {
    const char *model, *quality, *output;
    struct option_list knobs;
    double gain, output_gain, mix; /* dB, dB, percent */
    int samples;                   /* enum sample_format, or FORMAT_UNSAID */
    long threads;
    bool normalise, overwrite, quiet, json;
    bool unreported; /* a line of JSON could not be made */
};

static const struct option_row options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, output), "OUT",
     "the file to write (.wav, .flac, .aiff), or the folder\nfor several", 0, 0, NULL},
    MODEL_OPTION(settings, model),
    QUALITY_OPTION(settings, quality),
    {"format", 'f', OPTION_CHOICE, offsetof(struct settings, samples), "FORMAT",
     "float, 24 or 16 bits, the latter with dither\n(default: float; in FLAC 24)", 0, 0,
     sample_format_names},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "set a knob of the model; may be repeated", 0, 0, NULL},
    {"gain", 'g', OPTION_NUMBER, offsetof(struct settings, gain), "DB", "gain into the model", -120,
     120, NULL},
    {"output-gain", 'G', OPTION_NUMBER, offsetof(struct settings, output_gain), "DB",
     "gain of the result", -120, 120, NULL},
    {"mix", 'x', OPTION_NUMBER, offsetof(struct settings, mix), "PERCENT",
     "100 is the model alone, 0 the input alone", 0, 100, NULL},
    {"normalise", 'n', OPTION_FLAG, offsetof(struct settings, normalise), NULL,
     "bring the model to -18 dBFS for a guitar take, by\nthe loudness that it states", 0, 0, NULL},
    {"threads", 't', OPTION_WHOLE, offsetof(struct settings, threads), "N",
     "threads for several files (default: all cores)", 1, MAX_THREADS, NULL},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct settings, overwrite), NULL,
     "replace files that exist", 0, 0, NULL},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct settings, quiet), NULL, "no line for each file", 0,
     0, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "a line of JSON for each file", 0, 0, NULL},
    {0},
};

/** Says what the user should know of a file that was written. */
static void warn(const struct job *job, const struct track *track)
{
    double over = decibels_of_amplitude(track->sink.peak);
    if (!track->sink.frames)
        complain(job->in_path, "holds no sound (0 frames), and so does %s", job->out_path);
    if (track->source.not_finite)
        complain(job->in_path, "%llu samples are not finite and count as silence",
                 (unsigned long long)track->source.not_finite);
    if (track->sink.clipped)
        complain(job->out_path,
                 "%llu samples were clipped; --output-gain=%.1f would have spared them",
                 (unsigned long long)track->sink.clipped, -ceil(over * 10) / 10);
}

static void print_text(const struct job *job, const struct track *track)
{
    printf("%s: %.2f s, %u channel%s, %d Hz, %s, ", job->out_path, job->seconds, job->channels,
           job->channels == 1 ? "" : "s", job->rate,
           track->sink.dither.bits == 16   ? "16 bit"
           : track->sink.dither.bits == 24 ? "24 bit"
                                           : "float");
    if (track->sink.peak > 0)
        printf("peak %.1f dBFS\n", decibels_of_amplitude(track->sink.peak));
    else
        puts("silent");
}

static bool print_json(const struct job *job, const struct track *track)
{
    return json_line(json_pack(
        "{s:o, s:o, s:I, s:i, s:i, s:i, s:o, s:I, s:I}", "input", json_text(job->in_path), "output",
        json_text(job->out_path), "frames", (json_int_t)track->sink.frames, "channels",
        (int)job->channels, "sample_rate", job->rate, "bits",
        track->sink.dither.bits ? (int)track->sink.dither.bits : 32, "peak_dbfs",
        json_finite(decibels_of_amplitude(track->sink.peak)), "clipped",
        (json_int_t)track->sink.clipped, "not_finite", (json_int_t)track->source.not_finite));
}

static void report(void *closure, const struct job *job, const struct track *track)
{
    struct settings *settings = closure;
    status_clear();
    warn(job, track);
    if (settings->json)
        settings->unreported |= !print_json(job, track);
    else if (!settings->quiet)
        print_text(job, track);
}

static unsigned core_count(void)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    int count = sched_getaffinity(0, sizeof cores, &cores) ? 1 : CPU_COUNT(&cores);
    return (unsigned)(count < MAX_THREADS ? count : MAX_THREADS);
}

static bool make_levels(const struct settings *settings, const struct xlstm_info *info,
                        struct track_levels *levels)
{
    *levels =
        (struct track_levels){.model_rate = info->sample_rate,
                              .gain = (float)amplitude_of_decibels(settings->gain),
                              .wet_gain = 1,
                              .mix = (float)(settings->mix / 100),
                              .output_gain = (float)amplitude_of_decibels(settings->output_gain)};
    if (!settings->normalise)
        return true;
    if (!isfinite(info->loudness_dbfs)) {
        complain(NULL, "the model does not state its loudness, which --normalise needs");
        return false;
    }
    levels->wet_gain = (float)amplitude_of_decibels(NORMAL_LOUDNESS_DBFS - info->loudness_dbfs);
    return true;
}

static bool render(struct settings *settings, const xlstm_model *model, char *const *inputs,
                   size_t count)
{
    float knobs[XLSTM_MAX_KNOBS];
    struct batch batch = {.model = model,
                          .knobs = knobs,
                          .threads = settings->threads ? (unsigned)settings->threads : core_count(),
                          .report = report,
                          .closure = settings};
    bool unsaid = settings->samples == FORMAT_UNSAID;
    struct job_policy policy = {.output = settings->output,
                                .overwrite = settings->overwrite,
                                .any_format = unsaid,
                                .samples =
                                    unsaid ? SAMPLE_FLOAT : (enum sample_format)settings->samples};
    if (!model_knob_values(model, &settings->knobs, knobs) ||
        !make_levels(settings, xlstm_model_info(model), &batch.levels))
        return false;
    struct job *jobs = calloc(count, sizeof *jobs);
    if (!jobs) {
        complain(NULL, "not enough memory for %zu files", count);
        return false;
    }
    outfile_guard_signals();
    bool good = jobs_plan(jobs, inputs, count, &policy) &&
                batch_run(&batch, jobs, count) == count && !settings->unreported;
    jobs_free(jobs, count);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {.mix = 100, .samples = FORMAT_UNSAID};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    if (!settings.output || !*settings.output) {
        complain(NULL, "render needs -o OUT, the file or folder to write");
        return MISUSED;
    }
    xlstm_model *model = model_read_quality(settings.model, settings.quality);
    if (!model)
        return FAILED;
    bool good = render(&settings, model, argv + first, (size_t)(argc - first));
    xlstm_model_free(model);
    return good ? DONE : FAILED;
}

const struct command command_render = {
    .name = "render",
    .operands = "IN... -o OUT",
    .summary = "Play sound files through a model",
    .details =
        "Reads all that libsndfile reads, at any sample rate and with any number of channels,\n"
        "each channel for itself. The output has the rate and the length of the input and no\n"
        "latency. It appears whole or not at all, and replaces nothing unless told to.\n",
    .examples = "  xlstm render guitar.wav -o wet.wav\n"
                "  xlstm render -m amp.safetensors --gain=6 --knob drive=0.8 di.flac -o wet.flac\n"
                "  xlstm render -m amp.safetensors --format=24 takes/*.wav -o wet/\n",
    .minimum = 1,
    .maximum = INT_MAX,
    .options = options,
    .run = run,
};
