/* SPDX-License-Identifier: ISC */
/* One sound file on its way through a model: read, brought to the model's rate, taken back, mixed,
 * written. A track belongs to one thread. */
#ifndef TRACK_H
#define TRACK_H

#include "sink.h"
#include "source.h"

#include <soxr.h>

/** How sound goes in and out; the same for all tracks of a run. Gains are factors. */
struct track_levels {
    double model_rate; ///< Hz
    float gain;        ///< on the way into the model
    float wet_gain;    ///< on the model's answer
    float mix;         ///< 1: the answer alone, 0: the input alone
    float output_gain; ///< after the mix
};

/** One file on its way; must not move while it is open. */
struct track {
    const struct track_levels *levels;
    const char *in_path;
    struct source source, dry; ///< `dry` reads the input once more, in step with the output
    struct sink sink;
    soxr_t in_resampler, out_resampler;   ///< NULL at the model's rate
    float *block, *out_block, *dry_block; ///< interleaved, TRACK_BLOCK frames each
    bool failed;                          ///< reading did
    struct xlstm_error error;             ///< the reason of a failure
    const char *culprit;                  ///< the file that it is about: input or output
};

/** Most frames of one call. */
enum { TRACK_BLOCK = 2048 };

/** Opens input and output (of sink_format() `format`). All functions give false on failure, with
 *  `error` and `culprit` set. After that of this one there is nothing to end; otherwise
 *  track_finish() or track_abort() ends the track, which must not move before. */
bool track_open(struct track *track, const char *in_path, const char *out_path, int format,
                const struct track_levels *levels);

/** Number of channels. */
unsigned track_channels(const struct track *track);

/** Next input for the model: up to TRACK_BLOCK frames for each channel; `*got` is 0 at the end. */
bool track_read(struct track *track, float *const *channels, size_t *got);

/** Takes the model's answer to what was read. */
bool track_write(struct track *track, const float *const *channels, size_t frames);

/** Writes what is still under way, so that output and input are equally long, and puts the file in
 *  its place. On failure nothing is left of it. The counts in `source` and `sink` stay readable. */
bool track_finish(struct track *track);

/** Ends a track without a file. */
void track_abort(struct track *track);

#endif
