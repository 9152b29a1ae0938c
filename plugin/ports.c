/* SPDX-License-Identifier: ISC */
/* The numbers of the ports. */
#include "ports.h"

#include <math.h>

const struct port_row port_table[PORT_COUNT] = {
    [PORT_CONTROL] = {.symbol = "control"},
    [PORT_NOTIFY] = {.symbol = "notify"},
    [PORT_ENABLED] = {"enabled", 1.0f, 0.0f, 1.0f},
    [PORT_INPUT_GAIN] = {"input_gain", 0.0f, -36.0f, 36.0f},
    [PORT_OUTPUT_GAIN] = {"output_gain", 0.0f, -36.0f, 36.0f},
    [PORT_MIX] = {"mix", 1.0f, 0.0f, 1.0f},
    [PORT_KNOB_1] = {"knob_1", 0.5f, 0.0f, 1.0f},
    [PORT_KNOB_2] = {"knob_2", 0.5f, 0.0f, 1.0f},
    [PORT_KNOB_3] = {"knob_3", 0.5f, 0.0f, 1.0f},
    [PORT_KNOB_4] = {"knob_4", 0.5f, 0.0f, 1.0f},
    [PORT_GATE] = {"gate_threshold", GATE_OFF_DB, GATE_OFF_DB, -20.0f},
    [PORT_DC_BLOCKER] = {"dc_blocker", 0.0f, 0.0f, 1.0f},
    [PORT_NORMALISE] = {"normalise", 0.0f, 0.0f, 1.0f},
    [PORT_CALIBRATE] = {"calibrate", 0.0f, 0.0f, 1.0f},
    [PORT_INPUT_LEVEL] = {"input_level", 12.0f, -10.0f, 30.0f},
    [PORT_CABINET] = {"cabinet", 1.0f, 0.0f, 1.0f},
    [PORT_QUALITY] = {"quality", QUALITY_LARGE, QUALITY_SMALL, QUALITY_LARGE},
    [PORT_OVERSAMPLING] = {"oversampling", 1.0f, 1.0f, 4.0f},
    [PORT_NEXT] = {"next_model", 0.0f, 0.0f, 1.0f},
    [PORT_PREVIOUS] = {"previous_model", 0.0f, 0.0f, 1.0f},
    [PORT_LATENCY] = {.symbol = "latency"},
    [PORT_IN_1] = {.symbol = "in_1"},
    [PORT_OUT_1] = {.symbol = "out_1"},
    [PORT_IN_2] = {.symbol = "in_2"},
    [PORT_OUT_2] = {.symbol = "out_2"},
};

float port_value(enum port port, float value)
{
    const struct port_row *row = &port_table[port];
    return isnan(value) ? row->initial : fminf(row->maximum, fmaxf(row->minimum, value));
}
