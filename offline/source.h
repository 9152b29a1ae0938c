/* SPDX-License-Identifier: ISC */
/* A sound file that is read from beginning to end. */
#ifndef SOURCE_H
#define SOURCE_H

#include "xlstm.h"

#include <sndfile.h>

/** Zero when not open. */
struct source {
    SNDFILE *sound;
    SF_INFO info;        ///< frames, samplerate, channels
    uint64_t not_finite; ///< samples so far that were NaN or infinite and were read as 0
};

/** Hz that a sound file may have. */
enum { SOURCE_LOWEST_RATE = 1000, SOURCE_HIGHEST_RATE = 1000000 };

/** Opens a file that is not cut short. It may hold no sound: `info.frames` is 0 then. */
bool source_open(struct source *source, const char *path, struct xlstm_error *error);

/** Reads up to `frames` interleaved frames; `*got` is less at the end only. False, with a reason,
 *  if the file breaks off before the frames that it promised. */
bool source_read(struct source *source, float *interleaved, size_t frames, size_t *got,
                 struct xlstm_error *error);

/** Closes it. One that is not open (zeroed, or closed) is fine. */
void source_close(struct source *source);

#endif
