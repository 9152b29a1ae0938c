/* SPDX-License-Identifier: ISC */
/* SOAP (Vyas et al. 2024, arXiv 2409.11321): Adam (Kingma and Ba 2015) in the eigenbases of
 * Shampoo's preconditioner, for each tensor by itself; with clipped gradients and a moving average
 * of the weights. */
#ifndef TRAIN_SOAP_H
#define TRAIN_SOAP_H

#include "train_engine.h"

/** A tensor, and where it lies among the values. */
struct soap_tensor {
    size_t offset;
    double rate; ///< factor of the learning rate, 1 at first
    struct xl_soap_matrix matrix;
};

/** The optimiser. Arrays of `count` numbers lie in the order of the plan's values. */
struct soap {
    const struct xl_train_engine *engine;
    size_t count, kept_count;
    uint64_t updates;
    float *values, *gradient;
    float *average; ///< of the values
    float *kept;    ///< what all matrices keep between updates
    size_t tensor_count;
    struct soap_tensor *tensors; ///< one for each slot of the plan
    float *memory;               ///< all arrays of numbers
};

/** Makes room for the values of `plan`, all zero. False: out of memory. soap_free() in either case.
 */
bool soap_init(struct soap *soap, const struct xl_plan *plan, const struct xl_train_engine *engine);
/** Frees the arrays; a zeroed one is fine. */
void soap_free(struct soap *soap);

/** One update with the gradient at hand, scaled down to a norm of at most `clip`; the step is
 *  shorter by as much as the gradient is larger than usual. `decay` is that of the moving average.
 *  A gradient that is not finite changes nothing. */
void soap_update(struct soap *soap, double rate, double clip, double decay);

#endif
