/* SPDX-License-Identifier: ISC */
/* The noise gate: never allocates. */
#include "gate.h"

#include <math.h>

/** Gains as near as this to 0 or 1 are there: -120 dB. */
#define ARRIVED 1e-6f

static float level_of(float decibels)
{
    return (float)pow(10.0, (double)decibels / 20.0);
}

/** The share of its way that a low-pass of that time constant goes in a frame. */
static float share_of(double seconds, double rate)
{
    return (float)(1.0 - exp(-1.0 / (seconds * rate)));
}

void gate_init(struct gate *gate, double rate, float off_db)
{
    *gate = (struct gate){.off_db = off_db, .threshold_db = off_db};
    gate->attack = share_of(GATE_ATTACK_SECONDS, rate);
    gate->release = share_of(GATE_RELEASE_SECONDS, rate);
    gate->hold = (uint32_t)(GATE_HOLD_SECONDS * rate);
    gate_reset(gate);
}

static bool is_off(const struct gate *gate)
{
    return gate->threshold_db <= gate->off_db;
}

void gate_set(struct gate *gate, float threshold_db)
{
    if (threshold_db == gate->threshold_db)
        return;
    gate->threshold_db = threshold_db;
    gate->opens = is_off(gate) ? 0.0f : level_of(threshold_db);
    gate->closes = is_off(gate) ? 0.0f : level_of(threshold_db - GATE_HYSTERESIS_DB);
}

void gate_reset(struct gate *gate)
{
    gate->open = true;
    gate->left = gate->hold;
    gate->first = gate->gain = 1.0f;
}

bool gate_is_idle(const struct gate *gate)
{
    return is_off(gate) && gate->gain == 1.0f && gate->first == 1.0f;
}

/** Opens or closes for a frame whose loudest channel has that magnitude. */
static void decide(struct gate *gate, float magnitude)
{
    if (magnitude >= (gate->open ? gate->closes : gate->opens)) {
        gate->open = true;
        gate->left = gate->hold;
    } else if (gate->left > 0) {
        --gate->left;
    } else {
        gate->open = false;
    }
}

/** The gain of the next frame. */
static float move(struct gate *gate)
{
    const float goal = gate->open ? 1.0f : 0.0f;
    const float share = gate->open ? gate->attack : gate->release;
    if (gate->gain == goal && gate->first == goal)
        return goal;
    gate->first += share * (goal - gate->first);
    gate->gain += share * (gate->first - gate->gain);
    if (fabsf(gate->gain - goal) < ARRIVED && fabsf(gate->first - goal) < ARRIVED)
        gate->first = gate->gain = goal;
    return gate->gain;
}

void gate_run(struct gate *gate, const float *const *in, unsigned channels, float *gains,
              uint32_t frames)
{
    for (uint32_t i = 0; i < frames; ++i) {
        float magnitude = 0.0f;
        for (unsigned c = 0; c < channels; ++c)
            magnitude = fmaxf(magnitude, fabsf(in[c][i]));
        decide(gate, magnitude);
        gains[i] *= move(gate);
    }
}
