/* SPDX-License-Identifier: ISC */
/* The noise gate: never allocates. */
#include "gate.h"

#include <math.h>

/** Gains as near as this to 0 or 1 are there: -120 dB. */
#define ARRIVED 1e-6

static float level_of(float decibels)
{
    return (float)pow(10.0, (double)decibels / 20.0);
}

void gate_init(struct gate *gate, double rate, float off_db)
{
    *gate = (struct gate){.off_db = off_db, .threshold_db = off_db};
    gate->attack = 1.0 / (GATE_ATTACK_SECONDS * rate);
    gate->release = 1.0 / (GATE_RELEASE_SECONDS * rate);
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
    gate->gain = 1.0;
    gate->speed = 0.0;
}

bool gate_is_idle(const struct gate *gate)
{
    return is_off(gate) && gate->gain == 1.0 && gate->speed == 0.0;
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
    const double goal = gate->open ? 1.0 : 0.0, pace = gate->open ? gate->attack : gate->release;
    if (gate->gain == goal && gate->speed == 0.0)
        return (float)goal;
    gate->speed += pace * (pace * (goal - gate->gain) - 2.0 * gate->speed);
    gate->gain = fmax(0.0, gate->gain + gate->speed);
    if (fabs(gate->gain - goal) < ARRIVED && fabs(gate->speed) < ARRIVED) {
        gate->gain = goal;
        gate->speed = 0.0;
    }
    return (float)gate->gain;
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
