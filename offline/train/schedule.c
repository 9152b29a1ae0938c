/* SPDX-License-Identifier: ISC */
#include "schedule.h"

#include <math.h>

/** Of the rate's height: where warming up begins, so that the first update is one. */
static const double FIRST_RATE = 1e-3;
/** Updates that a run is taken to have before any of it has passed. */
static const double USUAL_UPDATES = 1000;
/** Share of a stage before which validation cannot settle: most is gained while the rate falls. */
static const double EARLIEST_END = 0.8;
/** Updates after which no better validation says something. */
static const uint64_t FEWEST_UPDATES = 500;

double schedule_rate(const struct train_options *o, double share)
{
    if (share < o->warm_up)
        return o->rate * fmax(share / o->warm_up, FIRST_RATE);
    if (share < o->hold)
        return o->rate;
    const double fall = fmin((share - o->hold) / (1 - o->hold), 1);
    return o->rate * (o->last_rate + (1 - o->last_rate) * 0.5 * (1 + cos(M_PI * fall)));
}

unsigned schedule_steps(const struct train_options *o, uint64_t updates)
{
    unsigned steps = o->steps;
    for (uint64_t from = o->longer_after; updates >= from && 2 * steps <= o->most_steps; from *= 4)
        steps *= 2;
    return steps;
}

uint64_t schedule_frames(const struct train_options *o, uint64_t updates)
{
    uint64_t frames = 0, from = 0, steps = o->steps;
    for (uint64_t to = o->longer_after; updates > to && 2 * steps <= o->most_steps; to *= 4) {
        frames += (to - from) * steps;
        from = to;
        steps *= 2;
    }
    return frames + (updates - from) * steps;
}

double schedule_average(const struct train_options *o, uint64_t updates, double share)
{
    const double total = share > 0 ? (double)updates / share : USUAL_UPDATES;
    return 1 - 1 / fmax(1, o->average * total);
}

bool schedule_settled(const struct train_options *o, double share, double best, uint64_t updates)
{
    return share >= EARLIEST_END && share - best > o->patience && updates >= FEWEST_UPDATES;
}
