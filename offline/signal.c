/* SPDX-License-Identifier: ISC */
/* xlstm signal: a test signal to play through gear. */
#include "audio.h"
#include "command.h"
#include "decibel.h"
#include "options.h"
#include "report.h"
#include "signal_play.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOWEST_RATE = 22050, HIGHEST_RATE = 192000 };

struct settings {
    double seconds;
    long rate;
    int samples; /* enum sample_format */
    bool overwrite;
};

static const struct option_row options[] = {
    {"seconds", 's', OPTION_DURATION, offsetof(struct settings, seconds), "TIME",
     "about how long, 80s to 20m (default: 3m)", SIGNAL_SECONDS_MINIMUM, SIGNAL_SECONDS_MAXIMUM,
     NULL},
    {"rate", 'r', OPTION_WHOLE, offsetof(struct settings, rate), "HZ",
     "sample rate (default: 48000)", LOWEST_RATE, HIGHEST_RATE, NULL},
    {"format", 'f', OPTION_CHOICE, offsetof(struct settings, samples), "FORMAT",
     "float, 24 or 16 bits (default: 24)", 0, 0, sample_format_names},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct settings, overwrite), NULL,
     "replace the file if it exists", 0, 0, NULL},
    {0},
};

/** Generates the signal at the wanted rate. */
static bool generate(struct audio *audio, const struct settings *settings,
                     struct xlstm_error *error)
{
    struct signal_layout layout;
    signal_lay_out(&layout, settings->seconds);
    *audio = (struct audio){.samples = malloc(layout.frames * sizeof *audio->samples),
                            .frames = layout.frames,
                            .channels = 1,
                            .rate = SIGNAL_RATE};
    if (!audio->samples || !signal_generate(&layout, audio->samples)) {
        audio_free(audio);
        return fail(error, "there is not enough memory for %.0f s", settings->seconds);
    }
    if (audio_resample(audio, (double)settings->rate, error))
        return true;
    audio_free(audio);
    return false;
}

static bool write(const struct audio *audio, const char *path, int format,
                  struct xlstm_error *error)
{
    struct sink sink;
    if (!sink_open(&sink, path, format, (int)audio->rate, 1, audio->frames, error))
        return false;
    for (size_t done = 0; done < audio->frames; done += SINK_BLOCK) {
        const size_t left = audio->frames - done;
        if (!sink_write(&sink, audio->samples + done, left < SINK_BLOCK ? left : SINK_BLOCK,
                        error)) {
            sink_abort(&sink);
            return false;
        }
    }
    return sink_commit(&sink, error);
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {
        .seconds = SIGNAL_SECONDS, .rate = SIGNAL_RATE, .samples = SAMPLE_24};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    const char *path = argv[first];
    struct xlstm_error error;
    struct audio audio = {0};
    int format;
    outfile_guard_signals();
    const bool written = outfile_allowed(path, settings.overwrite, &error) &&
                         sink_format(path, (enum sample_format)settings.samples, &format, &error) &&
                         generate(&audio, &settings, &error) && write(&audio, path, format, &error);
    if (written)
        printf("%s: %.1f s, %ld Hz. Play it through the gear, record what comes back, then:\n"
               "  xlstm train %s RECORDING -o MODEL.safetensors\n",
               path, (double)audio.frames / audio.rate, settings.rate, path);
    else
        complain(path, "%s", error.text);
    audio_free(&audio);
    return written ? DONE : FAILED;
}

const struct command command_signal = {
    .name = "signal",
    .operands = "OUT.wav",
    .summary = "Write a test signal to play through gear",
    .details =
        "The signal holds markers for alignment, level steps, sweeps, noise, plucked strings\n"
        "at many levels and a passage that comes twice, which tells how well the gear\n"
        "repeats itself. Set levels so that the loudest passage comes back unclipped; then\n"
        "leave every control alone until the recording is done.\n",
    .examples = "  xlstm signal test.wav\n"
                "  xlstm signal --seconds 5m --rate 44100 test.wav\n",
    .minimum = 1,
    .maximum = 1,
    .options = options,
    .run = run,
};
