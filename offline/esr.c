/* SPDX-License-Identifier: ISC */
#include "esr.h"

/** Sums of products of targets t and estimates e. */
struct sums {
    double tt, te, ee;
};

static void add(struct sums *sums, double target, double estimate)
{
    sums->tt += target * target;
    sums->te += target * estimate;
    sums->ee += estimate * estimate;
}

struct comparison esr_compare(const float *target, const float *estimate, int polarity,
                              size_t frames)
{
    struct sums plain = {0};
    double error = 0, emphasised_error = 0, emphasised_energy = 0;
    double target_before = 0, difference_before = 0;
    for (size_t i = 0; i < frames; i++) {
        double t = target[i], e = (double)estimate[i] * polarity;
        double difference = t - e;
        double emphasised = t - ESR_EMPHASIS * target_before;
        double emphasised_difference = difference - ESR_EMPHASIS * difference_before;
        add(&plain, t, e);
        error += difference * difference;
        emphasised_error += emphasised_difference * emphasised_difference;
        emphasised_energy += emphasised * emphasised;
        target_before = t;
        difference_before = difference;
    }
    double gain = plain.ee > 0 ? plain.te / plain.ee : 0;
    return (struct comparison){.esr = error / plain.tt,
                               .esr_emphasis = emphasised_error / emphasised_energy,
                               .gain = gain,
                               .esr_best_gain = (plain.tt - gain * plain.te) / plain.tt};
}
