/* SPDX-License-Identifier: ISC */
/* Pictures of the sound: never allocates. */
#include "scope.h"

#include <math.h>

enum { PATIENCE = SCOPE_RATE / 25 }; ///< pairs; silence and steady rumble are shown as they come

void scope_init(struct scope *scope, double rate)
{
    *scope = (struct scope){.stride = (uint32_t)fmax(1.0, round(rate / SCOPE_RATE))};
    scope_start(scope);
}

void scope_start(struct scope *scope)
{
    scope->count = 0;
    scope->patience = PATIENCE;
}

bool scope_whole(const struct scope *scope)
{
    return scope->count == SCOPE_POINTS;
}

/** Adds a pair to the picture, or waits for the moment to begin it. */
static void add(struct scope *scope, float in, float out)
{
    const bool crosses = scope->last < 0.0f && in >= 0.0f;
    scope->last = in;
    if (scope_whole(scope))
        return;
    if (scope->count == 0 && !crosses && scope->patience > 0) {
        --scope->patience;
        return;
    }
    scope->in[scope->count] = in;
    scope->out[scope->count++] = out;
}

void scope_hear(struct scope *scope, float in, float out, uint32_t latency)
{
    const uint32_t back = latency < SCOPE_LATENCY_MAX ? latency : SCOPE_LATENCY_MAX;
    scope->held[scope->at] = in;
    scope->sum_in += scope->held[(scope->at - back) & SCOPE_LATENCY_MAX];
    scope->sum_out += out;
    scope->at = (scope->at + 1) & SCOPE_LATENCY_MAX;
    if (++scope->frames < scope->stride)
        return;
    const float share = 1.0f / (float)scope->stride;
    add(scope, scope->sum_in * share, scope->sum_out * share);
    scope->frames = 0;
    scope->sum_in = scope->sum_out = 0.0f;
}
