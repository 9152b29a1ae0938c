/* SPDX-License-Identifier: ISC */
/* A whole sound in memory, for what must see all of it: alignment, evaluation, training. */
#ifndef AUDIO_H
#define AUDIO_H

#include "xlstm.h"

/** Owns its samples; audio_free() releases them. */
struct audio {
    float *samples; ///< channel after channel
    size_t frames;  ///< of each channel
    unsigned channels;
    double rate; ///< Hz
};

/** Reads a sound file of at least one frame; samples that are not finite become 0 and are counted
 * in `*not_finite` (which may be NULL). False, with a reason and nothing to free, on failure. */
bool audio_read(struct audio *audio, const char *path, uint64_t *not_finite,
                struct xlstm_error *error);

/** The samples of channel `channel`. */
float *audio_channel(const struct audio *audio, unsigned channel);

/** The channel with the most energy. */
unsigned audio_loudest(const struct audio *audio);

/** Changes the sample rate; nothing happens if it is `rate` already. */
bool audio_resample(struct audio *audio, double rate, struct xlstm_error *error);

/** Frees the samples. */
void audio_free(struct audio *audio);

#endif
