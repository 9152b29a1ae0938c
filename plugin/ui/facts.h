/* SPDX-License-Identifier: ISC */
/* What the user interface knows of the plugin: all of it was told by ports and messages. */
#ifndef UI_FACTS_H
#define UI_FACTS_H

#include "ports.h"

#include <stdbool.h>

enum {
    TEXT_BYTES = 4096, ///< of a path
    SCOPE_PAIRS = 256, ///< most pairs of a scope's picture that are shown
};

/** Texts that the plugin has. */
enum text {
    TEXT_MODEL,    ///< path of the model that plays
    TEXT_RESPONSE, ///< path of the cabinet's impulse response, or ""
    TEXT_NAME,
    TEXT_AUTHOR,
    TEXT_ARCHITECTURE,
    TEXT_SIZES,       ///< a line for each network of the file, or "" if it is one
    TEXT_LOUDNESS,    ///< that the model states, or ""
    TEXT_INPUT_LEVEL, ///< likewise
    TEXT_ABOUT_RESPONSE,
    TEXT_STATUS, ///< why the last request came to nothing, or ""
    TEXT_KNOB_1, ///< names of the model's knobs, or ""
    TEXT_KNOB_2,
    TEXT_KNOB_3,
    TEXT_KNOB_4,
    TEXT_COUNT,
    FILES = TEXT_RESPONSE + 1, ///< the first ones are files that the user chooses
};

/** Levels of one side, 1 is full scale. */
struct levels {
    float peak[CHANNELS_MAX], rms[CHANNELS_MAX];
};

struct facts {
    unsigned channels;
    float controls[PORT_COUNT];
    char texts[TEXT_COUNT][TEXT_BYTES];
    double rate; ///< Hz, 0: the host did not say
    struct levels in, out;
    float load, load_peak; ///< share of the time
    unsigned pairs;        ///< of the scope
    float scope_in[SCOPE_PAIRS], scope_out[SCOPE_PAIRS];
};

/** What one message changed. */
struct news {
    bool levels, scope;
    unsigned texts; ///< bit T: text T
};

#endif
