/* SPDX-License-Identifier: ISC */
/* The ports of the plugins, in the order of the Turtle in ttl/. The mono plugin's ports are the
 * first ones of the stereo plugin's. A test compares this with the Turtle. */
#ifndef PLUGIN_PORTS_H
#define PLUGIN_PORTS_H

/** Index of a port. */
enum port {
    PORT_CONTROL,     ///< atom sequence in: patch messages; may be unconnected
    PORT_NOTIFY,      ///< atom sequence out: patch messages; may be unconnected
    PORT_ENABLED,     ///< above 0: play, else bypass
    PORT_INPUT_GAIN,  ///< dB, before the model
    PORT_OUTPUT_GAIN, ///< dB, after the mix
    PORT_MIX,         ///< 0 dry … 1 wet
    PORT_KNOB_1,      ///< 0 … 1 over the range of the model's first knob, 0.5 its default
    PORT_KNOB_2,
    PORT_KNOB_3,
    PORT_KNOB_4,
    PORT_LATENCY, ///< out: frames by which the sound is late
    PORT_IN_1,
    PORT_OUT_1,
    PORT_IN_2, ///< stereo only, as the next
    PORT_OUT_2,
    PORT_COUNT,
    PORT_COUNT_MONO = PORT_IN_2,
};

/** Counts that follow. */
enum {
    CHANNELS_MAX = 2,
    PORTS_PER_CHANNEL = PORT_IN_2 - PORT_IN_1,
    KNOBS = PORT_KNOB_4 - PORT_KNOB_1 + 1,
};

/** What the Turtle says of a port; the numbers matter for control inputs alone. */
struct port_row {
    const char *symbol;
    float initial, minimum, maximum;
};

/** A row for each port of the stereo plugin. */
extern const struct port_row port_table[PORT_COUNT];

#endif
