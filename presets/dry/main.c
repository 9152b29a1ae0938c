/* SPDX-License-Identifier: ISC */
/* xlstm-dry: a dry guitar track to train presets on, from a SoundFont, our own strings, sweeps and
 * noise, and recordings of real guitars. */
#include "decibel.h"
#include "passages.h"
#include "signal_play.h"
#include "sound.h"
#include "soundfont.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: xlstm-dry SOUNDFONT OUT [RECORDING ...]\n"
    "Writes a dry guitar track, a 48 kHz mono float WAV: passages played on the General MIDI\n"
    "SOUNDFONT and on synthetic strings at many levels, sweeps and noise, then the RECORDINGs of\n"
    "real guitars, a model's test.\n";

static const uint64_t seed = 0x647279;
enum { PASSAGE_SECONDS = 6 };

/** General MIDI's instruments, counted from 0; or our own strings. */
enum instrument { NYLON = 24, STEEL, JAZZ, CLEAN, FINGERED_BASS = 33, PICKED_BASS, STRINGS = -1 };

/** The passages, in an order that mixes levels, styles and instruments. */
static const struct part {
    enum passage_style style;
    enum instrument instrument;
    double peak; ///< dBFS
} parts[] = {
    {PASSAGE_STRUMS, CLEAN, -3},
    {PASSAGE_LEAD, STRINGS, -9},
    {PASSAGE_MUTED, CLEAN, -1},
    {PASSAGE_ARPEGGIOS, JAZZ, -18},
    {PASSAGE_LEAD, CLEAN, -6},
    {PASSAGE_STRUMS, STRINGS, -30},
    {PASSAGE_BASS, PICKED_BASS, -6},
    {PASSAGE_LONG, CLEAN, -12},
    {PASSAGE_MUTED, STRINGS, -3},
    {PASSAGE_LEAD, JAZZ, -24},
    {PASSAGE_ARPEGGIOS, STRINGS, 0},
    {PASSAGE_STRUMS, STEEL, -15},
    {PASSAGE_LONG, STRINGS, -36},
    {PASSAGE_LEAD, CLEAN, 0},
    {PASSAGE_BASS, STRINGS, -12},
    {PASSAGE_STRUMS, JAZZ, -45},
    {PASSAGE_MUTED, CLEAN, -9},
    {PASSAGE_LEAD, STRINGS, -1},
    {PASSAGE_BASS, FINGERED_BASS, -20},
    {PASSAGE_ARPEGGIOS, CLEAN, -6},
    // The last two are good for validation: a fair mix, at usual levels.
    {PASSAGE_STRUMS, CLEAN, -6},
    {PASSAGE_LEAD, STRINGS, -4},
};

/** The track in the making. */
struct track {
    float *samples;
    size_t count, room;
};

static bool append(struct track *track, const float *samples, size_t count, struct failure *failure)
{
    if (track->count + count > track->room) {
        const size_t room = 2 * (track->count + count);
        float *grown = realloc(track->samples, room * sizeof *grown);
        if (!grown)
            return fail(failure, "out of memory");
        track->samples = grown;
        track->room = room;
    }
    memcpy(track->samples + track->count, samples, count * sizeof *samples);
    track->count += count;
    return true;
}

/** Sweeps and noise, as in the test signal for gear. */
static bool append_sweeps_and_noise(struct track *track, struct failure *failure)
{
    struct signal_layout layout;
    signal_lay_out(&layout, SIGNAL_SECONDS_MINIMUM);
    float *sound = malloc(layout.frames * sizeof *sound);
    bool appended = (sound && signal_generate(&layout, sound)) || fail(failure, "out of memory");
    for (size_t i = 0; i < layout.count && appended; i++) {
        const struct signal_section *section = &layout.sections[i];
        if (section->kind == SIGNAL_SWEEP || section->kind == SIGNAL_NOISE)
            appended = append(track, sound + section->start, section->frames, failure);
    }
    free(sound);
    return appended;
}

static void play_part(struct soundfont *soundfont, const struct part *part, uint64_t number,
                      double *sound, size_t frames)
{
    struct passage passage;
    const double peak = amplitude_of_decibels(part->peak);
    memset(sound, 0, frames * sizeof *sound);
    if (part->instrument == STRINGS) {
        passage_play(part->style, seed + number, SIGNAL_RATE, peak, sound, frames);
        return;
    }
    passage_compose(&passage, part->style, seed + number, PASSAGE_SECONDS);
    soundfont_play(soundfont, &passage, (int)part->instrument, sound, frames);
    for (size_t i = 0; i < passage.count; i++)
        plucked_strike(&passage.plucks[i], &passage.random, SIGNAL_RATE, sound, frames);
    passage_pick_up(&passage, SIGNAL_RATE, sound, frames);
    passage_finish(SIGNAL_RATE, peak, sound, frames);
}

static bool append_parts(struct track *track, struct soundfont *soundfont, struct failure *failure)
{
    enum { FRAMES = PASSAGE_SECONDS * SIGNAL_RATE };
    double *exact = calloc(FRAMES, sizeof *exact);
    float *sound = calloc(FRAMES, sizeof *sound);
    bool appended = (exact && sound) || fail(failure, "out of memory");
    for (size_t i = 0; i < sizeof parts / sizeof *parts && appended; i++) {
        play_part(soundfont, &parts[i], i, exact, FRAMES);
        for (size_t k = 0; k < FRAMES; k++)
            sound[k] = (float)exact[k];
        appended = append(track, sound, FRAMES, failure);
    }
    free(exact);
    free(sound);
    return appended;
}

static bool append_recording(struct track *track, const char *path, struct failure *failure)
{
    struct sound sound;
    if (!sound_read(&sound, path, failure))
        return false;
    const bool appended =
        sound.rate == SIGNAL_RATE
            ? append(track, sound.samples, sound.count, failure)
            : fail(failure, "%s has %g Hz, expected %d", path, sound.rate, SIGNAL_RATE);
    sound_free(&sound);
    return appended;
}

static bool make_track(struct track *track, const char *soundfont_path, char **recordings,
                       int recording_count, struct failure *failure)
{
    struct soundfont *soundfont = soundfont_open(soundfont_path, SIGNAL_RATE, failure);
    bool made = soundfont && append_sweeps_and_noise(track, failure) &&
                append_parts(track, soundfont, failure);
    soundfont_close(soundfont);
    for (int i = 0; i < recording_count && made; i++)
        made = append_recording(track, recordings[i], failure);
    return made;
}

int main(int count, char **arguments)
{
    struct track track = {.count = 0};
    struct failure failure;
    if (count < 3) {
        fputs(usage, stderr);
        return 2;
    }
    bool written = make_track(&track, arguments[1], arguments + 3, count - 3, &failure);
    if (written) {
        const struct sound sound = {track.samples, track.count, SIGNAL_RATE};
        written = sound_write(&sound, arguments[2], &failure);
    }
    free(track.samples);
    if (!written)
        fprintf(stderr, "xlstm-dry: %s\n", failure.text);
    return written ? 0 : 1;
}
