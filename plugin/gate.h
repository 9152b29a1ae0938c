/* SPDX-License-Identifier: ISC */
/* Noise gate: closes when all channels have stayed below a threshold for a while, and opens at once
 * when one rises above it. Its gain moves like a mass on a spring that just doesn't overshoot, so
 * that its curve has no corner, even where it turns back half way. Without look-ahead, so without
 * latency. Real-time, all of it. */
#ifndef PLUGIN_GATE_H
#define PLUGIN_GATE_H

#include "xlstm.h"

/** What stays as quiet as this below the threshold closes an open gate. */
#define GATE_HYSTERESIS_DB 6.0f

/** For how long it has to: longer than half a period of any string. */
#define GATE_HOLD_SECONDS 0.05

/** Time constants of the gain's way up and down: seven of them go from 0 to 1 within 1 %. */
#define GATE_ATTACK_SECONDS 0.0005
#define GATE_RELEASE_SECONDS 0.02

struct gate {
    double attack, release; ///< frames over the time constants
    uint32_t hold;          ///< frames
    float off_db;           ///< thresholds that low stand for none
    float threshold_db;     ///< as last set
    float opens, closes;    ///< levels
    bool open;              ///< where the gain is going: 1 or 0
    uint32_t left;          ///< frames until it closes, if nothing is heard
    double gain, speed;     ///< 0 or 1, and 0, at rest; `speed` for each frame
};

/** Open and switched off, at a sample rate. */
void gate_init(struct gate *gate, double rate, float off_db);

/** Sets the threshold in dB of full scale; `off_db` or less opens the gate for good. */
void gate_set(struct gate *gate, float threshold_db) XLSTM_REALTIME;

/** Open at once. */
void gate_reset(struct gate *gate) XLSTM_REALTIME;

/** Whether the gate is switched off and all open, so that there is nothing to do. */
bool gate_is_idle(const struct gate *gate) XLSTM_REALTIME;

/** Listens to frames of all channels and multiplies `gains`, one for each frame, by its own. */
void gate_run(struct gate *gate, const float *const *in, unsigned channels, float *gains,
              uint32_t frames) XLSTM_REALTIME;

#endif
