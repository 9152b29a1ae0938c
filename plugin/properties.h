/* SPDX-License-Identifier: ISC */
/* The properties that hosts see through patch messages, in one table. */
#ifndef PLUGIN_PROPERTIES_H
#define PLUGIN_PROPERTIES_H

#include "xlstm.h"

#include <lv2/urid/urid.h>
#include <stdbool.h>

struct plugin;

/** Index of a property. */
enum property {
    PROPERTY_MODEL,        ///< file of the model that plays; hosts may set it
    PROPERTY_RESPONSE,     ///< file of the cabinet's impulse response; likewise; "": none
    PROPERTY_NAME,         ///< the model's own name
    PROPERTY_AUTHOR,       ///< who made the model, or ""
    PROPERTY_ARCHITECTURE, ///< one line on the network that plays
    PROPERTY_SIZES,       ///< one line for each network of the file, largest first; "" if it is one
    PROPERTY_LOUDNESS,    ///< "-20.5 dBFS", or "": normalising does nothing
    PROPERTY_INPUT_LEVEL, ///< "12.0 dBu", or "": calibrating does nothing
    PROPERTY_ABOUT_RESPONSE, ///< one sentence on the impulse response, or ""
    PROPERTY_STATUS,         ///< why the last request came to nothing, or ""
    PROPERTY_KNOB_1,         ///< names of the model's knobs, or ""
    PROPERTY_KNOB_2,
    PROPERTY_KNOB_3,
    PROPERTY_KNOB_4,
    PROPERTY_COUNT,
    PROPERTY_FILES = PROPERTY_RESPONSE + 1, ///< the first ones are paths of files
};

/** Every value is text; a path is text too. */
struct property_row {
    const char *uri;
    bool writable; ///< a path that hosts set and sessions keep; else text that they may read
    const char *(*text)(const struct plugin *plugin, enum property property); ///< real-time
};

/** A row for each property. */
extern const struct property_row property_table[PROPERTY_COUNT];

/** The property of that number, or PROPERTY_COUNT. Real-time. */
enum property property_find(const LV2_URID *urids, LV2_URID urid) XLSTM_REALTIME;

#endif
