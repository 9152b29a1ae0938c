/* SPDX-License-Identifier: ISC */
/* The training loop: truncated back-propagation through time over many places of the recordings at
 * once, each walking on with its state. Deterministic for a seed and a number of threads. */
#ifndef TRAINER_H
#define TRAINER_H

#include "plan.h"

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

/** How to train. */
struct train_options {
    uint64_t seed;
    unsigned threads;
    unsigned channels;    ///< places walked from at once, shared among threads
    unsigned steps;       ///< frames that a gradient sees
    double seconds;       ///< time to train for, or 0: `updates` decides
    uint64_t updates;     ///< number of updates, or 0: `seconds` decides
    double rate;          ///< Adam's learning rate at its height
    double warm_up, hold; ///< shares of the run: rising, and at full height, before the cosine fall
    double last_rate;     ///< share of the rate at the end
    double clip;          ///< largest norm of a gradient
    double average;       ///< length of the moving average of the weights, as a share of the run
    double slowest;       ///< time constant of the slowest unit at the start, in frames
    double emphasis_weight; ///< of the pre-emphasised error in the loss; the plain one has 1
    unsigned validations;   ///< how often the model is tried on the validation set
};

/** The defaults, chosen by measurement (presets/README.md). */
struct train_options train_default_options(void);

/** How far a training is. Errors are error-to-signal ratios. */
struct train_progress {
    uint64_t update, updates; ///< updates: expected in all
    double seconds, seconds_left;
    double epochs;                              ///< passes over the recordings
    double train_esr, validation_esr, best_esr; ///< NaN before the first
    double frames_per_second;
};

/** Called after every validation and a few times a second; false ends the training at the best
 *  model so far. */
typedef bool (*train_report)(void *context, const struct train_progress *progress);

/** What a training gives. */
struct train_result {
    float *values; ///< of the best model; for free()
    double validation_esr;
    struct train_progress progress;
};

/** Error-to-signal ratio of a network with these values over a set; NaN if the target is silent or
 *  memory is short. */
double train_esr(const struct xl_config *config, const float *values, const struct train_set *set);

/** Trains the network `config` (whose plan the result's values fit). False, with a reason, when out
 *  of memory or when the network cannot be trained. */
bool train_run(const struct xl_config *config, const struct train_set *train,
               const struct train_set *validation, const struct train_options *options,
               train_report report, void *context, struct train_result *result,
               struct xlstm_error *error);

#endif
