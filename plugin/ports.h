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
    PORT_MIX,         ///< 0 dry … 1 wet, which is all from the gate to the cabinet
    PORT_KNOB_1,      ///< 0 … 1 over the range of the model's first knob, 0.5 its default
    PORT_KNOB_2,
    PORT_KNOB_3,
    PORT_KNOB_4,
    PORT_GATE,         ///< dB at the input: what stays below is silenced; at GATE_OFF_DB no gate
    PORT_DC_BLOCKER,   ///< above 0: removes a constant from what the model says
    PORT_NORMALISE,    ///< above 0: models that state their loudness play at LOUDNESS_TARGET_DBFS
    PORT_CALIBRATE,    ///< above 0: models that state their input level are driven as they were
    PORT_INPUT_LEVEL,  ///< dBu that the user's interface turns into full scale; for calibrating
    PORT_CABINET,      ///< above 0: through the impulse response, if one is loaded
    PORT_QUALITY,      ///< see quality: of models that carry several sizes, which
    PORT_OVERSAMPLING, ///< 1, 2 or 4 times the model's rate
    PORT_NEXT,         ///< rising above 0: the next model of the folder, after the last the first
    PORT_PREVIOUS,     ///< the same backwards
    PORT_LATENCY,      ///< out: frames by which the sound is late
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

/** Values of PORT_QUALITY; with two sizes, the middle one is the large one. */
enum quality { QUALITY_SMALL, QUALITY_MEDIUM, QUALITY_LARGE };

/** The least value of PORT_GATE, which stands for none. */
#define GATE_OFF_DB (-100.0f)

/** Loudness that normalised models have for a guitar take; `xlstm render --normalise` has the same.
 */
#define LOUDNESS_TARGET_DBFS (-18.0)

/** What the Turtle says of a port; the numbers matter for control inputs alone. */
struct port_row {
    const char *symbol;
    float initial, minimum, maximum;
};

/** A row for each port of the stereo plugin. */
extern const struct port_row port_table[PORT_COUNT];

/** What a control port's value means: one within its range; NaN is the initial one. Real-time. */
float port_value(enum port port, float value);

#endif
