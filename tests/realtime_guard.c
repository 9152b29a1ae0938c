/* SPDX-License-Identifier: ISC */
/* The real-time law, enforced: what the audio thread calls may not allocate, free, lock, wait,
 * print or call the system.
 *
 * Each suspect runs in a child process. Allocation, locks, random numbers, clocks and stdio are
 * caught by functions of this program that stand before the C library's (guard_calls.c); any call
 * of the system, whoever makes it, is caught by a seccomp filter on the audio thread (guard.c),
 * while the worker's thread goes on unhindered. The guard is tried on guilty suspects as well
 * (guard_offenders.c), and fails if it lets one pass. */
#include "guard.h"
#include "live_callback.h"
#include "plugin_files.h"
#include "suite.h"
#include "xlstm.h"

#include <lv2/atom/atom.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The core */

enum { BLOCK = 512, CALLS = 200 };

static const char *const MODELS[] = {
    "golden/audio_slstm.safetensors",     "golden/audio_mixed.safetensors",
    "golden/lstm16.safetensors",          "captures/keras-gru-9.json",
    "captures/aidax-lstm-16-2knobs.json", "captures/nam-2x7.nam",
    "../presets/overdrive.safetensors",   "../presets/compressor.safetensors",
};
static size_t model_number;

static xlstm_model *load_model(const char *name)
{
    char path[HOST_TEXT_BYTES];
    static char bytes[1 << 20];
    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    struct xlstm_error error;
    return xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
}

static void core_processes(void)
{
    static float in[BLOCK], out[BLOCK];
    xlstm_model *model = load_model(MODELS[model_number]);
    xlstm_stream *stream = model ? xlstm_stream_new(model, 2, 64) : NULL;
    void *saved = stream ? malloc(xlstm_stream_save_size(stream)) : NULL;
    if (!saved) {
        accuse("no stream");
        return;
    }
    begin_audio();
    for (size_t call = 0; call < CALLS; call++) {
        make_noise(in, BLOCK);
        static const float EXTREMES[] = {0, 1e30F, -1e30F, 1e-42F, 500, NAN, INFINITY, -INFINITY};
        in[call / 2 % BLOCK] = EXTREMES[call % 8];
        xlstm_stream_process(stream, (const float *const[]){in, in}, (float *const[]){out, out},
                             call % BLOCK);
        xlstm_stream_set_knob(stream, 0, (float)call);
        if (call % 10 == 3)
            xlstm_stream_save(stream, saved);
        if (call % 10 == 7)
            xlstm_stream_restore(stream, saved);
        if (call % 50 == 0)
            xlstm_stream_reset(stream);
        xlstm_model_info(model);
    }
}

static void the_core_is_real_time(void)
{
    for (model_number = 0; model_number < sizeof MODELS / sizeof *MODELS; model_number++)
        expect_innocence(core_processes);
}

/* The callback of `xlstm live` */

enum { LIVE_FRAMES = 3 * LIVE_CHUNK / 2 };

static void live_plays(void)
{
    static float in[2 * LIVE_FRAMES], out[2 * LIVE_FRAMES];
    static struct live_audio audio = {
        .inputs = 2, .outputs = 2, .channels = 2, .gain = 1, .output_gain = 1};
    xlstm_model *model = load_model(MODELS[0]);
    audio.stream = model ? xlstm_stream_new(model, audio.channels, LIVE_CHUNK) : NULL;
    if (!audio.stream) {
        accuse("no stream");
        return;
    }
    begin_audio();
    for (unsigned long call = 0; call < CALLS; call++) {
        make_noise(in, sizeof in / sizeof *in);
        in[call] = NAN;
        live_callback(call % 20 ? in : NULL, out, call * 37 % LIVE_FRAMES, NULL,
                      call % 3 ? 0 : paInputOverflow | paOutputUnderflow, &audio);
    }
}

static void the_live_callback_is_real_time(void)
{
    expect_innocence(live_plays);
}

/* The plugin */

/** How the plugin runs as a suspect. */
static struct {
    const char *uri;
    double rate;
} setting;

static struct fake_host host;
static atomic_bool work_waits;

/** The worker of a host: takes turns with the audio thread. */
static void *worker_thread(void *data)
{
    (void)data;
    for (;;) {
        if (!atomic_load(&work_waits)) {
            sched_yield();
            continue;
        }
        host_work(&host);
        atomic_store(&work_waits, false);
    }
    return NULL;
}

/** What the plugin is asked to load in turns: `model` or else a response. */
static const char *path_to_load(size_t turn, bool model)
{
    static char paths[2][4][HOST_TEXT_BYTES];
    static const char *const names[2][4] = {{CAB_FILE, BROKEN_FILE, OTHER_CAB_FILE, NO_FILE},
                                            {OTHER_FILE, BROKEN_FILE, KNOBS_FILE, NO_FILE}};
    char *path = paths[model][turn % 4];
    if (path[0] == '\0')
        memcpy(path, plugin_file(names[model][turn % 4]), sizeof paths[0][0]);
    return path;
}

/** Turns every control and sends every message in the course of time. */
static void disturb(size_t call)
{
    for (size_t turn = 0; call == 0 && turn < 8; turn++)
        path_to_load(turn / 2, turn % 2); /* formats text, which audio may not */
    host.controls[PORT_ENABLED] = call % 40 < 30 ? 1 : 0;
    for (enum port port = PORT_INPUT_GAIN; port < PORT_LATENCY; port++) {
        const struct port_row *row = &port_table[port];
        const float way = (float)((call / 7 + port) % 5) / 4;
        host.controls[port] = row->minimum + way * (row->maximum - row->minimum);
    }
    if (call % 9 == 1)
        host_set_path(&host, NULL, MODEL_PROPERTY, path_to_load(call / 9, true));
    if (call % 13 == 1)
        host_set_path(&host, NULL, RESPONSE_PROPERTY, path_to_load(call / 13, false));
    if (call % 61 == 1)
        host_set_path(&host, NULL, RESPONSE_PROPERTY, "");
    if (call % 11 == 1)
        host_get(&host, NULL);
    if (call % 17 == 1)
        host_watch(&host, (int32_t)(call / 17 % 2));
}

static void plugin_runs(void)
{
    static float in[2][BLOCK], out[2][BLOCK];
    pthread_t thread;
    host.rate = setting.rate;
    if (!host_open(&host, setting.uri, plugin_file("")) ||
        pthread_create(&thread, NULL, worker_thread, NULL) != 0) {
        accuse("no instance");
        return;
    }
    host_activate(&host);
    disturb(0);
    unsigned jobs = 0;
    begin_audio();
    for (size_t call = 1; call < 4 * CALLS; call++) {
        disturb(call);
        make_noise(in[0], BLOCK);
        make_noise(in[1], BLOCK);
        host_run(&host, (const float *const[]){in[0], in[1]}, (float *const[]){out[0], out[1]},
                 call * 37 % BLOCK);
        jobs += host.job_count;
        atomic_store(&work_waits, host.job_count > 0);
        while (atomic_load(&work_waits))
            ;
    }
    if (jobs < 100)
        accuse("the worker had nothing to do");
}

static void the_plugin_is_real_time(void)
{
    const char *const uris[] = {XLSTM_MONO_URI, XLSTM_STEREO_URI};
    const double rates[] = {48000, 44100, 96000};
    for (size_t i = 0; i < 6; i++) {
        setting.uri = uris[i % 2];
        setting.rate = rates[i / 2];
        expect_innocence(plugin_runs);
    }
}

static const struct test tests[] = {
    {"the guard sees every crime", the_guard_sees},
    {"the core is real-time", the_core_is_real_time},
    {"the callback of xlstm live is real-time", the_live_callback_is_real_time},
    {"the plugin is real-time, loading and fading", the_plugin_is_real_time},
};

int main(void)
{
    if (!guard_open() || !plugin_files_make())
        return 1;
    const int status = run_suite("real-time guard", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
