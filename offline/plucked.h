/* SPDX-License-Identifier: ISC */
/* Plucked strings after K. Karplus and A. Strong: a delay line as long as a period, closed through
 * a filter that loses a little each time round. Each string swings in two planes that decay and
 * are tuned a little apart, as a real one does. */
#ifndef PLUCKED_H
#define PLUCKED_H

#include "random.h"

#include <stddef.h>

/** The lowest note that a string can play, Hz. */
#define PLUCKED_LOWEST 25.0

/** One note, and how it is struck. */
struct pluck {
    double start, length; ///< s; after `length` a finger damps the string
    double frequency;     ///< Hz, PLUCKED_LOWEST or more
    double amplitude;     ///< about the peak that results
    double position;      ///< where the pick strikes, of the string's length: 0.05 to 0.5
    double softness;      ///< 0: plectrum near the bridge, 1: thumb
    double decay;         ///< s until the fundamental is 60 dB down
    double damping;       ///< how much faster overtones decay: 0 to 0.5
    double bend;          ///< semitones that the note is bent by, reached after `bend_time` s
    double bend_time;     ///< s, above 0
    double vibrato;       ///< semitones, about five times a second
    double pick_noise;    ///< amplitude of the scratch at the start
    double thump;         ///< amplitude of the body's thump
};

/** How far a pluck is bent `time` seconds after its start, vibrato included, in semitones. */
double plucked_bend(const struct pluck *pluck, double time);

/** Adds only what is heard of the hand: the scratch of the pick and the thump of the body. */
void plucked_strike(const struct pluck *pluck, struct random *random, double rate, double *out,
                    size_t frames);

/** Adds a pluck to `frames` samples at `rate` Hz. What rings on past the end is cut off. */
void plucked_play(const struct pluck *pluck, struct random *random, double rate, double *out,
                  size_t frames);

#endif
