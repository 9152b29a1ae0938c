/* SPDX-License-Identifier: ISC */
#include "live_session.h"

#include "decibel.h"
#include "live_callback.h"
#include "live_device.h"
#include "progress.h"
#include "report.h"

#include <signal.h>
#include <time.h>

enum {
    TICK_MILLISECONDS = 100,
    SILENT_TICKS = 30 /* without a single callback: the device is dead */
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
static bool choose_channels(const struct live_wish *wish, const PaDeviceInfo *in,
                            const PaDeviceInfo *out, struct live_audio *audio,
                            struct xlstm_error *error)
{
    audio->channels = wish->stereo ? 2 : 1;
    audio->first = (unsigned)wish->channel - 1;
    audio->inputs = audio->first + audio->channels;
    audio->outputs =
        out->maxOutputChannels < LIVE_CHANNELS ? (unsigned)out->maxOutputChannels : LIVE_CHANNELS;
    audio->gain = (float)amplitude_of_decibels(wish->gain);
    audio->output_gain = (float)amplitude_of_decibels(wish->output_gain);
    if ((int)audio->inputs > in->maxInputChannels)
        return fail(error, "%s has %d input channels, and channel %u is asked for", in->name,
                    in->maxInputChannels, audio->inputs);
    return true;
}

static PaStream *open_stream(const struct live_wish *wish, struct live_audio *audio,
                             struct xlstm_error *error)
{
    PaDeviceIndex input = live_find_device(wish->input, true, error);
    PaDeviceIndex output =
        input == paNoDevice ? paNoDevice : live_find_device(wish->output, false, error);
    if (output == paNoDevice)
        return NULL;
    const PaDeviceInfo *in = Pa_GetDeviceInfo(input), *out = Pa_GetDeviceInfo(output);
    if (!choose_channels(wish, in, out, audio, error))
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
    PaError problem = Pa_OpenStream(&stream, &from, &to, wish->rate, (unsigned long)wish->block,
                                    paClipOff, live_callback, audio);
    if (problem == paNoError)
        return stream;
    fail(error, "%s to %s cannot be played at %g Hz: %s", in->name, out->name, wish->rate,
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

/** Shows the meters until the end. */
static void watch(PaStream *stream, struct live_audio *audio, double limit,
                  struct live_outcome *outcome)
{
    double started = progress_now();
    unsigned long seen = 0;
    int silent = 0;
    while (!ending && !outcome->dead && (limit == 0 || progress_now() - started < limit)) {
        sleep_a_tick();
        unsigned long frames = atomic_load(&audio->meters.frames);
        double in = (double)live_take_peak(&audio->meters.peak_in);
        double out = (double)live_take_peak(&audio->meters.peak_out);
        double load = Pa_GetStreamCpuLoad(stream);
        outcome->peak_in = fmax(outcome->peak_in, in);
        outcome->peak_out = fmax(outcome->peak_out, out);
        outcome->load = fmax(outcome->load, load);
        show_status(&audio->meters, in, out, load);
        silent = frames == seen ? silent + 1 : 0;
        seen = frames;
        outcome->dead = silent == SILENT_TICKS || Pa_IsStreamActive(stream) != 1;
    }
}

static void collect(const struct live_meters *meters, double rate, struct live_outcome *outcome)
{
    outcome->seconds = (double)atomic_load(&meters->frames) / rate;
    outcome->underruns = atomic_load(&meters->underruns);
    outcome->overruns = atomic_load(&meters->overruns);
}

bool live_play(const struct live_wish *wish, xlstm_stream *stream, struct live_outcome *outcome,
               struct xlstm_error *error)
{
    static struct live_audio audio; /* outlives this call if the device dies in it */
    *outcome = (struct live_outcome){0};
    audio = (struct live_audio){.stream = stream};
    PaStream *device = open_stream(wish, &audio, error);
    if (!device)
        return false;
    PaError problem = Pa_StartStream(device);
    if (problem != paNoError) {
        Pa_CloseStream(device);
        return fail(error, "the sound device does not start: %s", Pa_GetErrorText(problem));
    }
    listen_for_signals();
    watch(device, &audio, wish->time, outcome);
    status_clear();
    collect(&audio.meters, wish->rate, outcome);
    if (outcome->dead)
        return fail(error, "the sound device stopped after %.1f s", outcome->seconds);
    Pa_AbortStream(device);
    Pa_CloseStream(device);
    return true;
}
