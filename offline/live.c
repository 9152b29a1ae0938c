/* SPDX-License-Identifier: ISC */
/* xlstm live: the input of a sound card through a model to its output. */
#include "command.h"
#include "decibel.h"
#include "live_callback.h"
#include "live_device.h"
#include "model_file.h"
#include "options.h"
#include "progress.h"
#include "report.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

enum {
    MAX_BLOCK = 8192,
    MAX_RATE = 768000,
    TICK_MILLISECONDS = 100,
    SILENT_TICKS = 30 /* without a single callback: the device is dead */
};

struct settings {
    const char *model, *input, *output;
    struct option_list knobs;
    double gain, output_gain; /* dB */
    double rate;              /* Hz; 0: the model's */
    double time;              /* s; 0: until Ctrl-C */
    long block, channel;      /* frames, 0: as the device likes; from 1 on */
    bool stereo, list, json;
};

static const struct option_row options[] = {
    MODEL_OPTION(settings, model),
    {"list-devices", 'l', OPTION_FLAG, offsetof(struct settings, list), NULL,
     "show the sound devices and end", 0, 0, NULL},
    {"input", 'i', OPTION_TEXT, offsetof(struct settings, input), "DEVICE",
     "number or part of a name (default: the system's)", 0, 0, NULL},
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, output), "DEVICE",
     "number or part of a name (default: the system's)", 0, 0, NULL},
    {"channel", 'c', OPTION_WHOLE, offsetof(struct settings, channel), "N",
     "input channel to play (default 1)", 1, 64, NULL},
    {"stereo", 's', OPTION_FLAG, offsetof(struct settings, stereo), NULL,
     "play two input channels, each for itself", 0, 0, NULL},
    {"rate", 'r', OPTION_NUMBER, offsetof(struct settings, rate), "HZ",
     "sample rate (default: the model's; at another its\ntone shifts)", 1000, MAX_RATE, NULL},
    {"block", 'b', OPTION_WHOLE, offsetof(struct settings, block), "FRAMES",
     "frames at once (default: as the device likes)", 1, MAX_BLOCK, NULL},
    {"knob", 'k', OPTION_LIST, offsetof(struct settings, knobs), "NAME=VALUE",
     "set a knob of the model; may be repeated", 0, 0, NULL},
    {"gain", 'g', OPTION_NUMBER, offsetof(struct settings, gain), "DB", "gain into the model", -120,
     120, NULL},
    {"output-gain", 'G', OPTION_NUMBER, offsetof(struct settings, output_gain), "DB",
     "gain of the result", -120, 120, NULL},
    {"time", 't', OPTION_DURATION, offsetof(struct settings, time), "TIME",
     "end after so long (default: on Ctrl-C)", 0, 1e9, NULL},
    {"json", 'j', OPTION_FLAG, offsetof(struct settings, json), NULL,
     "report one line of JSON at the end, or for each\ndevice", 0, 0, NULL},
    {0},
};

/** What the whole session came to. */
struct session {
    double seconds, peak_in, peak_out, load; /* the largest load seen, 1: all of the time */
};

static volatile sig_atomic_t ending;

static void end(int signal_number)
{
    (void)signal_number;
    ending = 1;
}

static void listen_for_signals(void)
{
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/** Fills what the callback needs, but for the stream. */
static bool choose_channels(const struct settings *settings, const PaDeviceInfo *in,
                            const PaDeviceInfo *out, struct live_audio *audio,
                            struct xlstm_error *error)
{
    audio->channels = settings->stereo ? 2 : 1;
    audio->first = (unsigned)settings->channel - 1;
    audio->inputs = audio->first + audio->channels;
    audio->outputs =
        out->maxOutputChannels < LIVE_CHANNELS ? (unsigned)out->maxOutputChannels : LIVE_CHANNELS;
    audio->gain = (float)amplitude_of_decibels(settings->gain);
    audio->output_gain = (float)amplitude_of_decibels(settings->output_gain);
    if ((int)audio->inputs > in->maxInputChannels)
        return fail(error, "%s has %d input channels, and channel %u is asked for", in->name,
                    in->maxInputChannels, audio->inputs);
    return true;
}

static PaStream *open_stream(const struct settings *settings, double rate, struct live_audio *audio,
                             struct xlstm_error *error)
{
    PaDeviceIndex input = live_find_device(settings->input, true, error);
    PaDeviceIndex output =
        input == paNoDevice ? paNoDevice : live_find_device(settings->output, false, error);
    if (output == paNoDevice)
        return NULL;
    const PaDeviceInfo *in = Pa_GetDeviceInfo(input), *out = Pa_GetDeviceInfo(output);
    if (!choose_channels(settings, in, out, audio, error))
        return NULL;
    PaStreamParameters from = {.device = input,
                               .channelCount = (int)audio->inputs,
                               .sampleFormat = paFloat32,
                               .suggestedLatency = in->defaultLowInputLatency};
    PaStreamParameters to = {.device = output,
                             .channelCount = (int)audio->outputs,
                             .sampleFormat = paFloat32,
                             .suggestedLatency = out->defaultLowOutputLatency};
    PaStream *stream = NULL;
    PaError problem = Pa_OpenStream(&stream, &from, &to, rate, (unsigned long)settings->block,
                                    paClipOff, live_callback, audio);
    if (problem == paNoError)
        return stream;
    fail(error, "%s to %s cannot be played at %g Hz: %s", in->name, out->name, rate,
         Pa_GetErrorText(problem));
    return NULL;
}

static void show_status(const struct live_meters *meters, double in, double out, double load)
{
    unsigned long xruns = atomic_load(&meters->underruns) + atomic_load(&meters->overruns);
    if (status_visible())
        status_show("in %6.1f dBFS   out %6.1f dBFS%s   load %3.0f %%   xruns %lu   (Ctrl-C ends)",
                    fmax(decibels_of_amplitude(in), -99.9), fmax(decibels_of_amplitude(out), -99.9),
                    out > 1 ? " CLIPS" : "", 100 * load, xruns);
}

static void sleep_a_tick(void)
{
    struct timespec tick = {0, TICK_MILLISECONDS * 1000000L};
    nanosleep(&tick, NULL); /* a signal cuts it short, which is wanted */
}

/** Shows the meters until the end. False, with a reason, if the device stopped by itself. */
static bool watch(PaStream *stream, struct live_audio *audio, double limit, struct session *session,
                  struct xlstm_error *error)
{
    double started = progress_now();
    unsigned long seen = 0;
    int silent = 0;
    while (!ending && (limit == 0 || progress_now() - started < limit)) {
        sleep_a_tick();
        unsigned long frames = atomic_load(&audio->meters.frames);
        double in = (double)live_take_peak(&audio->meters.peak_in);
        double out = (double)live_take_peak(&audio->meters.peak_out);
        double load = Pa_GetStreamCpuLoad(stream);
        session->peak_in = fmax(session->peak_in, in);
        session->peak_out = fmax(session->peak_out, out);
        session->load = fmax(session->load, load);
        show_status(&audio->meters, in, out, load);
        silent = frames == seen ? silent + 1 : 0;
        seen = frames;
        if (silent == SILENT_TICKS || Pa_IsStreamActive(stream) != 1)
            return fail(error, "the sound device stopped");
    }
    return true;
}

static bool play(PaStream *stream, struct live_audio *audio, double limit, struct session *session,
                 struct xlstm_error *error)
{
    PaError problem = Pa_StartStream(stream);
    if (problem != paNoError)
        return fail(error, "the sound device does not start: %s", Pa_GetErrorText(problem));
    listen_for_signals();
    bool good = watch(stream, audio, limit, session, error);
    status_clear();
    Pa_AbortStream(stream);
    session->seconds =
        (double)atomic_load(&audio->meters.frames) / Pa_GetStreamInfo(stream)->sampleRate;
    return good;
}

static void print_session(const struct session *session, const struct live_meters *meters,
                          double rate, bool json)
{
    unsigned long underruns = atomic_load(&meters->underruns);
    unsigned long overruns = atomic_load(&meters->overruns);
    double in = decibels_of_amplitude(session->peak_in);
    double out = decibels_of_amplitude(session->peak_out);
    if (json)
        json_line(json_pack("{s:f, s:f, s:o, s:o, s:f, s:I, s:I}", "seconds", session->seconds,
                            "sample_rate", rate, "peak_in_dbfs", json_finite(in), "peak_out_dbfs",
                            json_finite(out), "load", session->load, "underruns",
                            (json_int_t)underruns, "overruns", (json_int_t)overruns));
    else
        printf("%.1f s played at %g Hz, peaks in %.1f and out %.1f dBFS, load up to %.0f %%, "
               "%lu xruns\n",
               session->seconds, rate, in, out, 100 * session->load, underruns + overruns);
}

/** Makes the model's stream, with its knobs set. NULL, after a sentence. */
static xlstm_stream *make_model_stream(const struct settings *settings, const xlstm_model *model)
{
    float knobs[XLSTM_MAX_KNOBS];
    if (!model_knob_values(model, &settings->knobs, knobs))
        return NULL;
    xlstm_stream *stream = xlstm_stream_new(model, settings->stereo ? 2 : 1, LIVE_CHUNK);
    if (!stream)
        complain(NULL, "the model needs more memory than there is");
    for (size_t k = 0; stream && k < xlstm_model_info(model)->knob_count; k++)
        xlstm_stream_set_knob(stream, k, knobs[k]);
    return stream;
}

/** Plays until the end; PortAudio is up. */
static bool perform(const struct settings *settings, double model_rate, xlstm_stream *model)
{
    struct xlstm_error error;
    struct live_audio audio = {.stream = model};
    struct session session = {0};
    double rate = settings->rate > 0 ? settings->rate : model_rate;
    if (rate != model_rate)
        complain(NULL, "the model was made for %g Hz; at %g Hz its tone shifts", model_rate, rate);
    PaStream *stream = open_stream(settings, rate, &audio, &error);
    bool good = stream && play(stream, &audio, settings->time, &session, &error);
    if (good)
        print_session(&session, &audio.meters, rate, settings->json);
    else
        complain(NULL, "%s", error.text);
    if (stream)
        Pa_CloseStream(stream);
    return good;
}

static bool live(const struct settings *settings)
{
    struct xlstm_error error;
    xlstm_model *model = model_read_audio(settings->model);
    xlstm_stream *stream = model ? make_model_stream(settings, model) : NULL;
    bool good = false;
    if (stream && live_start_portaudio(&error)) {
        good = perform(settings, xlstm_model_info(model)->sample_rate, stream);
        Pa_Terminate();
    } else if (stream) {
        complain(NULL, "%s", error.text);
    }
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
    struct settings settings = {.channel = 1};
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
