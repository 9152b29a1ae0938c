/* SPDX-License-Identifier: ISC */
/* The backward pass of a whole model, behind one table for each engine. */
#ifndef TRAIN_ENGINE_H
#define TRAIN_ENGINE_H

#include "engine.h"
#include "soap_matrix.h"

/** A backward run after `call`, a forward run with `keep` whose work is untouched since. Numbers
 * are of the engine's type. */
struct xl_back_call {
    const struct xl_call *call;
    const void *start;       ///< state images before the forward run
    const void *const *dout; ///< for each channel, gradient of its output, steps x outputs
    void *gradient;          ///< of the packed parameters; added to
    void *dstate;            ///< state images; set to the gradient of `start`
    void *din;               ///< NULL, or rows (step x channel) of the padded input vector
    void *work;              ///< xl_back_work() numbers
};

/** What the training code of one instruction set offers. Constant. */
struct xl_train_engine {
    const struct xl_engine *engine;
    /** Gradients of a forward run. */
    void (*backward)(const struct xl_plan *plan, const struct xl_back_call *back);
    /** dvalues += the gradient of the packed parameters, brought back to the values. */
    void (*unpack)(const struct xl_plan *plan, const void *gradient, void *dvalues);
    const struct xl_soap_verbs *soap;
};

/** Numbers of work of a backward run: three row buffers, the gradients of a layer's work, scratch.
 */
size_t xl_back_work(const struct xl_plan *plan, size_t rows);

/** The table that goes with an engine, or NULL. */
const struct xl_train_engine *xl_train_engine_find(const struct xl_engine *engine);

/** The tables; xl_train_engine_find() chooses. */
extern const struct xl_train_engine xl_train_engine_generic, xl_train_engine_sse2,
    xl_train_engine_avx2, xl_train_engine_avx512, xl_train_engine_neon, xl_train_engine_f64;

#endif
