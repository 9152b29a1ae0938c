/* SPDX-License-Identifier: ISC */
#include "rate_plan.h"

#include "oversample.h"

struct rate_plan rate_plan(double host_rate, double model_rate, unsigned oversampling)
{
    const double model = model_rate > 0.0 ? model_rate : host_rate;
    for (unsigned turns = 1; turns <= OVERSAMPLE_MOST; ++turns)
        if (host_rate == turns * model)
            return (struct rate_plan){.factor = (oversampling + turns - 1) / turns, .turns = turns};
    return (struct rate_plan){
        .factor = 1, .turns = oversampling, .converted = oversampling * model};
}
