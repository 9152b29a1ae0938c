/* SPDX-License-Identifier: ISC */
/* Error-to-signal ratio: energy of the error over energy of the target, the field's measure of how
 * well a model answers for a device. 0 is perfect, silence scores 1. */
#ifndef ESR_H
#define ESR_H

#include <stddef.h>

/** Coefficient of the pre-emphasis x[n] - 0.85 x[n-1], which weighs treble more, as hearing does.
 */
#define ESR_EMPHASIS 0.85

/** What a comparison tells; all are ratios of energies but the gain. */
struct comparison {
    double esr;           ///< plain
    double esr_emphasis;  ///< after pre-emphasis of both
    double gain;          ///< factor of the estimate that makes the plain error least
    double esr_best_gain; ///< the plain error with that gain
};

/** Sums over stretches of a target, for zeroed ones to begin with. */
struct esr_sums {
    double target, product, estimate; ///< energies, and product of target and estimate
    double error, error_emphasis, target_emphasis;
};

/** Adds a stretch of an estimate, times `polarity`, and of its target. */
void esr_add(struct esr_sums *sums, const float *target, const float *estimate, int polarity,
             size_t frames);

/** What the stretches amount to together. */
struct comparison esr_of(const struct esr_sums *sums);

/** Compares an estimate, times `polarity`, with its target. A silent target gives infinity, or NaN
 *  if the estimate is silent too. */
struct comparison esr_compare(const float *target, const float *estimate, int polarity,
                              size_t frames);

#endif
