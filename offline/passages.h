/* SPDX-License-Identifier: ISC */
/* Short pieces for plucked strings, made up by random numbers. */
#ifndef PASSAGES_H
#define PASSAGES_H

#include "plucked.h"

/** Ways of playing. */
enum passage_style {
    PASSAGE_LEAD,      ///< single notes with bends and vibrato
    PASSAGE_STRUMS,    ///< chords
    PASSAGE_MUTED,     ///< palm-muted low strings, with open accents
    PASSAGE_ARPEGGIOS, ///< chords note by note, ringing on
    PASSAGE_BASS,      ///< a bass line
    PASSAGE_LONG,      ///< few notes and double stops that ring until they are gone
    PASSAGE_STYLES
};

/** Most notes of a piece. */
enum { PASSAGE_PLUCKS = 512 };

/** A piece, and the guitar that it is played on. */
struct passage {
    struct random random;
    double seconds;
    struct pluck plucks[PASSAGE_PLUCKS];
    size_t count;
    double position, softness, thump; ///< how it is plucked: plucked.h
    double resonance, quality, tone;  ///< the pickup: Hz, 1, Hz
};

/** Makes up a piece of `seconds`. Notes, dynamics, pick and pickup follow from `seed` alone. */
void passage_compose(struct passage *passage, enum passage_style style, uint64_t seed,
                     double seconds);

/** Filters strings as the passage's pickup does, in place. */
void passage_pick_up(const struct passage *passage, double rate, double *sound, size_t frames);

/** Scales a piece to `peak` and fades its end, where strings may still ring. */
void passage_finish(double rate, double peak, double *sound, size_t frames);

/** Composes a piece as long as `out` and plays it on plucked.h. */
void passage_play(enum passage_style style, uint64_t seed, double rate, double peak, double *out,
                  size_t frames);

#endif
