/* SPDX-License-Identifier: ISC */
/* The audio thread: messages, voices, sound. Never allocates, frees, locks, waits or prints. */
#include "run.h"

#include "denormals.h"
#include "plugin.h"

#include <math.h>
#include <string.h>

void give_back(struct plugin *plugin, struct voice *voice)
{
    if (!voice)
        return;
    voice->next = atomic_load(&plugin->spent);
    while (!atomic_compare_exchange_weak(&plugin->spent, &voice->next, voice))
        ;
}

static bool send(const struct plugin *plugin, enum errand errand)
{
    const uint32_t message = errand;
    const LV2_Worker_Schedule *schedule = plugin->schedule;
    return schedule->schedule_work(schedule->handle, sizeof message, &message) ==
           LV2_WORKER_SUCCESS;
}

/** Has the worker load, perhaps inside of this call. False: the host's queue is full. */
static bool ask(struct plugin *plugin, enum errand errand)
{
    atomic_store(&plugin->loading, true);
    const bool sent = send(plugin, errand);
    if (!sent)
        atomic_store(&plugin->loading, false);
    return sent;
}

/** Passes the host's newest wish to the worker, unless it is still busy with another or its queue
 *  is full: then the wish waits for a later run. */
static void request_load(struct plugin *plugin)
{
    struct messages *messages = &plugin->messages;
    if (!messages->wish || atomic_load(&plugin->loading))
        return;
    if (!plugin->schedule) {
        messages->wish = false;
        messages_refuse(plugin, "this host has no worker, so that no model can be loaded");
        return;
    }
    memcpy(plugin->request, messages->wanted, sizeof plugin->request);
    messages->wish = !ask(plugin, ERRAND_LOAD);
}

/** Takes what others left for us. */
static void collect(struct plugin *plugin)
{
    struct voice *refused = atomic_exchange(&plugin->refused, NULL);
    if (refused)
        messages_refuse(plugin, refused->refusal.text);
    give_back(plugin, refused);
    if (mixer_fades(&plugin->mixer))
        return;
    struct voice *arrived = atomic_exchange(&plugin->arrived, NULL);
    if (!arrived)
        return;
    mixer_take(&plugin->mixer, arrived);
    plugin->tried = voice_choice_pack(arrived->choice);
    messages_accept(plugin);
}

/** Has voices freed that are done with; if the host's queue is full, after a later run. */
static void retire(struct plugin *plugin)
{
    give_back(plugin, mixer_retire(&plugin->mixer));
    if (!plugin->schedule || !atomic_load(&plugin->spent) || atomic_load(&plugin->freeing))
        return;
    atomic_store(&plugin->freeing, true);
    if (!send(plugin, ERRAND_FREE))
        atomic_store(&plugin->freeing, false);
}

/** What a control port says, made harmless. */
static float control(const struct plugin *plugin, enum port port)
{
    const struct port_row *row = &port_table[port];
    const float *value = plugin->ports[port];
    if (!value || isnan(*value))
        return row->initial;
    return fminf(row->maximum, fmaxf(row->minimum, *value));
}

/** Has what plays made anew if the user's choice is another; once, as its file may be gone. Without
 *  a worker the choice holds from the next activation on. */
static void follow_choice(struct plugin *plugin)
{
    const uint32_t choice = voice_choice_pack(
        voice_choice_of(control(plugin, PORT_QUALITY), control(plugin, PORT_OVERSAMPLING)));
    const struct voice *playing = plugin->mixer.playing;
    atomic_store(&plugin->choice, choice);
    if (playing && plugin->schedule && voice_choice_pack(playing->choice) != choice &&
        plugin->tried != choice && !plugin->messages.wish && !atomic_load(&plugin->loading) &&
        ask(plugin, ERRAND_CHOICE))
        plugin->tried = choice;
}

static void read_controls(struct plugin *plugin)
{
    struct controls controls = {
        .enabled = control(plugin, PORT_ENABLED) > 0.0f,
        .input_db = control(plugin, PORT_INPUT_GAIN),
        .output_db = control(plugin, PORT_OUTPUT_GAIN),
        .mix = control(plugin, PORT_MIX),
    };
    for (unsigned k = 0; k < KNOBS; ++k)
        controls.knobs[k] = control(plugin, PORT_KNOB_1 + k);
    mixer_set(&plugin->mixer, &controls);
}

static void play(struct plugin *plugin, uint32_t frames)
{
    for (uint32_t from = 0, chunk; from < frames; from += chunk) {
        const float *in[CHANNELS_MAX] = {NULL};
        float *out[CHANNELS_MAX] = {NULL};
        chunk = frames - from < WATCH_CHUNK ? frames - from : WATCH_CHUNK;
        for (unsigned c = 0; c < plugin->channels; ++c) {
            const float *input = plugin->ports[PORT_IN_1 + c * PORTS_PER_CHANNEL];
            float *output = plugin->ports[PORT_OUT_1 + c * PORTS_PER_CHANNEL];
            in[c] = input ? input + from : NULL;
            out[c] = output ? output + from : NULL;
        }
        watch_input(&plugin->watch, in, chunk);
        mixer_run(&plugin->mixer, in, out, chunk);
        watch_output(&plugin->watch, (const float *const *)out, chunk,
                     mixer_latency(&plugin->mixer));
    }
}

static void report_latency(const struct plugin *plugin)
{
    float *latency = plugin->ports[PORT_LATENCY];
    if (latency)
        *latency = (float)mixer_latency(&plugin->mixer);
}

void plugin_run(LV2_Handle instance, uint32_t frames)
{
    struct plugin *plugin = instance;
    const uint64_t mode = denormals_off();
    watch_begin(&plugin->watch);
    messages_read(plugin);
    follow_choice(plugin);
    request_load(plugin);
    collect(plugin);
    read_controls(plugin);
    play(plugin, frames);
    retire(plugin);
    report_latency(plugin);
    watch_end(&plugin->watch, frames);
    messages_write(plugin);
    denormals_restore(mode);
}
