/* SPDX-License-Identifier: ISC */
/* xlstm-dry: a dry guitar track to train presets on, played on a SoundFont and on our own strings.
 * There are no sweeps and no noise in it: with loud noise in it a small network was 2 dB
 * worse on real guitars (mean of three seeds). */
#include "decibel.h"
#include "passages.h"
#include "sound.h"
#include "soundfont.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: xlstm-dry SOUNDFONT OUT\n"
    "Writes a dry guitar track, a 48 kHz mono float WAV: passages played on the General MIDI\n"
    "SOUNDFONT and on synthetic strings, at many levels.\n";

enum { RATE = 48000 };

static const uint64_t seed = 0x647279;
enum { PASSAGE_SECONDS = 6 };

/** General MIDI's instruments, counted from 0; or our own strings. */
enum instrument { STEEL = 25, JAZZ, CLEAN, FINGERED_BASS = 33, PICKED_BASS, STRINGS = -1 };

/** The passages, in an order that mixes levels, styles and instruments, so that any part of the
 *  track that a trainer keeps for validation or test has some of each. */
static const struct part {
    enum passage_style style;
    enum instrument instrument;
    double peak; ///< dBFS
} parts[] = {
    {PASSAGE_STRUMS, CLEAN, -3},        {PASSAGE_LEAD, STRINGS, -9},
    {PASSAGE_MUTED, CLEAN, -1},         {PASSAGE_ARPEGGIOS, JAZZ, -18},
    {PASSAGE_MUTED, STRINGS, -6},       {PASSAGE_LEAD, CLEAN, -6},
    {PASSAGE_STRUMS, STRINGS, -30},     {PASSAGE_BASS, PICKED_BASS, -6},
    {PASSAGE_LONG, CLEAN, -12},         {PASSAGE_MUTED, STRINGS, -3},
    {PASSAGE_LEAD, JAZZ, -24},          {PASSAGE_STRUMS, STRINGS, -2},
    {PASSAGE_ARPEGGIOS, STRINGS, 0},    {PASSAGE_STRUMS, STEEL, -15},
    {PASSAGE_LONG, STRINGS, -36},       {PASSAGE_LEAD, CLEAN, 0},
    {PASSAGE_BASS, STRINGS, -12},       {PASSAGE_STRUMS, JAZZ, -45},
    {PASSAGE_MUTED, CLEAN, -9},         {PASSAGE_LEAD, STRINGS, -1},
    {PASSAGE_BASS, FINGERED_BASS, -20}, {PASSAGE_ARPEGGIOS, CLEAN, -6},
    {PASSAGE_STRUMS, STRINGS, -8},      {PASSAGE_MUTED, STRINGS, -15},
    {PASSAGE_LONG, STRINGS, -5},        {PASSAGE_STRUMS, CLEAN, -10},
    {PASSAGE_LEAD, STRINGS, -4},        {PASSAGE_MUTED, CLEAN, -3},
};
enum { PARTS = sizeof parts / sizeof *parts, PART_FRAMES = PASSAGE_SECONDS * RATE };

static void play_part(struct soundfont *soundfont, const struct part *part, uint64_t number,
                      double *sound)
{
    struct passage passage;
    const double peak = amplitude_of_decibels(part->peak);
    memset(sound, 0, PART_FRAMES * sizeof *sound);
    if (part->instrument == STRINGS) {
        passage_play(part->style, seed + number, RATE, peak, sound, PART_FRAMES);
        return;
    }
    passage_compose(&passage, part->style, seed + number, PASSAGE_SECONDS);
    soundfont_play(soundfont, &passage, (int)part->instrument, sound, PART_FRAMES);
    for (size_t i = 0; i < passage.count; i++)
        plucked_strike(&passage.plucks[i], &passage.random, RATE, sound, PART_FRAMES);
    passage_pick_up(&passage, RATE, sound, PART_FRAMES);
    passage_finish(RATE, peak, sound, PART_FRAMES);
}

static bool make_track(struct soundfont *soundfont, const char *path, struct failure *failure)
{
    struct sound track = {.count = (size_t)PARTS * PART_FRAMES, .rate = RATE};
    track.samples = malloc(track.count * sizeof *track.samples);
    double *part = malloc(PART_FRAMES * sizeof *part);
    const bool room = (track.samples && part) || fail(failure, "out of memory");
    for (size_t i = 0; i < PARTS && room; i++) {
        play_part(soundfont, &parts[i], i, part);
        for (size_t k = 0; k < PART_FRAMES; k++)
            track.samples[i * PART_FRAMES + k] = (float)part[k];
    }
    const bool written = room && sound_write(&track, path, failure);
    free(part);
    sound_free(&track);
    return written;
}

int main(int count, char **arguments)
{
    struct failure failure;
    if (count != 3) {
        fputs(usage, stderr);
        return 2;
    }
    struct soundfont *soundfont = soundfont_open(arguments[1], RATE, &failure);
    const bool made = soundfont && make_track(soundfont, arguments[2], &failure);
    soundfont_close(soundfont);
    if (!made)
        fprintf(stderr, "xlstm-dry: %s\n", failure.text);
    return made ? 0 : 1;
}
