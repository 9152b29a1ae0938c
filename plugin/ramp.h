/* SPDX-License-Identifier: ISC */
/* A value that walks in a straight line to where it is told to go. Real-time. */
#ifndef PLUGIN_RAMP_H
#define PLUGIN_RAMP_H

#include <stdbool.h>
#include <stdint.h>

/** A value on its way. */
struct ramp {
    float value, target, step;
    uint32_t left; ///< frames until it arrives
};

/** Is there at once. */
static inline void ramp_jump(struct ramp *ramp, float target)
{
    *ramp = (struct ramp){.value = target, .target = target};
}

/** Sets out for a new target, to arrive in `frames` (1 or more). */
static inline void ramp_aim(struct ramp *ramp, float target, uint32_t frames)
{
    if (target == ramp->target)
        return;
    ramp->target = target;
    ramp->step = (target - ramp->value) / (float)frames;
    ramp->left = frames;
}

/** Whether it has not arrived. */
static inline bool ramp_moves(const struct ramp *ramp)
{
    return ramp->left > 0;
}

/** The value of the next frame; exactly the target from the last frame of the way on. */
static inline float ramp_next(struct ramp *ramp)
{
    if (ramp->left > 0)
        ramp->value = --ramp->left > 0 ? ramp->value + ramp->step : ramp->target;
    return ramp->value;
}

/** The values of the next `frames`. */
static inline void ramp_fill(struct ramp *ramp, float *values, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; ++i)
        values[i] = ramp_next(ramp);
}

#endif
