/* SPDX-License-Identifier: ISC */
#include "esr.h"

void esr_add(struct esr_sums *sums, const float *target, const float *estimate, int polarity,
             size_t frames)
{
    double target_before = 0, difference_before = 0;
    for (size_t i = 0; i < frames; i++) {
        const double t = target[i], e = (double)estimate[i] * polarity, difference = t - e;
        const double emphasised = t - ESR_EMPHASIS * target_before;
        const double emphasised_difference = difference - ESR_EMPHASIS * difference_before;
        sums->target += t * t;
        sums->product += t * e;
        sums->estimate += e * e;
        sums->error += difference * difference;
        sums->error_emphasis += emphasised_difference * emphasised_difference;
        sums->target_emphasis += emphasised * emphasised;
        target_before = t;
        difference_before = difference;
    }
}

struct comparison esr_of(const struct esr_sums *sums)
{
    const double gain = sums->estimate > 0 ? sums->product / sums->estimate : 0;
    return (struct comparison){.esr = sums->error / sums->target,
                               .esr_emphasis = sums->error_emphasis / sums->target_emphasis,
                               .gain = gain,
                               .esr_best_gain =
                                   (sums->target - gain * sums->product) / sums->target};
}

struct comparison esr_compare(const float *target, const float *estimate, int polarity,
                              size_t frames)
{
    struct esr_sums sums = {0};
    esr_add(&sums, target, estimate, polarity, frames);
    return esr_of(&sums);
}
