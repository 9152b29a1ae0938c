/* SPDX-License-Identifier: ISC */
/* A worker of the training: some of the places from which the recordings are walked, and the memory
 * for a forward and a backward run over them. Workers of a training share everything else. */
#ifndef TRAIN_WORKER_H
#define TRAIN_WORKER_H

#include "loss.h"
#include "random.h"
#include "train_engine.h"

/** What all workers read during an update. */
struct job {
    const struct xl_plan *plan;
    const struct xl_train_engine *engine;
    const struct train_set *set;
    const float *packed, *rest; ///< weights; state of a channel at rest
    const struct loss *loss;
    unsigned channels, steps; ///< of all workers together
};

/** A place in the recordings. */
struct walker {
    size_t pair, frame;
    size_t age;  ///< frames since it was at rest
    size_t mute; ///< frames to come that only prepare the state
    float last_error;
};

/** Its arrays lie in `memory`, which it owns; one thread at a time. */
struct worker {
    const struct job *job;
    unsigned channels;
    struct walker *walkers;
    float *state, *start, *dstate, *work, *back_work, *gradient;
    float *loss_work;
    float *out, *dout; ///< [channel][step]
    float *knobs;      ///< [channel][XLSTM_MAX_KNOBS]
    const float **in, **dout_rows;
    float **out_rows;
    struct loss_sum sum; ///< of the last update, over its frames and channels
    void *memory;
};

/** Makes a worker for places first … first + channels, spread evenly over the recordings from
 *  `offset` (0 to 1) on. False: out of memory. */
bool worker_init(struct worker *worker, const struct job *job, unsigned first, unsigned channels,
                 double offset);
/** Frees the memory; a zeroed one is fine. */
void worker_free(struct worker *worker);

/** Puts a walker, whose state is in place, where it once stood. */
void worker_place(struct worker *worker, unsigned channel, struct walker walker);

/** Walks one window on: computes sum and gradient of the packed weights. */
void worker_run(struct worker *worker);

#endif
