/* SPDX-License-Identifier: ISC */
/* How each control port is shown and turned, in one table. */
#ifndef UI_CONTROL_H
#define UI_CONTROL_H

#include "facts.h"
#include "paint.h"

#include <stddef.h>

enum unit { UNIT_DB, UNIT_GATE_DB, UNIT_DBU, UNIT_PERCENT, UNIT_NONE };

enum { CHOICES_MAX = 3 };

/** One of a few values. */
struct choice {
    const char *label; ///< NULL: there are no more
    float value;
};

struct control_row {
    const char *label; ///< NULL: the model names it
    const char *help;  ///< one line
    enum unit unit;
    enum colour colour;
    struct choice choices[CHOICES_MAX]; ///< none: any value of the range
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

/** The choices that the present model leaves. Returns how many. */
unsigned control_choices(enum port port, const struct facts *facts,
                         struct choice choices[CHOICES_MAX]);

/** The number of the choice that is nearest to a value. */
unsigned control_chosen(const struct choice *choices, unsigned count, float value);

/** Whether a control does anything for the present model. */
bool control_matters(enum port port, const struct facts *facts);

#endif
