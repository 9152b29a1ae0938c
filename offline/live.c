/* SPDX-License-Identifier: ISC */
/* xlstm live: the input of a sound card through a model to its output. */
#include "command.h"
#include "decibel.h"
#include "live_callback.h"
#include "live_device.h"
#include "live_session.h"
#include "model_file.h"
#include "options.h"
#include "report.h"

#include <stdio.h>

enum { MAX_BLOCK = 8192, MAX_RATE = 768000 };

struct settings {
    const char *model, *quality;
    struct option_list knobs;
    struct live_wish wish; /* its rate 0: the model's */
    bool list, json;
};

static const struct option_row options[] = {
    MODEL_OPTION(settings, model),
    QUALITY_OPTION(settings, quality),
    {"list-devices", 'l', OPTION_FLAG, offsetof(struct settings, list), NULL,
     "show the sound devices and end", 0, 0, NULL},
    {"input", 'i', OPTION_TEXT, offsetof(struct settings, wish.input), "DEVICE",
     "number or part of a name (default: the system's)", 0, 0, NULL},
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, wish.output), "DEVICE",
     "number or part of a name (default: the system's)", 0, 0, NULL},
    {"channel", 'c', OPTION_WHOLE, offsetof(struct settings, wish.channel), "N",
     "input channel to play (default 1)", 1, 64, NULL},
    {"stereo", 's', OPTION_FLAG, offsetof(struct settings, wish.stereo), NULL,
     "play two input channels, each for itself", 0, 0, NULL},
    {"rate", 'r', OPTION_NUMBER, offsetof(struct settings, wish.rate), "HZ",
     "sample rate (default: the model's; at another its\ntone shifts)", 1000, MAX_RATE, NULL},
    {"block", 'b', OPTION_WHOLE, offsetof(struct settings, wish.block), "FRAMES",
     "frames at once (default: as the device likes)", 1, MAX_BLOCK, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "set a knob of the model; may be repeated", 0, 0, NULL},
    {"gain", 'g', OPTION_NUMBER, offsetof(struct settings, wish.gain), "DB", "gain into the model",
     -120, 120, NULL},
    {"output-gain", 'G', OPTION_NUMBER, offsetof(struct settings, wish.output_gain), "DB",
     "gain of the result", -120, 120, NULL},
    {"time", 't', OPTION_DURATION, offsetof(struct settings, wish.time), "TIME",
     "end after so long (default: on Ctrl-C)", 0, 1e9, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "report one line of JSON at the end, or for each\ndevice", 0, 0, NULL},
    {0},
};

static void print_outcome(const struct live_outcome *outcome, double rate, bool json)
{
    double in = decibels_of_amplitude(outcome->peak_in);
    double out = decibels_of_amplitude(outcome->peak_out);
    if (json)
        json_line(json_pack("{s:f, s:f, s:o, s:o, s:f, s:I, s:I}", "seconds", outcome->seconds,
                            "sample_rate", rate, "peak_in_dbfs", json_finite(in), "peak_out_dbfs",
                            json_finite(out), "load", outcome->load, "underruns",
                            (json_int_t)outcome->underruns, "overruns",
                            (json_int_t)outcome->overruns));
    else
        printf("%.1f s played at %g Hz, peaks in %.1f and out %.1f dBFS, load up to %.0f %%, "
               "%lu xruns\n",
               outcome->seconds, rate, in, out, 100 * outcome->load,
               outcome->underruns + outcome->overruns);
}

/** Plays until the end. True in `*dead` forbids to free anything. */
static bool perform(const struct settings *settings, double model_rate, xlstm_stream *stream,
                    bool *dead)
{
    struct xlstm_error error;
    struct live_outcome outcome;
    struct live_wish wish = settings->wish;
    if (wish.rate == 0)
        wish.rate = model_rate;
    if (wish.rate != model_rate)
        complain(NULL, "the model was made for %g Hz; at %g Hz its tone shifts", model_rate,
                 wish.rate);
    if (!live_start_portaudio(&error)) {
        complain(NULL, "%s", error.text);
        return false;
    }
    bool good = live_play(&wish, stream, &outcome, &error);
    *dead = outcome.dead;
    if (good)
        print_outcome(&outcome, wish.rate, settings->json);
    else
        complain(NULL, "%s", error.text);
    if (!*dead)
        Pa_Terminate();
    return good;
}

static bool live(const struct settings *settings)
{
    float knobs[XLSTM_MAX_KNOBS];
    xlstm_model *model = model_read_quality(settings->model, settings->quality);
    xlstm_stream *stream = NULL;
    bool good = false, dead = false;
    if (model && model_knob_values(model, &settings->knobs, knobs))
        stream = model_stream(model, settings->wish.stereo ? 2 : 1, LIVE_CHUNK, knobs);
    if (stream)
        good = perform(settings, xlstm_model_info(model)->sample_rate, stream, &dead);
    if (dead)
        return false;
    xlstm_stream_free(stream);
    xlstm_model_free(model);
    return good;
}

static bool list(bool json)
{
    struct xlstm_error error;
    if (!live_start_portaudio(&error)) {
        complain(NULL, "%s", error.text);
        return false;
    }
    live_list_devices(json);
    Pa_Terminate();
    return true;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {.wish.channel = 1};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    bool good = settings.list ? list(settings.json) : live(&settings);
    return good ? DONE : FAILED;
}

const struct command command_live = {
    .name = "live",
    .operands = "",
    .summary = "Play the sound card's input through a model",
    .details = "Shows levels, load and dropouts on a line, and ends on Ctrl-C.\n",
    .examples = "  xlstm live -m amp.safetensors\n"
                "  xlstm live --list-devices\n"
                "  xlstm live -m amp.safetensors --input=Scarlett --block=64 --gain=6\n",
    .options = options,
    .run = run,
};
