/* SPDX-License-Identifier: ISC */
#include "soundfont.h"

#include <fluidsynth.h>
#include <math.h>
#include <stdlib.h>

/** Palm-muted notes play on a channel of their own with General MIDI's muted guitar. */
enum { OPEN, MUTED, MUTED_PROGRAM = 28 };

/** Events fall on multiples of this many frames. */
enum { BLOCK = 64 };

enum { LOUDEST_VELOCITY = 127, BEND_SEMITONES = 4, BEND_CENTRE = 8192 };

/** A note that dies sooner than this is palm-muted, s. */
static const double muted_decay = 0.5;

struct soundfont {
    fluid_settings_t *settings;
    fluid_synth_t *synth;
    double rate;
};

struct soundfont *soundfont_open(const char *path, double rate, struct failure *failure)
{
    struct soundfont *soundfont = calloc(1, sizeof *soundfont);
    if (soundfont) {
        soundfont->rate = rate;
        soundfont->settings = new_fluid_settings();
        fluid_settings_setnum(soundfont->settings, "synth.sample-rate", rate);
        fluid_settings_setint(soundfont->settings, "synth.reverb.active", 0);
        fluid_settings_setint(soundfont->settings, "synth.chorus.active", 0);
        soundfont->synth = new_fluid_synth(soundfont->settings);
    }
    if (soundfont && soundfont->synth &&
        fluid_synth_sfload(soundfont->synth, path, 1) != FLUID_FAILED)
        return soundfont;
    fail(failure, "%s cannot be opened as a SoundFont", path);
    soundfont_close(soundfont);
    return NULL;
}

void soundfont_close(struct soundfont *soundfont)
{
    if (!soundfont)
        return;
    delete_fluid_synth(soundfont->synth);
    delete_fluid_settings(soundfont->settings);
    free(soundfont);
}

static int channel_of(const struct pluck *pluck)
{
    return pluck->decay < muted_decay ? MUTED : OPEN;
}

static int key_of(const struct pluck *pluck)
{
    return (int)lround(69 + 12 * log2(pluck->frequency / 440));
}

/** General MIDI's volume goes with the square of the velocity. */
static int velocity_of(const struct pluck *pluck)
{
    return (int)fmin(fmax(1, LOUDEST_VELOCITY * sqrt(pluck->amplitude)), LOUDEST_VELOCITY);
}

static int bend_of(const struct pluck *pluck, double time)
{
    return BEND_CENTRE + (int)(plucked_bend(pluck, time) * (BEND_CENTRE - 1) / BEND_SEMITONES);
}

static bool falls_between(double time, double from, double to)
{
    return time >= from && time < to;
}

/** Sends what happens from `from` to `to` seconds into the passage; `*latest` is the last note. */
static void send_events(fluid_synth_t *synth, const struct passage *passage, double from, double to,
                        const struct pluck **latest)
{
    for (size_t i = 0; i < passage->count; i++) {
        const struct pluck *pluck = &passage->plucks[i];
        if (falls_between(pluck->start + pluck->length, from, to))
            fluid_synth_noteoff(synth, channel_of(pluck), key_of(pluck));
    }
    for (size_t i = 0; i < passage->count; i++) {
        const struct pluck *pluck = &passage->plucks[i];
        if (!falls_between(pluck->start, from, to))
            continue;
        fluid_synth_noteon(synth, channel_of(pluck), key_of(pluck), velocity_of(pluck));
        *latest = pluck;
    }
    if (*latest)
        fluid_synth_pitch_bend(synth, OPEN, bend_of(*latest, from - (*latest)->start));
}

static void prepare(fluid_synth_t *synth, int program)
{
    fluid_synth_system_reset(synth);
    fluid_synth_program_change(synth, OPEN, program);
    fluid_synth_program_change(synth, MUTED, MUTED_PROGRAM);
    fluid_synth_pitch_wheel_sens(synth, OPEN, BEND_SEMITONES);
}

static double render(struct soundfont *soundfont, const struct passage *passage, double *out,
                     size_t frames)
{
    const struct pluck *latest = NULL;
    double loudest = 0;
    for (size_t start = 0; start < frames; start += BLOCK) {
        float left[BLOCK], right[BLOCK];
        send_events(soundfont->synth, passage, (double)start / soundfont->rate,
                    (double)(start + BLOCK) / soundfont->rate, &latest);
        fluid_synth_write_float(soundfont->synth, BLOCK, left, 0, 1, right, 0, 1);
        for (size_t i = 0; i < BLOCK && start + i < frames; i++) {
            out[start + i] = (double)left[i] + (double)right[i];
            loudest = fmax(loudest, fabs(out[start + i]));
        }
    }
    return loudest;
}

void soundfont_play(struct soundfont *soundfont, const struct passage *passage, int program,
                    double *out, size_t frames)
{
    prepare(soundfont->synth, program);
    const double loudest = render(soundfont, passage, out, frames);
    for (size_t i = 0; i < frames && loudest > 0; i++)
        out[i] /= loudest;
}
