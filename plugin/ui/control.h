/* SPDX-License-Identifier: ISC */
/* How each control port is shown and turned, in one table. */
#ifndef UI_CONTROL_H
#define UI_CONTROL_H

#include "facts.h"
#include "paint.h"

#include <stddef.h>

enum unit { UNIT_DB, UNIT_PERCENT };

struct control_row {
    const char *label; ///< NULL: the model names it
    const char *help;  ///< one line
    enum unit unit;
    enum colour colour;
};

extern const struct control_row control_table[PORT_COUNT];

/** Where a value is in its range, 0 … 1, and back. */
double control_position(enum port port, float value);
float control_value(enum port port, double position);

/** Position from which the arc of a knob begins: 0 dB, or the least. */
double control_origin(enum port port);

/** Writes a value as people read it. */
void control_format(char *text, size_t size, enum port port, float value);

/** Reads what people type, within the range. False: it is no number. */
bool control_parse(enum port port, const char *text, float *value);

#endif
