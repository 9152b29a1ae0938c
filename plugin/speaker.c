/* SPDX-License-Identifier: ISC */
/* Cabinets in the way of the sound: never allocates. */
#include "speaker.h"

#include <string.h>

void speaker_init(struct speaker *speaker, unsigned channels, uint32_t fade_frames)
{
    *speaker = (struct speaker){.channels = channels, .fade_frames = fade_frames};
    speaker->fade_at = speaker->playing_risen = speaker->fading_risen = fade_frames;
}

bool speaker_fades(const struct speaker *speaker)
{
    return speaker->fade_at < speaker->fade_frames;
}

void speaker_skip_fade(struct speaker *speaker)
{
    speaker->fade_at = speaker->fade_frames;
}

static bool is_off(const struct speaker *speaker)
{
    return speaker->share.value == 0.0f && !ramp_moves(&speaker->share);
}

static void forget(struct speaker *speaker, bool gently)
{
    speaker->playing_risen = speaker->fading_risen = gently ? 0 : speaker->fade_frames;
    if (speaker->playing)
        cabinet_reset(speaker->playing);
    if (speaker->fading)
        cabinet_reset(speaker->fading);
}

void speaker_reset(struct speaker *speaker, bool gently)
{
    speaker_skip_fade(speaker);
    forget(speaker, gently);
}

void speaker_set(struct speaker *speaker, bool on, bool at_once)
{
    const float share = on ? 1.0f : 0.0f;
    if (on && is_off(speaker))
        forget(speaker, !at_once);
    if (at_once)
        ramp_jump(&speaker->share, share);
    else
        ramp_aim(&speaker->share, share, speaker->fade_frames);
}

void speaker_take(struct speaker *speaker, struct cabinet *cabinet)
{
    speaker->fading = speaker->playing;
    speaker->fading_risen = speaker->playing_risen;
    speaker->playing = cabinet;
    speaker->playing_risen = 0;
    speaker->fade_at = 0;
}

struct cabinet *speaker_retire(struct speaker *speaker)
{
    struct cabinet *old = speaker_fades(speaker) ? NULL : speaker->fading;
    if (old)
        speaker->fading = NULL;
    return old;
}

/** How much of a fade is done: sets out and arrives gently. */
static float share_done(const struct speaker *speaker, uint32_t frames)
{
    const float way = (float)frames / (float)speaker->fade_frames;
    return way * way * (3.0f - 2.0f * way);
}

/** Multiplies what a cabinet is fed by its rise. */
static void rise(const struct speaker *speaker, uint32_t *risen, float (*sound)[SPEAKER_CHUNK],
                 uint32_t frames)
{
    for (uint32_t i = 0; i < frames && *risen < speaker->fade_frames; ++i) {
        const float share = share_done(speaker, ++*risen);
        for (unsigned c = 0; c < speaker->channels; ++c)
            sound[c][i] *= share;
    }
}

/** What a cabinet makes of the sound. */
static void play(const struct speaker *speaker, struct cabinet *cabinet, uint32_t *risen,
                 float *const *in, float (*out)[SPEAKER_CHUNK], uint32_t frames)
{
    float *const outs[] = {out[0], out[1]};
    for (unsigned c = 0; c < speaker->channels; ++c)
        memcpy(out[c], in[c], frames * sizeof out[c][0]);
    if (!cabinet || !cabinet_sounds(cabinet))
        return;
    rise(speaker, risen, out, frames);
    cabinet_play(cabinet, outs, outs, frames);
}

static void fade(struct speaker *speaker, float *const *sound, uint32_t frames)
{
    play(speaker, speaker->fading, &speaker->fading_risen, sound, speaker->before, frames);
    for (uint32_t i = 0; i < frames && speaker_fades(speaker); ++i) {
        const float done = share_done(speaker, ++speaker->fade_at);
        for (unsigned c = 0; c < speaker->channels; ++c)
            speaker->now[c][i] = done * speaker->now[c][i] + (1.0f - done) * speaker->before[c][i];
    }
}

/** Puts the sound with and without cabinet together; at a share of 1, to the bit. */
static void blend(struct speaker *speaker, float *const *sound, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; ++i) {
        const float share = ramp_next(&speaker->share);
        for (unsigned c = 0; c < speaker->channels; ++c)
            sound[c][i] = share * speaker->now[c][i] + (1.0f - share) * sound[c][i];
    }
}

static bool has_work(const struct speaker *speaker)
{
    const bool plays = speaker->playing && cabinet_sounds(speaker->playing);
    return !is_off(speaker) && (plays || speaker_fades(speaker));
}

void speaker_run(struct speaker *speaker, float *const *sound, uint32_t frames)
{
    if (!has_work(speaker)) {
        speaker_skip_fade(speaker);
        for (uint32_t i = 0; ramp_moves(&speaker->share) && i < frames; ++i)
            ramp_next(&speaker->share);
        return;
    }
    play(speaker, speaker->playing, &speaker->playing_risen, sound, speaker->now, frames);
    if (speaker_fades(speaker))
        fade(speaker, sound, frames);
    blend(speaker, sound, frames);
}
