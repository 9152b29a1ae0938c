/* SPDX-License-Identifier: ISC */
#include "passages.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define PI 3.14159265358979323846

/** MIDI numbers of the lowest strings. */
enum { GUITAR_E = 40, BASS_E = 28, OCTAVE = 12, CONCERT_A = 69 };

/** The last notes may ring for this long, s. */
static const double ring_seconds = 0.3;

/** Intervals above the root. */
enum { SCALE_NOTES = 5, CHORD_NOTES = 6, FIFTH = 7, THIRD = 4 };
static const int pentatonic[SCALE_NOTES] = {0, 3, 5, 7, 10};
static const int chords[][CHORD_NOTES] = {
    {0, 7, 12, 16, 19, 24}, // major
    {0, 7, 12, 15, 19, 24}, // minor
    {0, 7, 10, 16, 19, 22}, // seventh
    {0, 7, 12, 14, 19, 24}, // second
};
enum { CHORDS = sizeof chords / sizeof *chords };

/** A piece in the making. */
struct composer {
    struct passage *passage;
    double now, end; ///< s
    double beat;     ///< s
};

static double between(struct composer *composer, double low, double high)
{
    return random_between(&composer->passage->random, low, high);
}

static unsigned below(struct composer *composer, unsigned count)
{
    return random_below(&composer->passage->random, count);
}

static bool chance(struct composer *composer, double probability)
{
    return between(composer, 0, 1) < probability;
}

static double note_frequency(int note)
{
    return 440 * exp2((note - CONCERT_A) / (double)OCTAVE);
}

/** Adds a note. What `special` (NULL: nothing) leaves at 0 is filled in; how the piece is plucked
 *  varies a little from note to note. */
static void add_note(struct composer *composer, double start, double length, int note,
                     double amplitude, const struct pluck *special)
{
    struct passage *passage = composer->passage;
    if (passage->count == PASSAGE_PLUCKS)
        return;
    struct pluck *pluck = &passage->plucks[passage->count++];
    *pluck = special ? *special : (struct pluck){.bend = 0};
    pluck->start = start;
    pluck->length = length;
    pluck->frequency = note_frequency(note);
    pluck->amplitude = amplitude * between(composer, 0.85, 1.15);
    pluck->position = passage->position * between(composer, 0.9, 1.1);
    pluck->softness = fmin(1, passage->softness * between(composer, 0.8, 1.2));
    if (pluck->decay == 0)
        pluck->decay = between(composer, 4, 9) * exp2((GUITAR_E - note) / (2.0 * OCTAVE));
    if (pluck->damping == 0)
        pluck->damping = between(composer, 0.08, 0.35);
    if (pluck->bend_time == 0)
        pluck->bend_time = length;
    pluck->thump = amplitude * passage->thump * between(composer, 0, 1);
    pluck->pick_noise = amplitude * (1 - passage->softness) * between(composer, 0.02, 0.2);
}

static void compose_lead(struct composer *composer)
{
    enum { LOWEST = -4, HIGHEST = 9, LEAP = 2 }; // degrees of the scale
    const int root = GUITAR_E + OCTAVE + (int)below(composer, 8);
    int degree = 3;
    while (composer->now < composer->end) {
        degree += (int)below(composer, 2 * LEAP + 1) - LEAP;
        degree = degree < LOWEST ? LOWEST : degree > HIGHEST ? HIGHEST : degree;
        const int octave = (degree + SCALE_NOTES) / SCALE_NOTES - 1;
        const int note = root + OCTAVE * octave + pentatonic[(degree + SCALE_NOTES) % SCALE_NOTES];
        const double length = composer->beat * (0.25 + 0.25 * below(composer, 6));
        const struct pluck special = {
            .bend = chance(composer, 0.25) ? between(composer, 0.5, 2) : 0,
            .bend_time = between(composer, 0.08, 0.4),
            .vibrato = chance(composer, 0.3) ? between(composer, 0.1, 0.4) : 0,
        };
        if (!chance(composer, 0.1)) // else a rest
            add_note(composer, composer->now, length * between(composer, 0.6, 1), note,
                     between(composer, 0.25, 1), &special);
        composer->now += length;
    }
}

/** Strikes a chord down or up; the way up may miss the low strings. */
static void add_chord(struct composer *composer, double length, int root, const int *chord,
                      double amplitude)
{
    const bool up = chance(composer, 0.4);
    const double spread = between(composer, 0.004, 0.03);
    for (unsigned i = up ? below(composer, CHORD_NOTES / 2) : 0; i < CHORD_NOTES; i++) {
        const unsigned turn = up ? CHORD_NOTES - 1 - i : i;
        add_note(composer, composer->now + spread * turn, length, root + chord[i], amplitude, NULL);
    }
}

static void compose_strums(struct composer *composer)
{
    while (composer->now < composer->end) {
        const int root = GUITAR_E + (int)below(composer, 10);
        const int *chord = chords[below(composer, CHORDS)];
        for (int i = 0; i < 4 && composer->now < composer->end; i++) {
            const double length = composer->beat * (chance(composer, 0.4) ? 0.5 : 1);
            add_chord(composer, length * between(composer, 0.5, 1), root, chord,
                      between(composer, 0.15, 0.5));
            composer->now += length;
        }
    }
}

static void compose_muted(struct composer *composer)
{
    enum { BAR = 8 };
    int root = GUITAR_E;
    for (unsigned step = 0; composer->now < composer->end; step++) {
        if (step % BAR == 0)
            root = GUITAR_E + (int)below(composer, 6);
        const bool accent = chance(composer, 0.25);
        const struct pluck muted = {.decay = between(composer, 0.12, 0.35),
                                    .damping = between(composer, 0.3, 0.5)};
        const struct pluck *special = accent ? NULL : &muted;
        const double length = composer->beat * (!accent && chance(composer, 0.3) ? 0.25 : 0.5);
        const double amplitude = accent ? 0.6 : between(composer, 0.4, 1);
        add_note(composer, composer->now, length, root, amplitude, special);
        if (accent || chance(composer, 0.3))
            add_note(composer, composer->now + 0.006, length, root + FIFTH, amplitude, special);
        composer->now += length;
    }
}

static void compose_arpeggios(struct composer *composer)
{
    enum { BAR = 8 };
    while (composer->now < composer->end) {
        const int root = GUITAR_E + (int)below(composer, 10);
        const int *chord = chords[below(composer, CHORDS)];
        const double step = composer->beat * (chance(composer, 0.5) ? 0.5 : 0.25);
        for (int i = 0; i < BAR; i++) {
            const unsigned voice = i == 0 ? 0 : below(composer, CHORD_NOTES);
            add_note(composer, composer->now, step * (BAR - i), root + chord[voice],
                     between(composer, 0.3, 0.8), NULL);
            composer->now += step;
        }
    }
}

static void compose_bass(struct composer *composer)
{
    const int root = BASS_E + (int)below(composer, 8);
    while (composer->now < composer->end) {
        const int octave = chance(composer, 0.3);
        const int note = root + OCTAVE * octave + pentatonic[below(composer, SCALE_NOTES)];
        const double length = composer->beat * (chance(composer, 0.6) ? 0.5 : 1);
        add_note(composer, composer->now, length * between(composer, 0.5, 1), note,
                 between(composer, 0.5, 1), NULL);
        composer->now += length;
    }
}

static void compose_long(struct composer *composer)
{
    while (composer->now < composer->end) {
        const int note = GUITAR_E + (int)below(composer, 30);
        const double length = between(composer, 1.5, 4);
        const struct pluck special = {
            .decay = between(composer, 2, 6),
            .vibrato = chance(composer, 0.3) ? between(composer, 0.1, 0.3) : 0,
        };
        add_note(composer, composer->now, length, note, 1, &special);
        if (chance(composer, 0.5))
            add_note(composer, composer->now + 0.01, length,
                     note + (chance(composer, 0.5) ? THIRD : FIFTH), 0.8, &special);
        composer->now += length + between(composer, 0, 0.4);
    }
}

void passage_compose(struct passage *passage, enum passage_style style, uint64_t seed,
                     double seconds)
{
    static void (*const compose[PASSAGE_STYLES])(struct composer *) = {
        [PASSAGE_LEAD] = compose_lead,   [PASSAGE_STRUMS] = compose_strums,
        [PASSAGE_MUTED] = compose_muted, [PASSAGE_ARPEGGIOS] = compose_arpeggios,
        [PASSAGE_BASS] = compose_bass,   [PASSAGE_LONG] = compose_long,
    };
    *passage = (struct passage){.random = {seed}, .seconds = seconds};
    struct composer composer = {.passage = passage, .end = seconds - ring_seconds};
    composer.beat = between(&composer, 0.35, 0.65);
    passage->position = between(&composer, 0.08, 0.35);
    passage->softness = between(&composer, 0.05, 0.7) + (style == PASSAGE_BASS ? 0.3 : 0);
    passage->thump = between(&composer, 0, style == PASSAGE_MUTED ? 0.8 : 0.3);
    passage->resonance = between(&composer, 2200, 6000);
    passage->quality = between(&composer, 0.7, 2.5);
    passage->tone = between(&composer, 4000, 12000);
    compose[style](&composer);
}

/** A resonant low-pass of second order (R. Bristow-Johnson's cookbook), the coil with its cable,
 *  then one of first order, the tone control. */
void passage_pick_up(const struct passage *passage, double rate, double *sound, size_t frames)
{
    const double w = 2 * PI * passage->resonance / rate, alpha = sin(w) / (2 * passage->quality);
    const double b1 = (1 - cos(w)) / (1 + alpha), b0 = b1 / 2;
    const double a1 = -2 * cos(w) / (1 + alpha), a2 = (1 - alpha) / (1 + alpha);
    const double keep = exp(-2 * PI * passage->tone / rate);
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0, smooth = 0;
    for (size_t i = 0; i < frames; i++) {
        const double x = sound[i], y = b0 * (x + x2) + b1 * x1 - a1 * y1 - a2 * y2;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        smooth = y + keep * (smooth - y);
        sound[i] = smooth;
    }
}

void passage_finish(double rate, double peak, double *sound, size_t frames)
{
    const double fade_seconds = 0.05;
    const double fade = fade_seconds * rate;
    double loudest = 0;
    for (size_t i = 0; i < frames; i++)
        loudest = fmax(loudest, fabs(sound[i]));
    for (size_t i = 0; i < frames && loudest > 0; i++)
        sound[i] *= peak / loudest * fmin(1, (double)(frames - i) / fade);
}

void passage_play(enum passage_style style, uint64_t seed, double rate, double peak, double *out,
                  size_t frames)
{
    struct passage passage;
    passage_compose(&passage, style, seed, (double)frames / rate);
    memset(out, 0, frames * sizeof *out);
    for (size_t i = 0; i < passage.count; i++)
        plucked_play(&passage.plucks[i], &passage.random, rate, out, frames);
    passage_pick_up(&passage, rate, out, frames);
    passage_finish(rate, peak, out, frames);
}
