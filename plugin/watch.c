/* SPDX-License-Identifier: ISC */
/* Levels, load and their messages: never allocates. */
#include "watch.h"

#include "uris.h"

#include <lv2/atom/util.h>
#include <math.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS 1e9

/** Bytes of a message besides the points of its scope, generously. */
enum { LEVELS_BYTES = 768 };

void watch_init(struct watch *watch, LV2_URID_Map *map, unsigned channels, double rate)
{
    *watch = (struct watch){.rate = rate, .channels = channels};
    scope_init(&watch->scope, rate);
    const struct {
        LV2_URID *urid;
        const char *uri;
    } rows[] = {
        {&watch->uris.Int, LV2_ATOM__Int},
        {&watch->uris.Watch, XLSTM_URI "#Watch"},
        {&watch->uris.seconds, XLSTM_URI "#seconds"},
        {&watch->uris.Levels, XLSTM_URI "#Levels"},
        {&watch->uris.input_peak, XLSTM_URI "#inputPeak"},
        {&watch->uris.output_peak, XLSTM_URI "#outputPeak"},
        {&watch->uris.input_rms, XLSTM_URI "#inputRms"},
        {&watch->uris.output_rms, XLSTM_URI "#outputRms"},
        {&watch->uris.load, XLSTM_URI "#load"},
        {&watch->uris.load_peak, XLSTM_URI "#loadPeak"},
        {&watch->uris.scope_in, XLSTM_URI "#scopeIn"},
        {&watch->uris.scope_out, XLSTM_URI "#scopeOut"},
    };
    for (size_t i = 0; map && i < sizeof rows / sizeof rows[0]; ++i)
        *rows[i].urid = map->map(map->handle, rows[i].uri);
}

bool watch_is_on(const struct watch *watch)
{
    return watch->left > 0;
}

/** Forgets what was measured since the last message. */
static void clear(struct watch *watch)
{
    watch->frames = 0;
    watch->in = watch->out = (struct watch_side){{0}, {0}};
    watch->busy = watch->busy_frames = 0;
    watch->load_peak = 0.0f;
}

void watch_read(struct watch *watch, const LV2_Atom_Object *object)
{
    const LV2_Atom *seconds = NULL;
    if (object->body.otype != watch->uris.Watch)
        return;
    lv2_atom_object_get(object, watch->uris.seconds, &seconds, 0);
    if (!seconds || seconds->type != watch->uris.Int || seconds->size != sizeof(int32_t))
        return;
    const int32_t asked = ((const LV2_Atom_Int *)seconds)->body;
    const int32_t granted = asked < 0 ? 0 : asked > WATCH_SECONDS_MAX ? WATCH_SECONDS_MAX : asked;
    if (!watch_is_on(watch)) {
        clear(watch);
        scope_start(&watch->scope);
        watch->begun = 0;
    }
    watch->left = (uint64_t)((double)granted * watch->rate);
}

/** Nanoseconds of a clock that only goes on; on Linux no system call. */
static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * (uint64_t)NANOSECONDS + (uint64_t)time.tv_nsec;
}

void watch_begin(struct watch *watch)
{
    if (watch_is_on(watch))
        watch->begun = now();
}

void watch_end(struct watch *watch, uint32_t frames)
{
    if (!watch_is_on(watch))
        return;
    watch->frames += frames;
    watch->left -= frames < watch->left ? frames : watch->left;
    if (watch->begun == 0 || frames == 0)
        return;
    const uint64_t spent = now() - watch->begun;
    watch->busy += spent;
    watch->busy_frames += frames;
    const double load = (double)spent / NANOSECONDS * watch->rate / frames;
    watch->load_peak = fmaxf(watch->load_peak, (float)load);
}

static void measure(struct watch_side *side, unsigned channel, const float *samples,
                    uint32_t frames)
{
    float peak = side->peak[channel];
    double square = 0.0;
    for (uint32_t i = 0; i < frames; ++i) {
        const float magnitude = isfinite(samples[i]) ? fabsf(samples[i]) : 0.0f;
        peak = fmaxf(peak, magnitude);
        square += (double)magnitude * (double)magnitude;
    }
    side->peak[channel] = peak;
    side->square[channel] += square;
}

void watch_input(struct watch *watch, const float *const *in, uint32_t frames)
{
    if (!watch_is_on(watch))
        return;
    for (unsigned c = 0; c < watch->channels; ++c) {
        if (in[c])
            memcpy(watch->input[c], in[c], frames * sizeof in[c][0]);
        else
            memset(watch->input[c], 0, frames * sizeof in[c][0]);
        measure(&watch->in, c, watch->input[c], frames);
    }
}

void watch_output(struct watch *watch, const float *const *out, uint32_t frames, uint32_t latency)
{
    if (!watch_is_on(watch))
        return;
    for (unsigned c = 0; c < watch->channels; ++c)
        if (out[c])
            measure(&watch->out, c, out[c], frames);
    for (uint32_t i = 0; i < frames; ++i)
        scope_hear(&watch->scope, watch->input[0][i], out[0] ? out[0][i] : 0.0f, latency);
}

static void write_floats(LV2_Atom_Forge *forge, LV2_URID key, uint32_t count, const float *values)
{
    lv2_atom_forge_key(forge, key);
    lv2_atom_forge_vector(forge, sizeof *values, forge->Float, count, values);
}

static void write_rms(const struct watch *watch, LV2_Atom_Forge *forge, LV2_URID key,
                      const struct watch_side *side)
{
    float rms[CHANNELS_MAX];
    for (unsigned c = 0; c < watch->channels; ++c)
        rms[c] = (float)sqrt(side->square[c] / watch->frames);
    write_floats(forge, key, watch->channels, rms);
}

static void write_load(const struct watch *watch, LV2_Atom_Forge *forge)
{
    const double heard = (double)watch->busy_frames / watch->rate;
    const double load = heard > 0.0 ? (double)watch->busy / NANOSECONDS / heard : 0.0;
    lv2_atom_forge_key(forge, watch->uris.load);
    lv2_atom_forge_float(forge, (float)load);
    lv2_atom_forge_key(forge, watch->uris.load_peak);
    lv2_atom_forge_float(forge, watch->load_peak);
}

static void write_scope(struct watch *watch, LV2_Atom_Forge *forge)
{
    write_floats(forge, watch->uris.scope_in, SCOPE_POINTS, watch->scope.in);
    write_floats(forge, watch->uris.scope_out, SCOPE_POINTS, watch->scope.out);
    scope_start(&watch->scope);
}

void watch_write(struct watch *watch, LV2_Atom_Forge *forge)
{
    const bool whole = scope_whole(&watch->scope);
    const uint32_t scope_bytes = whole ? 2 * SCOPE_POINTS * (uint32_t)sizeof(float) : 0;
    const uint32_t room = forge->size - forge->offset;
    LV2_Atom_Forge_Frame frame;
    if (!watch_is_on(watch) || watch->frames < watch->rate / WATCH_RATE || room < LEVELS_BYTES)
        return;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0, watch->uris.Levels);
    write_floats(forge, watch->uris.input_peak, watch->channels, watch->in.peak);
    write_floats(forge, watch->uris.output_peak, watch->channels, watch->out.peak);
    write_rms(watch, forge, watch->uris.input_rms, &watch->in);
    write_rms(watch, forge, watch->uris.output_rms, &watch->out);
    write_load(watch, forge);
    if (whole && room - LEVELS_BYTES >= scope_bytes)
        write_scope(watch, forge);
    lv2_atom_forge_pop(forge, &frame);
    clear(watch);
}
