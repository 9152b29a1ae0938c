/* SPDX-License-Identifier: ISC */
/* The way of the sound through the plugin: never allocates. */
#include "mixer.h"

#include <math.h>
#include <string.h>

#define FADE_SECONDS 0.02
#define QUARTER_TURN 1.57079632679f

enum { KNOB_CHUNK = 32 }; ///< frames between the steps of a knob that moves

_Static_assert(MIXER_CHUNK <= (int)LEVELS_CHUNK && MIXER_CHUNK <= (int)SPEAKER_CHUNK,
               "what the mixer asks for at once, its parts can do");

void mixer_init(struct mixer *mixer, unsigned channels, double rate)
{
    *mixer = (struct mixer){.channels = channels};
    mixer->fade_frames = (uint32_t)fmax(1.0, FADE_SECONDS * rate);
    mixer->fade_at = mixer->fade_frames;
    mixer->fresh = true;
    gate_init(&mixer->gate, rate, GATE_OFF_DB);
    levels_init(&mixer->levels);
    dc_blocker_init(&mixer->dc_blocker, channels, rate);
    speaker_init(&mixer->speaker, channels, mixer->fade_frames);
}

bool mixer_fades(const struct mixer *mixer)
{
    return mixer->fade_at < mixer->fade_frames;
}

/** What is around the voices forgets all sound, which may go on. */
static void rest(struct mixer *mixer, bool goes_on)
{
    gate_reset(&mixer->gate);
    dc_blocker_reset(&mixer->dc_blocker);
    speaker_reset(&mixer->speaker, goes_on);
}

void mixer_start(struct mixer *mixer)
{
    mixer->fade_at = mixer->fade_frames;
    mixer->fresh = true;
    rest(mixer, false);
    if (mixer->playing)
        voice_reset(mixer->playing);
}

void mixer_take(struct mixer *mixer, struct voice *voice)
{
    mixer->alike = mixer->playing && strcmp(mixer->playing->path, voice->path) == 0;
    mixer->fading = mixer->playing;
    mixer->playing = voice;
    mixer->fade_at = 0;
    mixer->fade_wait = mixer->fading ? 2 * voice->latency : 0; /* as long as its filters are */
    mixer->knobs_due = true;
}

struct voice *mixer_retire(struct mixer *mixer)
{
    struct voice *old = mixer_fades(mixer) ? NULL : mixer->fading;
    if (old)
        mixer->fading = NULL;
    return old;
}

uint32_t mixer_latency(const struct mixer *mixer)
{
    return mixer->playing ? mixer->playing->latency : 0;
}

static float gain_of(float decibels)
{
    return (float)pow(10.0, (double)decibels / 20.0);
}

static void go(const struct mixer *mixer, struct ramp *ramp, float target)
{
    if (mixer->fresh)
        ramp_jump(ramp, target);
    else
        ramp_aim(ramp, target, mixer->fade_frames);
}

/** Lets all run again that slept in the bypass. */
static void wake(struct mixer *mixer)
{
    mixer->asleep = false;
    rest(mixer, true);
    if (mixer->playing)
        voice_wake(mixer->playing);
    if (mixer->fading)
        voice_wake(mixer->fading);
}

/** The controls of what is around the voices. */
static void set_surroundings(struct mixer *mixer, const struct controls *controls)
{
    const uint32_t frames = mixer->fresh ? 0 : mixer->fade_frames;
    gate_set(&mixer->gate, controls->gate_db);
    levels_set(&mixer->levels, controls->normalise, controls->calibrate, controls->interface_dbu,
               frames);
    dc_blocker_set(&mixer->dc_blocker, controls->dc_blocker, frames);
    speaker_set(&mixer->speaker, controls->cabinet, mixer->fresh);
}

void mixer_set(struct mixer *mixer, const struct controls *controls)
{
    go(mixer, &mixer->input_gain, gain_of(controls->input_db));
    go(mixer, &mixer->output_gain, gain_of(controls->output_db));
    go(mixer, &mixer->mix, controls->mix);
    go(mixer, &mixer->enabled, controls->enabled ? 1.0f : 0.0f);
    for (size_t k = 0; k < KNOBS; ++k)
        go(mixer, &mixer->knobs[k], controls->knobs[k]);
    set_surroundings(mixer, controls);
    mixer->knobs_due |= mixer->fresh;
    mixer->fresh = false;
    if (controls->enabled && mixer->asleep)
        wake(mixer);
    else
        mixer->asleep = !controls->enabled && !ramp_moves(&mixer->enabled);
}

static bool knobs_move(const struct mixer *mixer)
{
    for (size_t k = 0; k < KNOBS; ++k)
        if (ramp_moves(&mixer->knobs[k]))
            return true;
    return false;
}

/** Tells the voices where the knobs are, `frames` on from the last time. */
static void turn_knobs(struct mixer *mixer, uint32_t frames)
{
    if (!mixer->knobs_due && !knobs_move(mixer))
        return;
    for (size_t k = 0; k < KNOBS; ++k) {
        for (uint32_t i = 0; i < frames; ++i)
            ramp_next(&mixer->knobs[k]);
        if (mixer->playing)
            voice_set_knob(mixer->playing, k, mixer->knobs[k].value);
        if (mixer->fading)
            voice_set_knob(mixer->fading, k, mixer->knobs[k].value);
    }
    mixer->knobs_due = false;
}

/** Reads the input before any output is written, since they may share memory. */
static void read_input(struct mixer *mixer, const float *const *in, uint32_t from, uint32_t frames)
{
    for (unsigned c = 0; c < mixer->channels; ++c)
        for (uint32_t i = 0; i < frames; ++i) {
            const float sample = in[c] ? in[c][from + i] : 0.0f;
            mixer->in[c][i] = isfinite(sample) ? sample : 0.0f;
        }
}

/** What all voices are driven with: the steps of the input's gain and of the gate. */
static void step_input(struct mixer *mixer, uint32_t frames)
{
    ramp_fill(&mixer->input_gain, mixer->input_steps, frames);
    levels_begin(&mixer->levels, frames);
    if (!mixer->asleep && !gate_is_idle(&mixer->gate))
        gate_run(&mixer->gate, (const float *const[]){mixer->in[0], mixer->in[1]}, mixer->channels,
                 mixer->input_steps, frames);
}

/** Drives a voice; NULL: none. */
static void drive(struct mixer *mixer, const struct voice *voice, uint32_t frames)
{
    memcpy(mixer->drive_steps, mixer->input_steps, frames * sizeof mixer->drive_steps[0]);
    if (voice)
        levels_drive(&mixer->levels, &voice->levels, mixer->drive_steps, frames);
    for (unsigned c = 0; c < mixer->channels; ++c)
        for (uint32_t i = 0; i < frames; ++i)
            mixer->driven[c][i] = mixer->in[c][i] * mixer->drive_steps[i];
}

static void copy(const struct mixer *mixer, mixer_block to, mixer_block from, uint32_t frames)
{
    for (unsigned c = 0; c < mixer->channels; ++c)
        memcpy(to[c], from[c], frames * sizeof from[c][0]);
}

/** What a voice makes of the input, and the input as late as that. */
static void sound(struct mixer *mixer, struct voice *voice, mixer_block wet, mixer_block dry,
                  uint32_t frames)
{
    drive(mixer, voice, frames);
    if (!voice) {
        copy(mixer, dry, mixer->in, frames);
        copy(mixer, wet, mixer->driven, frames);
        return;
    }
    voice_delay(voice, (const float *const[]){mixer->in[0], mixer->in[1]},
                (float *const[]){dry[0], dry[1]}, frames);
    if (mixer->asleep) {
        copy(mixer, wet, dry, frames);
        return;
    }
    voice_play(voice, (const float *const[]){mixer->driven[0], mixer->driven[1]},
               (float *const[]){wet[0], wet[1]}, frames);
    for (unsigned c = 0; c < mixer->channels; ++c)
        levels_normalise(&mixer->levels, &voice->levels, wet[c], frames);
}

/** Fades from the old voice: the wet sounds of two models have little in common, so with equal
 *  power; those of one model and the dry sounds are the same but for their delays, so with equal
 *  amplitude. */
static void fade(struct mixer *mixer, uint32_t frames)
{
    sound(mixer, mixer->fading, mixer->old_wet, mixer->old_dry, frames);
    for (uint32_t i = 0; i < frames && mixer_fades(mixer); ++i) {
        mixer->fade_at += mixer->fade_wait == 0;
        mixer->fade_wait -= mixer->fade_wait > 0;
        const float way = (float)mixer->fade_at / (float)mixer->fade_frames;
        const float done = way * way * (3.0f - 2.0f * way); /* sets out and arrives gently */
        const float rise = mixer->alike ? done : sinf(QUARTER_TURN * done);
        const float fall = mixer->alike ? 1.0f - done : cosf(QUARTER_TURN * done);
        for (unsigned c = 0; c < mixer->channels; ++c) {
            mixer->wet[c][i] = rise * mixer->wet[c][i] + fall * mixer->old_wet[c][i];
            mixer->dry[c][i] = done * mixer->dry[c][i] + (1.0f - done) * mixer->old_dry[c][i];
        }
    }
}

/** What follows the voices. */
static void follow(struct mixer *mixer, uint32_t frames)
{
    float *const wet[] = {mixer->wet[0], mixer->wet[1]};
    if (mixer->asleep) {
        speaker_skip_fade(&mixer->speaker);
        return;
    }
    dc_blocker_run(&mixer->dc_blocker, wet, frames);
    speaker_run(&mixer->speaker, wet, frames);
}

/** Puts dry and wet together. Where a control rests at 0 or 1, one side passes to the bit. */
static void write_output(struct mixer *mixer, float *const *out, uint32_t from, uint32_t frames)
{
    ramp_fill(&mixer->output_gain, mixer->gain_steps, frames);
    ramp_fill(&mixer->mix, mixer->mix_steps, frames);
    ramp_fill(&mixer->enabled, mixer->enabled_steps, frames);
    for (unsigned c = 0; c < mixer->channels; ++c)
        for (uint32_t i = 0; out[c] && i < frames; ++i) {
            const float dry = mixer->dry[c][i], mix = mixer->mix_steps[i];
            const float on = mixer->enabled_steps[i];
            const float mixed = mixer->wet[c][i] * mix + dry * (1.0f - mix);
            out[c][from + i] = mixed * mixer->gain_steps[i] * on + dry * (1.0f - on);
        }
}

void mixer_run(struct mixer *mixer, const float *const *in, float *const *out, uint32_t frames)
{
    for (uint32_t from = 0, chunk; from < frames; from += chunk) {
        const uint32_t most = knobs_move(mixer) ? KNOB_CHUNK : MIXER_CHUNK;
        chunk = frames - from < most ? frames - from : most;
        turn_knobs(mixer, chunk);
        read_input(mixer, in, from, chunk);
        step_input(mixer, chunk);
        sound(mixer, mixer->playing, mixer->wet, mixer->dry, chunk);
        if (mixer_fades(mixer))
            fade(mixer, chunk);
        follow(mixer, chunk);
        write_output(mixer, out, from, chunk);
    }
}
