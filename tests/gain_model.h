/* SPDX-License-Identifier: ISC */
/* Writes model files whose sound is known without running them: out = gain * in + sum of knobs,
 * with an activation around it if wanted. */
#ifndef GAIN_MODEL_H
#define GAIN_MODEL_H

#include <stdbool.h>

enum { GAIN_MODEL_KNOBS = 2 };

struct gain_model {
    float gain;
    double sample_rate; ///< Hz
    unsigned knobs;     ///< at most GAIN_MODEL_KNOBS
    float initial[GAIN_MODEL_KNOBS];
    double loudness_dbfs, input_level_dbu; ///< 0: the file does not state it
    const char *activation;                ///< a name of presets/README.md; NULL: none
};

/** The range of every knob. */
#define GAIN_MODEL_MINIMUM (-1.0f)
#define GAIN_MODEL_MAXIMUM 3.0f

/** Writes the file; false if it could not be written. */
bool write_gain_model(const char *path, const struct gain_model *model);

#endif
