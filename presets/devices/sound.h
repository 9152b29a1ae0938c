/* SPDX-License-Identifier: ISC */
/* Mono sound files in memory. */
#ifndef DEVICES_SOUND_H
#define DEVICES_SOUND_H

#include "failure.h"

#include <stddef.h>

struct sound {
    float *samples; ///< owned
    size_t count;
    double rate; ///< Hz, a whole number
};

/** Reads a mono file of any format that libsndfile knows. */
bool sound_read(struct sound *sound, const char *path, struct failure *failure);

/** Writes a 32-bit float WAV, whole or not at all. */
bool sound_write(const struct sound *sound, const char *path, struct failure *failure);

void sound_free(struct sound *sound);

#endif
