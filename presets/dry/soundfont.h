/* SPDX-License-Identifier: ISC */
/* Plays passages on the sampled guitars and basses of a SoundFont, by FluidSynth. */
#ifndef DRY_SOUNDFONT_H
#define DRY_SOUNDFONT_H

#include "failure.h"
#include "passages.h"

struct soundfont;

/** Opens a General MIDI SoundFont for sound at `rate` Hz. NULL and a sentence if it cannot. */
struct soundfont *soundfont_open(const char *path, double rate, struct failure *failure);

/** Closes it. NULL is fine. */
void soundfont_close(struct soundfont *soundfont);

/** Plays a passage into `out`, with a peak of 1. `program` counts General MIDI's instruments from
 *  0. Of notes that sound together all are bent as the last is. */
void soundfont_play(struct soundfont *soundfont, const struct passage *passage, int program,
                    double *out, size_t frames);

#endif
