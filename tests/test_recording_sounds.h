/* SPDX-License-Identifier: ISC */
/* Sounds for the tests of recordings, and what recorders do to them. New ones are for free(); a
 * lack of memory ends the test. */
#ifndef TEST_RECORDING_SOUNDS_H
#define TEST_RECORDING_SOUNDS_H

#include <stdbool.h>
#include <stddef.h>

enum { RATE = 48000, PIECE = 4 * RATE, FRAMES = 3 * PIECE };

float *new_samples(size_t count);
float *copy_of(const float *samples, size_t count);

/** Three pieces on plucked strings over the hiss of a pickup: FRAMES. False: out of memory. */
bool play(float *out);

/** An overdrive: a high-pass, unequal clipping above and below, a low-pass. It answers at once. */
void overdrive(const float *in, float *out, size_t frames);

/** `samples` moved by `lag` frames: silence comes in. */
float *moved(const float *samples, size_t frames, long lag);

/** As recorded with `ratio` frames for each of the sound; `*made` of them. */
float *stretched(const float *samples, size_t frames, double ratio, size_t *made);

/** Later, by a fraction of a frame too. */
float *delayed(const float *samples, size_t frames, double lag);

/** Mean square. */
double power(const float *samples, size_t frames);

#endif
