/* SPDX-License-Identifier: ISC */
#include "schedule.h"

#include "team.h"

#include <math.h>

/** Of the rate's height: where warming up begins, so that the first update is one. */
static const double FIRST_RATE = 1e-3;
/** Updates that a run is taken to have before any of it has passed. */
static const double USUAL_UPDATES = 1000;
/** Share of a stage before which validation cannot settle: most is gained while the rate falls. */
static const double EARLIEST_END = 0.8;
/** Updates after which no better validation says something. */
static const uint64_t FEWEST_UPDATES = 500;

/** Windows, longest first, and the updates that make them worth while (presets/experiments.md). */
static const struct {
    unsigned steps;
    double updates;
} WINDOWS[] = {{2048, 20000}, {1024, 4500}, {TRAIN_SHORTEST_WINDOW, 0}};

/** Multiply-adds of a forward run that a core trains in a second, for want of a better guess. */
static const double USUAL_PACE = 1.5e10;

unsigned schedule_window(const struct train_options *o, double share, double macs)
{
    const double pace = team_size(o->threads, o->channels) * USUAL_PACE;
    size_t i = 0;
    for (;; i++) {
        const double of_an_update = macs * (double)o->channels * WINDOWS[i].steps;
        const double updates = o->updates ? (double)o->updates : o->seconds * pace / of_an_update;
        if (share * updates >= WINDOWS[i].updates)
            return WINDOWS[i].steps;
    }
}

double schedule_rate(const struct train_options *o, double share)
{
    if (share < o->warm_up)
        return o->rate * fmax(share / o->warm_up, FIRST_RATE);
    if (share < o->hold)
        return o->rate;
    const double fall = fmin((share - o->hold) / (1 - o->hold), 1);
    return o->rate * (o->last_rate + (1 - o->last_rate) * 0.5 * (1 + cos(M_PI * fall)));
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
