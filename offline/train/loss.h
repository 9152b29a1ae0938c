/* SPDX-License-Identifier: ISC */
/* The training loss and its gradient: a weighted sum (struct train_loss) of errors, each in units
 * of the target's energy over all recordings, so that quiet passages weigh what they weigh. */
#ifndef TRAIN_LOSS_H
#define TRAIN_LOSS_H

#include "spectral.h"
#include "trainer.h"

/** Weights of the two errors of a frame. */
struct loss {
    struct train_loss weights;
    double plain, emphasised;  ///< 1 / mean square of the target, plain and pre-emphasised
    struct spectral *spectral; ///< NULL if its weight is 0 or the target is silent
};

/** Measures the targets of a set, without lead-ins; they weigh nothing if they are silent, and
 * plans. False: out of memory, and nothing is left to free. */
bool loss_init(struct loss *loss, const struct train_set *set, const struct train_loss *weights);
void loss_free(struct loss *loss);

/** Numbers of work that a thread needs, aligned to 64 bytes. */
size_t loss_work(const struct loss *loss);

/** A stretch of a recording that counts. */
struct loss_window {
    const float *output, *target;
    size_t frames;
    float *last;     ///< the error before the first frame; becomes that of the last
    double scale;    ///< of the gradient
    float *gradient; ///< of the loss by each output, set
    float *work;     ///< loss_work() numbers
};

/** Sums of a window, for the mean over frames. */
struct loss_sum {
    double error;  ///< plain, whatever its weight
    double total;  ///< what the gradient is of, before `scale`
    double frames; ///< that count
};

struct loss_sum loss_of(const struct loss *loss, const struct loss_window *window);

#endif
