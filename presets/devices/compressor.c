/* SPDX-License-Identifier: ISC */
#include "compressor.h"

#include <math.h>

/** What counts as silence, so that its logarithm is finite. */
#define LOWEST_LEVEL 1e-6

const struct parameters compressor_defaults = {
    .list = {{"threshold", -26},
             {"ratio", 5},
             {"knee", 8},
             {"attack", 7},
             {"release", 700},
             {"makeup", 7}},
    .count = 6,
};

static double value(const struct parameters *parameters, const char *name)
{
    return parameter_find(parameters, name)->value;
}

static double remainder_after_frame(double milliseconds, double rate)
{
    return exp(-1000 / (milliseconds * rate));
}

bool compressor_init(struct compressor *compressor, const struct parameters *settings, double rate,
                     struct failure *failure)
{
    struct parameters all = compressor_defaults;
    for (size_t i = 0; i < settings->count; i++) {
        const struct parameter *setting = &settings->list[i];
        if (!parameter_find(&all, setting->name))
            return fail(failure, "the compressor has no parameter %s", setting->name);
        if (!parameter_set(&all, setting->name, setting->value, failure))
            return false;
    }
    if (!(value(&all, "ratio") >= 1 && value(&all, "knee") > 0 && value(&all, "attack") > 0 &&
          value(&all, "release") > 0))
        return fail(failure, "ratio must be 1 or more; knee, attack and release above 0");
    *compressor = (struct compressor){
        .threshold = value(&all, "threshold"),
        .knee = value(&all, "knee"),
        .makeup = value(&all, "makeup"),
        .slope = 1 - 1 / value(&all, "ratio"),
        .attack = remainder_after_frame(value(&all, "attack"), rate),
        .release = remainder_after_frame(value(&all, "release"), rate),
    };
    return true;
}

/** The gain reduction that a steady `level` asks for: none below the knee, a straight line above
 *  it, a parabola between. */
static double wanted_reduction(const struct compressor *compressor, double level)
{
    const double over = level - compressor->threshold, half = compressor->knee / 2;
    if (over <= -half)
        return 0;
    if (over >= half)
        return compressor->slope * over;
    return compressor->slope * (over + half) * (over + half) / (2 * compressor->knee);
}

double compressor_step(struct compressor *compressor, double in)
{
    const double level = 20 * log10(fmax(fabs(in), LOWEST_LEVEL));
    const double wanted = wanted_reduction(compressor, level);
    const double keep = wanted > compressor->reduction ? compressor->attack : compressor->release;
    compressor->reduction = wanted + keep * (compressor->reduction - wanted);
    return in * pow(10, (compressor->makeup - compressor->reduction) / 20);
}
