/* SPDX-License-Identifier: ISC */
/* Many files through one model: in threads, and in each thread several files side by side as the
 * channels of one stream, because a small recurrent model leaves most of a core idle alone. */
#ifndef BATCH_H
#define BATCH_H

#include "job.h"
#include "track.h"

/** What became of a job, as batch_run() tells it. */
typedef void batch_report(void *closure, const struct job *job, const struct track *track);

/** What all jobs have in common; pointers are borrowed. */
struct batch {
    const xlstm_model *model;
    const float *knobs; ///< a value for each
    struct track_levels levels;
    unsigned threads;
    batch_report *report; ///< called for each file written, one at a time
    void *closure;
};

/** Works through all usable jobs; their order in the array changes. Gives the number of files that
 *  were written; a sentence is printed for each that was not. */
size_t batch_run(const struct batch *batch, struct job *jobs, size_t count);

#endif
