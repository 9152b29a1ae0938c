/* SPDX-License-Identifier: ISC */
/* One file of a pair on its way into a recording: the channel that is used, at the model's rate. */
#ifndef RECORDING_TAKE_H
#define RECORDING_TAKE_H

#include "audio.h"
#include "recording_spans.h"

/** Most channels of a file that are compared. */
enum { TAKE_CHANNELS = 4 };

/** One file of a pair, and the channel of it that is used. Owns its arrays. */
struct take {
    const char *path;
    struct audio file; ///< as it was read
    /** Channels that may be meant: neither silent nor the copy of another. */
    unsigned channels[TAKE_CHANNELS], count;
    unsigned channel;         ///< the one that is used, of the file
    double peak;              ///< its largest amplitude
    struct span_list clipped; ///< where it is at full scale, frames of the file
    size_t clipped_count;     ///< samples of it there

    float *samples; ///< the channel at the rate wanted
    size_t frames;
};

/** Reads a file and says what its channels hold. False, with a sentence that names the file, if it
 *  cannot be read or is silent. Whatever the outcome, take_free() ends it. */
bool take_read(struct take *take, const char *path, struct recording *recording,
               struct xlstm_error *error);

/** Brings the channel to `rate`; `stretch`: as if the file had been made at (1 + stretch) times its
 *  rate. Nothing is touched if there is nothing to change. */
bool take_render(struct take *take, double rate, double stretch, struct xlstm_error *error);

/** Looks where the channel is clipped, once it is chosen. False: out of memory. */
bool take_find_clipping(struct take *take, struct xlstm_error *error);

/** Frees what it holds. */
void take_free(struct take *take);

#endif
