/* SPDX-License-Identifier: ISC */
/* Workers, each in a thread of its own, the first in the caller's. */
#ifndef TRAIN_TEAM_H
#define TRAIN_TEAM_H

#include "worker.h"

#include <pthread.h>
#include <semaphore.h>

/** Most workers. */
enum { TEAM_MOST = 64 };

/** Workers and the threads that they run on. Made, told to work and ended by one thread. */
struct team {
    struct worker workers[TEAM_MOST];
    pthread_t threads[TEAM_MOST];
    unsigned worker_count, thread_count;
    sem_t go[TEAM_MOST], done; ///< a thread may start; one has ended its window
    bool stop;
};

/** Workers that so many threads come to: each has a channel at least. */
unsigned team_size(unsigned threads, unsigned channels);

/** Shares the channels of `job` out among at most `threads` workers; `offset` as in worker.h.
 *  The team must stay where it is. False, with a reason; team_end() in either case. */
bool team_start(struct team *team, const struct job *job, unsigned threads, double offset,
                struct xlstm_error *error);

/** Lets every worker walk one window on, and adds up: errors into the result, gradients into that
 *  of the first worker. */
struct loss_sum team_run(struct team *team);

/** Ends the threads and frees all; fine for a zeroed team. It may start again. */
void team_end(struct team *team);

#endif
