/* SPDX-License-Identifier: ISC */
/* A file that appears whole or not at all: written under a temporary name in the same folder,
 * forced to the disk, then renamed. */
#ifndef OUTFILE_H
#define OUTFILE_H

#include "xlstm.h"

/** Zero when not open. */
struct outfile {
    char *path;      ///< where it will be; owned
    char *temporary; ///< where it is being written; owned
    int descriptor;
};

/** Lets SIGINT, SIGTERM and SIGHUP remove the temporary files of all open outfiles before they
 *  end the program. For verbs that have nothing better to do on Ctrl-C. A signal handler may call
 *  it. */
void outfile_guard_signals(void);

/** Refuses a target that exists, unless it may be overwritten, or that is no regular file. */
bool outfile_allowed(const char *path, bool overwrite, struct xlstm_error *error);

/** Whether two names stand for one file, there or yet to be written, links followed. */
bool outfile_same(const char *a, const char *b);

/** Refuses a target that is one of the recordings that are read. */
bool outfile_spares(const char *path, char *const *recordings, size_t count,
                    struct xlstm_error *error);

/** outfile_allowed() for the -o of a verb: DONE, or what the verb is to return, after a sentence.
 */
int outfile_ready(const char *verb, const char *path, bool overwrite);

/** Starts a file, to be ended by outfile_commit() or outfile_abort(). */
bool outfile_open(struct outfile *file, const char *path, struct xlstm_error *error);

/** Puts the file in its place; on failure nothing is left of it. */
bool outfile_commit(struct outfile *file, struct xlstm_error *error);

/** Removes all trace of the file. One that is not open (zeroed, or ended) is fine. */
void outfile_abort(struct outfile *file);

/** A whole file from memory: open, write, commit. */
bool outfile_write(const char *path, const void *bytes, size_t size, struct xlstm_error *error);

#endif
