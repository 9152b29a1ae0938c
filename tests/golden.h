/* SPDX-License-Identifier: ISC */
/* A golden file loaded for one engine, with everything in doubles on the test's side. */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "engine.h"

struct golden {
    const struct xl_engine *engine;
    unsigned char *bytes;
    struct xl_tensors file;
    struct xl_config config;
    struct xl_plan plan;
    void *values, *packed, *state, *work;
    bool keep;    ///< calls keep what training needs
    size_t steps; ///< of the file's input
    double *in;   ///< steps x inputs
    double *y;    ///< expected, steps x outputs
    double *out;  ///< computed
    size_t rows;  ///< that `work` has room for
};

/** Loads tests/golden/NAME.safetensors; ends the test program with a message if it cannot. `tape`
 *  as in xl_plan_build(). */
void golden_open(struct golden *g, const char *name, const struct xl_engine *engine, bool tape);
void golden_close(struct golden *g);

/** Sets the state to what the file starts from (its `state.0`, or rest). */
void golden_rest(struct golden *g);

/** Runs frames first … first + count from the present state into `out`. */
void golden_run(struct golden *g, size_t first, size_t count);

/** A tensor of the file as doubles, for free(); NULL if there is none. */
double *golden_tensor(const struct golden *g, const char *name, size_t *count);

/** Largest |a - b| over max(1, max |b|). */
double golden_error(const double *a, const double *b, size_t count);

/** Error of `out` against `y` over all steps. */
double golden_output_error(const struct golden *g);

/** Largest error of the present state against the file's state after `step` steps; 0 if the file
 *  has none for that step. */
double golden_state_error(const struct golden *g, size_t step);

/** Whether the file holds the state after `step` steps. */
bool golden_has_state(const struct golden *g, size_t step);

/** Reads a file of the test data folder whole; ends the program if it cannot. */
unsigned char *read_test_file(const char *name, size_t *size);

#endif
