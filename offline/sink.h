/* SPDX-License-Identifier: ISC */
/* A sound file that is written from beginning to end, and appears whole or not at all. */
#ifndef SINK_H
#define SINK_H

#include "dither.h"
#include "outfile.h"

#include <sndfile.h>

/** Sample formats, in the order of sample_format_names. */
enum sample_format { SAMPLE_FLOAT, SAMPLE_24, SAMPLE_16 };
extern const char *const sample_format_names[];

/** Zero when not open. The counts stay readable after the end. */
struct sink {
    struct outfile file;
    SNDFILE *sound;
    unsigned channels;
    struct dither dither;
    int *whole;       ///< block of quantised samples; NULL for float
    uint64_t frames;  ///< written so far
    uint64_t clipped; ///< samples that were beyond full scale of a 24- or 16-bit file
    float peak;       ///< largest magnitude before clipping
};

/** The libsndfile format that a file name's extension and a sample format come to. False, with a
 *  reason, if the extension is unknown or its container holds no such samples. */
bool sink_format(const char *path, enum sample_format samples, int *format,
                 struct xlstm_error *error);

/** True if the extension of `path` names a container that can be written. */
bool sink_knows(const char *path);

/** Most frames that one call of sink_write() takes. */
enum { SINK_BLOCK = 8192 };

/** Starts a file of `format` (from sink_format()). `frames` is the length to come, as far as it is
 *  known; it decides whether the container is large enough. */
bool sink_open(struct sink *sink, const char *path, int format, int rate, unsigned channels,
               uint64_t frames, struct xlstm_error *error);

/** Appends at most SINK_BLOCK interleaved frames; full scale is 1. */
bool sink_write(struct sink *sink, const float *interleaved, size_t frames,
                struct xlstm_error *error);

/** Completes the file and puts it in its place; on failure nothing is left of it. */
bool sink_commit(struct sink *sink, struct xlstm_error *error);

/** Removes all trace of the file. One that is not open (zeroed, or ended) is fine. */
void sink_abort(struct sink *sink);

#endif
