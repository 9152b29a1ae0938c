/* SPDX-License-Identifier: ISC */
/* The training loop: truncated back-propagation through time over many places of the recordings at
 * once, each walking on with its state. Deterministic for a seed and a number of threads. */
#ifndef TRAINER_H
#define TRAINER_H

#include "plan.h"

#include <math.h>

/** A recording of a device: what went in, what came out, sample by sample. */
struct train_pair {
    const float *dry, *wet;
    size_t frames;
    size_t lead_in; ///< frames at the start that only prepare the state and do not count
    float knobs[XLSTM_MAX_KNOBS];
};

/** Recordings; borrowed. */
struct train_set {
    const struct train_pair *pairs;
    size_t count;
};

/** Whether an error is better than another; either may be NaN, not known. */
static inline bool train_better(double esr, double other)
{
    return isnan(other) ? !isnan(esr) : esr < other;
}

/** Weights of the errors that training makes small; each is 1 for an output of silence, but `stft`,
 *  whose second term then counts how far the target stands above silence. */
struct train_loss {
    double esr;        ///< energy of the error over the target's
    double emphasised; ///< the same after pre-emphasis (esr.h)
    double dc;         ///< square of the error's mean over a window, over the target's mean square
    double stft;       ///< magnitudes of short-time spectra (spectral.h)
};

/** Frames of the shortest window that a run is given. */
enum { TRAIN_SHORTEST_WINDOW = 512 };

/* A run is limited by its updates or by its time. If its network can start from a path at control
 * rate (path.h), it has two stages: in the first, the share `path_share` of the run, the path
 * learns by itself; in the second the whole network learns. Otherwise there is only the second.
 * Each falls into shares:
 *
 *   0 … warm_up     the learning rate rises from nothing to `rate`
 *   … hold          it stays there
 *   … 1             it falls along half a cosine to last_rate x rate, which it reaches at the end
 */
struct train_options {
    uint64_t seed;
    unsigned threads;
    unsigned channels;      ///< places walked from at once, shared among threads
    unsigned steps;         ///< frames that a gradient sees, or 0: as many as suit the run's length
    double seconds;         ///< time to train for, or 0: `updates` decides
    double spent;           ///< seconds, of these too, that are over when a run begins
    uint64_t updates;       ///< number of updates, or 0: `seconds` decides; those of the first
                            ///< stage, which are short, count half
    double longest;         ///< seconds after which a run limited by updates is over, or 0
    double rate;            ///< learning rate at its height
    double warm_up, hold;   ///< shares of a stage at which the rate is up, and begins to fall
    double last_rate;       ///< share of the rate at the end
    double clip;            ///< gradients whose norm is larger are scaled down to it
    double average;         ///< a moving average of the weights over this share of a stage is what
                            ///< validation tries and what is kept
    double slowest;         ///< time constant of the slowest unit at the start, in frames
    struct train_loss loss; ///< what to make small
    unsigned validations;   ///< how often the model is tried on the validation set
    double patience;        ///< share of a stage without a better validation that ends it
    double path_share;      ///< of the run that the path has for itself, or 0
    unsigned path_steps;    ///< frames that a gradient then sees
    double path_rate;       ///< factor of the rate at which the path then goes on learning
};

/** The defaults, chosen by measurement (presets/README.md). */
struct train_options train_default_options(void);

/** How far a training is. Errors are error-to-signal ratios. */
struct train_progress {
    uint64_t update, updates;                   ///< updates: expected in all
    double seconds, seconds_left;               ///< those of the runs before a checkpoint count
    double epochs;                              ///< passes over the recordings
    double train_esr, validation_esr, best_esr; ///< NaN before the first
    double frames_per_second;
    bool validated; ///< the errors are new
};

/** A validation, for the learning curve. */
struct train_point {
    double seconds, update;
    double train_esr, validation_esr; ///< train: mean since the last validation
};

/** What a training tells while it runs, and what it goes on from. All calls come from the thread of
 *  train_run(), between updates. */
struct train_hooks {
    /** Called after every validation and a few times a second; false ends the training at the best
     *  model so far, before which what there is now is validated, and reported, too. */
    bool (*report)(void *context, const struct train_progress *progress);
    /** Takes a checkpoint, every `keep_seconds` and when `report` ends the training: a safetensors
     *  file of all that a run needs to go on to the bit. NULL: none are made. */
    void (*keep)(void *context, const void *bytes, size_t size);
    void *context;
    double keep_seconds;
    const json_t *identity; ///< an object that checkpoints store; one with another is refused
    const void *checkpoint; ///< to go on from, or NULL
    size_t checkpoint_size;
};

/** Why a training came to its end. */
enum train_end {
    TRAIN_COMPLETE, ///< time or updates are used up
    TRAIN_ENDED,    ///< by `report`
    TRAIN_SETTLED,  ///< validation got no better for `patience`
};

/** What a training gives. */
struct train_result {
    float *values; ///< of the model that did best in all validations of the run
    double validation_esr;
    double best_seconds; ///< when it was found
    enum train_end end;
    struct train_progress progress;
    struct train_point *curve; ///< all validations
    size_t points;
    bool path_only; ///< the best is of the first stage: `values` are of the path's network, that of
                    ///< the first layer alone
};

/** Frees what the result owns. */
void train_result_free(struct train_result *result);

/** Error-to-signal ratio of a network with these values over a set; NaN if the target is silent or
 *  memory is short. */
double train_esr(const struct xl_config *config, const float *values, const struct train_set *set);

/** Trains the network `config` (whose plan the result's values fit). False, with a reason and
 *  nothing to free, when out of memory, when the network cannot be trained, or when the checkpoint
 *  is not of this run. */
bool train_run(const struct xl_config *config, const struct train_set *train,
               const struct train_set *validation, const struct train_options *options,
               const struct train_hooks *hooks, struct train_result *result,
               struct xlstm_error *error);

#endif
