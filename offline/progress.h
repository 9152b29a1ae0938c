/* SPDX-License-Identifier: ISC */
/* A status line for work on sound: share done, speed, time left. Any thread may add to it. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <pthread.h>
#include <stdbool.h>

/** Ready after progress_start(), until progress_end(). */
struct progress {
    pthread_mutex_t lock;
    bool visible;
    double total, done;    ///< seconds of sound
    double started, shown; ///< on the monotonic clock, s
};

/** Starts the clock; the line shows itself only where stderr is a terminal. */
void progress_start(struct progress *progress, double total_seconds);

/** Counts sound that has been worked through. */
void progress_add(struct progress *progress, double seconds);

/** Takes the line away. Gives the seconds that passed since the start. */
double progress_end(struct progress *progress);

/** Seconds on the monotonic clock. */
double progress_now(void);

#endif
