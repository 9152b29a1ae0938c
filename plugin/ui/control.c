/* SPDX-License-Identifier: ISC */
#include "control.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char KNOB_HELP[] = "A control of the model; the middle is where it was made";

const struct control_row control_table[PORT_COUNT] = {
    [PORT_ENABLED] = {"", "Play or bypass", UNIT_PERCENT, COLOUR_OUT},
    [PORT_INPUT_GAIN] = {"INPUT", "Input gain: how hard the model is driven", UNIT_DB, COLOUR_IN},
    [PORT_OUTPUT_GAIN] = {"OUTPUT", "Output gain, after everything", UNIT_DB, COLOUR_OUT},
    [PORT_MIX] = {"MIX", "From the dry sound to that of the model", UNIT_PERCENT, COLOUR_OUT},
    [PORT_KNOB_1] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT},
    [PORT_KNOB_2] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT},
    [PORT_KNOB_3] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT},
    [PORT_KNOB_4] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT},
};

double control_position(enum port port, float value)
{
    const struct port_row *row = &port_table[port];
    const double position = (double)(value - row->minimum) / (double)(row->maximum - row->minimum);
    return fmin(1, fmax(0, position));
}

float control_value(enum port port, double position)
{
    const struct port_row *row = &port_table[port];
    const double way = fmin(1, fmax(0, position));
    return (float)((double)row->minimum + way * (double)(row->maximum - row->minimum));
}

double control_origin(enum port port)
{
    return control_table[port].unit == UNIT_DB ? control_position(port, 0.0f) : 0;
}

void control_format(char *text, size_t size, enum port port, float value)
{
    if (control_table[port].unit == UNIT_DB)
        snprintf(text, size, "%+.1f dB", fabs((double)value) < 0.05 ? 0.0 : (double)value);
    else
        snprintf(text, size, "%.0f %%", 100 * control_position(port, value));
}

bool control_parse(enum port port, const char *text, float *value)
{
    char *end;
    const double number = strtod(text, &end);
    if (end == text || !isfinite(number))
        return false;
    const struct port_row *row = &port_table[port];
    if (control_table[port].unit == UNIT_PERCENT)
        *value = control_value(port, number / 100);
    else
        *value = fminf(row->maximum, fmaxf(row->minimum, (float)number));
    return true;
}
