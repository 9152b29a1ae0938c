/* SPDX-License-Identifier: ISC */
/* The audio thread: messages, voices, cabinets, sound. Never allocates, frees, locks, waits or
 * prints. */
#include "run.h"

#include "denormals.h"
#include "plugin.h"

#include <string.h>

static bool send(const struct plugin *plugin, enum errand errand)
{
    const uint32_t message = errand;
    const LV2_Worker_Schedule *schedule = plugin->schedule;
    return schedule->schedule_work(schedule->handle, sizeof message, &message) ==
           LV2_WORKER_SUCCESS;
}

/** Has the worker do an errand of loading, perhaps inside of this call; `request` is its own
 *  meanwhile. False: the host's queue is full. */
static bool ask(struct plugin *plugin, enum errand errand)
{
    atomic_store(&plugin->loading, true);
    const bool sent = send(plugin, errand);
    if (!sent)
        atomic_store(&plugin->loading, false);
    return sent;
}

/** Passes the host's newest wish for a file to the worker, unless it is still busy with another or
 *  its queue is full: then the wish waits for a later run. */
static void request_file(struct plugin *plugin, enum property file)
{
    struct wish *wish = &plugin->messages.wishes[file];
    if (!wish->due || atomic_load(&plugin->loading))
        return;
    memcpy(plugin->request.path, wish->path, sizeof plugin->request.path);
    wish->due = !ask(plugin, file == PROPERTY_MODEL ? ERRAND_MODEL : ERRAND_RESPONSE);
}

/** The same for a wish to go on in the folder. */
static void request_steps(struct plugin *plugin)
{
    if (plugin->steps == 0 || atomic_load(&plugin->loading))
        return;
    plugin->request.steps = plugin->steps;
    if (ask(plugin, ERRAND_STEP))
        plugin->steps = 0;
}

/** Steps go on from the file that was wished for. */
static void request_model(struct plugin *plugin)
{
    request_file(plugin, PROPERTY_MODEL);
    request_steps(plugin);
}

static void request_response(struct plugin *plugin)
{
    request_file(plugin, PROPERTY_RESPONSE);
}

/** Has what plays made anew if the user's choice is another; once, as its file may be gone. A voice
 *  on its way may be as it should. */
static void request_choice(struct plugin *plugin)
{
    const uint32_t choice = atomic_load(&plugin->choice);
    const struct voice *playing = plugin->mixer.playing;
    if (playing && voice_choice_pack(playing->choice) != choice && plugin->tried != choice &&
        !atomic_load(&plugin->loading) && !atomic_load(&plugin->voices.arrived) &&
        ask(plugin, ERRAND_CHOICE))
        plugin->tried = choice;
}

/** Without a worker no wish comes true. */
static void refuse_wishes(struct plugin *plugin)
{
    static const char reason[] = "this host has no worker, so that no file can be loaded";
    if (plugin->steps != 0)
        plugin->messages.wishes[PROPERTY_MODEL].due = true;
    plugin->steps = 0;
    for (enum property file = 0; file < PROPERTY_FILES; ++file)
        if (plugin->messages.wishes[file].due)
            messages_refuse(plugin, file, ORIGIN_HOST, reason);
    for (enum property file = 0; file < PROPERTY_FILES; ++file)
        plugin->messages.wishes[file].due = false;
}

/** Asks for what is to be loaded. Requests take turns: none of them waits for ever, whatever is
 *  automated without pause. */
static void request(struct plugin *plugin)
{
    static void (*const requests[])(struct plugin *) = {request_model, request_response,
                                                        request_choice};
    enum { REQUESTS = sizeof requests / sizeof *requests };
    if (!plugin->schedule)
        refuse_wishes(plugin);
    for (unsigned r = 0; plugin->schedule && r < REQUESTS && !atomic_load(&plugin->loading); ++r) {
        requests[plugin->turn](plugin);
        plugin->turn = (plugin->turn + 1) % REQUESTS;
    }
}

/** Says why something can't be played, if others left such a thing for us. */
static void collect_refusal(struct plugin *plugin, struct handover *handover, enum property file)
{
    struct parcel *refused = atomic_exchange(&handover->refused, NULL);
    if (refused)
        messages_refuse(plugin, file, refused->origin, refused->refusal.text);
    handover_return(handover, refused);
}

static void collect_voice(struct plugin *plugin)
{
    if (mixer_fades(&plugin->mixer))
        return;
    struct parcel *arrived = atomic_exchange(&plugin->voices.arrived, NULL);
    if (!arrived)
        return;
    mixer_take(&plugin->mixer, (struct voice *)arrived);
    plugin->tried = voice_choice_pack(plugin->mixer.playing->choice);
    messages_accept(plugin, PROPERTY_MODEL, arrived->origin);
}

static void collect_cabinet(struct plugin *plugin)
{
    if (speaker_fades(&plugin->mixer.speaker))
        return;
    struct parcel *arrived = atomic_exchange(&plugin->cabinets.arrived, NULL);
    if (!arrived)
        return;
    speaker_take(&plugin->mixer.speaker, (struct cabinet *)arrived);
    messages_accept(plugin, PROPERTY_RESPONSE, arrived->origin);
}

void collect(struct plugin *plugin)
{
    collect_refusal(plugin, &plugin->voices, PROPERTY_MODEL);
    collect_refusal(plugin, &plugin->cabinets, PROPERTY_RESPONSE);
    collect_voice(plugin);
    collect_cabinet(plugin);
}

void retire(struct plugin *plugin)
{
    handover_return(&plugin->voices, (struct parcel *)mixer_retire(&plugin->mixer));
    handover_return(&plugin->cabinets, (struct parcel *)speaker_retire(&plugin->mixer.speaker));
}

static bool has_spent(struct plugin *plugin)
{
    return atomic_load(&plugin->voices.spent) || atomic_load(&plugin->cabinets.spent);
}

/** Has things freed that are done with; if the host's queue is full, after a later run. */
static void request_freeing(struct plugin *plugin)
{
    if (!plugin->schedule || !has_spent(plugin) || atomic_load(&plugin->freeing))
        return;
    atomic_store(&plugin->freeing, true);
    if (!send(plugin, ERRAND_FREE))
        atomic_store(&plugin->freeing, false);
}

/** What a control port says; one that the host left out says what it should. */
static float control(const struct plugin *plugin, enum port port)
{
    const float *value = plugin->ports[port];
    return value ? port_value(port, *value) : port_table[port].initial;
}

/** Notes the user's choice. Without a worker it holds from the next activation on. */
static void read_choice(struct plugin *plugin)
{
    atomic_store(&plugin->choice,
                 voice_choice_pack(voice_choice_of(control(plugin, PORT_QUALITY),
                                                   control(plugin, PORT_OVERSAMPLING))));
}

static void read_controls(struct plugin *plugin)
{
    struct controls controls = {
        .enabled = control(plugin, PORT_ENABLED) > 0.0f,
        .input_db = control(plugin, PORT_INPUT_GAIN),
        .output_db = control(plugin, PORT_OUTPUT_GAIN),
        .mix = control(plugin, PORT_MIX),
        .gate_db = control(plugin, PORT_GATE),
        .dc_blocker = control(plugin, PORT_DC_BLOCKER) > 0.0f,
        .normalise = control(plugin, PORT_NORMALISE) > 0.0f,
        .calibrate = control(plugin, PORT_CALIBRATE) > 0.0f,
        .interface_dbu = control(plugin, PORT_INPUT_LEVEL),
        .cabinet = control(plugin, PORT_CABINET) > 0.0f,
    };
    for (unsigned k = 0; k < KNOBS; ++k)
        controls.knobs[k] = control(plugin, PORT_KNOB_1 + k);
    mixer_set(&plugin->mixer, &controls);
}

/** Counts what the triggers ask for: one step each time that one rises. */
static void read_triggers(struct plugin *plugin)
{
    for (unsigned t = 0; t < TRIGGERS; ++t) {
        const bool high = control(plugin, PORT_NEXT + t) > 0.0f;
        if (high && !plugin->pressed[t])
            plugin->steps += PORT_NEXT + t == PORT_NEXT ? 1 : -1;
        plugin->pressed[t] = high;
    }
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
    read_triggers(plugin);
    read_choice(plugin);
    request(plugin);
    collect(plugin);
    read_controls(plugin);
    play(plugin, frames);
    retire(plugin);
    request_freeing(plugin);
    report_latency(plugin);
    watch_end(&plugin->watch, frames);
    messages_write(plugin);
    denormals_restore(mode);
}
