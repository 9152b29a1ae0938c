/* SPDX-License-Identifier: ISC */
/* The plugin's answer to sines: how much of it is no harmonic, and how loud the sine came back. */
#ifndef ALIASING_H
#define ALIASING_H

#include "fake_host.h"

enum { SINE_FRAMES = 16384 }; ///< that are looked at, a whole number of periods

/** A frequency near `hertz` that has a whole and odd number of periods in SINE_FRAMES, so that its
 *  harmonics and what folds lie on different lines of the spectrum. */
double sine_frequency(double hertz, double rate);

/** Plays a sine of that frequency and amplitude until the model has settled, and keeps the next
 *  SINE_FRAMES of the answer. */
void sine_play(struct fake_host *host, double frequency, double amplitude, float *answer);

/** Aliasing-to-signal ratio: energy of all from 60 Hz to 20 kHz that is no harmonic of the
 *  frequency, over that of its harmonics there; in dB. */
double sine_aliasing(const float *answer, double frequency, double rate);

/** Level of the sine itself, of any frequency, in the answer: dB over full scale. */
double sine_level(const float *answer, double frequency, double rate);

#endif
