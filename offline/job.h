/* SPDX-License-Identifier: ISC */
/* What a run of `xlstm render` has to do: which file becomes which, decided and checked before any
 * of them is worked on. */
#ifndef JOB_H
#define JOB_H

#include "sink.h"

/** One input and what it becomes. */
struct job {
    const char *in_path;
    char *out_path; ///< owned
    int format;     ///< of sink_format()
    int rate;
    unsigned channels;
    double seconds; ///< length
    bool usable;    ///< false: a sentence has been printed, nothing is to be done
};

/** How outputs are named and written. */
struct job_policy {
    const char *output; ///< a file, or a folder
    bool overwrite;     ///< replace what exists
    bool any_format;    ///< `samples` was not asked for: take what the container can hold
    enum sample_format samples;
};

/** Fills a job for each of `count` inputs. A folder (an existing one, a name with a slash at its
 *  end, any name when there are several inputs) is made if it is missing. Inputs that cannot be
 *  used are marked, after a sentence. False, after a sentence, if the output makes no sense as a
 *  whole. jobs_free() releases in either case. */
bool jobs_plan(struct job *jobs, char *const *inputs, size_t count,
               const struct job_policy *policy);

/** Frees the array and what it owns. */
void jobs_free(struct job *jobs, size_t count);

#endif
