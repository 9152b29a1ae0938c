/* SPDX-License-Identifier: ISC */
/* The DC blocker: never allocates. */
#include "dc_blocker.h"

#include <math.h>
#include <string.h>

#define TURN 6.283185307179586

void dc_blocker_init(struct dc_blocker *blocker, unsigned channels, double rate)
{
    *blocker = (struct dc_blocker){.channels = channels, .pole = exp(-TURN * DC_BLOCKER_HZ / rate)};
}

void dc_blocker_reset(struct dc_blocker *blocker)
{
    memset(blocker->in, 0, sizeof blocker->in);
    memset(blocker->kept, 0, sizeof blocker->kept);
}

static bool is_off(const struct dc_blocker *blocker)
{
    return blocker->share.value == 0.0f && !ramp_moves(&blocker->share);
}

void dc_blocker_set(struct dc_blocker *blocker, bool on, uint32_t frames)
{
    const float share = on ? 1.0f : 0.0f;
    if (on && is_off(blocker))
        dc_blocker_reset(blocker);
    if (frames == 0)
        ramp_jump(&blocker->share, share);
    else
        ramp_aim(&blocker->share, share, frames);
}

/** The high-pass alone. */
static float filter(struct dc_blocker *blocker, unsigned channel, float sample)
{
    const double in = (double)sample;
    blocker->kept[channel] = in - blocker->in[channel] + blocker->pole * blocker->kept[channel];
    blocker->in[channel] = in;
    return (float)blocker->kept[channel];
}

void dc_blocker_run(struct dc_blocker *blocker, float *const *sound, uint32_t frames)
{
    if (is_off(blocker))
        return;
    for (uint32_t i = 0; i < frames; ++i) {
        const float share = ramp_next(&blocker->share);
        for (unsigned c = 0; c < blocker->channels; ++c) {
            const float sample = sound[c][i];
            sound[c][i] = sample + share * (filter(blocker, c, sample) - sample);
        }
    }
}
