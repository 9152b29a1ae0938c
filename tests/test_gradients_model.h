/* SPDX-License-Identifier: ISC */
/* A model of any configuration with random weights, inputs, start state and loss, run forward and
 * backward on one engine. Everything on the test's side is in doubles that are also floats. */
#ifndef TEST_GRADIENTS_MODEL_H
#define TEST_GRADIENTS_MODEL_H

#include "train_engine.h"

/** What to build. The same description gives the same numbers on every engine. */
struct model_case {
    const char *name, *kind, *config; ///< configuration as JSON
    size_t steps, channels;
    double spread; ///< weights are uniform within it, 0: 1
};

/** The engine's arrays. */
enum model_array {
    MODEL_VALUES,
    MODEL_PACKED,
    MODEL_START,
    MODEL_STATE,
    MODEL_WORK,
    MODEL_BACK_WORK,
    MODEL_GRADIENT,
    MODEL_DVALUES,
    MODEL_DSTATE,
    MODEL_DIN,
    MODEL_IN,
    MODEL_OUT,
    MODEL_DOUT,
    MODEL_ARRAYS
};

struct random_model {
    const struct model_case *about;
    const struct xl_train_engine *engine;
    struct xl_tensors file;
    struct xl_config config;
    struct xl_plan plan, plain; ///< for training, and not
    bool tokens;                ///< its input is token numbers

    /* [channel] is the first index of all but the values */
    double *values, *start; ///< start: state images
    double *in, *loss;      ///< steps x inputs; weights of the outputs in the loss
    float *knobs;           ///< XLSTM_MAX_KNOBS of each channel

    double *out;                    ///< steps x outputs
    double *dvalues, *dstart, *din; ///< as values, start and in
    double *dknobs;                 ///< XLSTM_MAX_KNOBS of each channel

    void *memory[MODEL_ARRAYS]; ///< the engine's numbers
};

/** Ends the test program with a message if it cannot. */
void model_open(struct random_model *m, const struct model_case *about,
                const struct xl_train_engine *engine);
void model_close(struct random_model *m);

/** Numbers of `in` and `out` of all channels. */
size_t model_inputs(const struct random_model *m);
size_t model_outputs(const struct random_model *m);

/** Runs forward from `start` into `out`, in two calls; `training`: as training does. */
void model_forward(struct random_model *m, bool training);

/** Runs forward in one call and returns the loss, the sum of loss times out. */
double model_loss(struct random_model *m);

/** Runs forward in one call and backward. All memory that a run need not read is NaN before. */
void model_backward(struct random_model *m);

#endif
