/* SPDX-License-Identifier: ISC */
#include "control.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char KNOB_HELP[] = "A control of the model; the middle is where it was made";

const struct control_row control_table[PORT_COUNT] = {
    [PORT_ENABLED] = {"", "Play or bypass", UNIT_NONE, COLOUR_OUT, {{0}}},
    [PORT_INPUT_GAIN] =
        {"INPUT", "Input gain: how hard the model is driven", UNIT_DB, COLOUR_IN, {{0}}},
    [PORT_OUTPUT_GAIN] = {"OUTPUT", "Output gain, after everything", UNIT_DB, COLOUR_OUT, {{0}}},
    [PORT_MIX] =
        {"MIX", "From the dry sound to that of model and cabinet", UNIT_PERCENT, COLOUR_OUT, {{0}}},
    [PORT_KNOB_1] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT, {{0}}},
    [PORT_KNOB_2] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT, {{0}}},
    [PORT_KNOB_3] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT, {{0}}},
    [PORT_KNOB_4] = {NULL, KNOB_HELP, UNIT_PERCENT, COLOUR_TEXT, {{0}}},
    [PORT_GATE] = {"GATE",
                   "Noise gate: silences what stays below this level; drag down for none",
                   UNIT_GATE_DB,
                   COLOUR_IN,
                   {{0}}},
    [PORT_CALIBRATE] = {"CALIBRATE",
                        "Drives the model at the level that it was trained at",
                        UNIT_NONE,
                        COLOUR_IN,
                        {{0}}},
    [PORT_INPUT_LEVEL] = {"FULL SCALE",
                          "The level that your audio interface turns into full scale; to calibrate",
                          UNIT_DBU,
                          COLOUR_IN,
                          {{0}}},
    [PORT_DC_BLOCKER] =
        {"DC BLOCK", "Removes a constant from what the model says", UNIT_NONE, COLOUR_OUT, {{0}}},
    [PORT_NORMALISE] = {"NORMALISE", "Plays all models equally loud", UNIT_NONE, COLOUR_OUT, {{0}}},
    [PORT_CABINET] = {"", "Whether the cabinet is heard", UNIT_NONE, COLOUR_OUT, {{0}}},
    [PORT_OVERSAMPLING] = {"OVERSAMPLING",
                           "Less aliasing for more work",
                           UNIT_NONE,
                           COLOUR_TEXT,
                           {{"1x", 1}, {"2x", 2}, {"4x", 4}}},
    [PORT_QUALITY] = {"QUALITY",
                      "Which of the networks that the model carries plays",
                      UNIT_NONE,
                      COLOUR_TEXT,
                      {{"Light", QUALITY_SMALL},
                       {"Medium", QUALITY_MEDIUM},
                       {"Full", QUALITY_LARGE}}},
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
    const double number = fabs((double)value) < 0.05 ? 0.0 : (double)value;
    switch (control_table[port].unit) {
    case UNIT_DB:
        snprintf(text, size, "%+.1f dB", number);
        break;
    case UNIT_GATE_DB:
        if (value <= GATE_OFF_DB)
            snprintf(text, size, "off");
        else
            snprintf(text, size, "%.0f dB", number);
        break;
    case UNIT_DBU:
        snprintf(text, size, "%.1f dBu", number);
        break;
    case UNIT_PERCENT:
        snprintf(text, size, "%.0f %%", 100 * control_position(port, value));
        break;
    default:
        snprintf(text, size, "%g", number);
    }
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

/** Lines of a text. */
static unsigned count_lines(const char *text)
{
    unsigned count = text[0] ? 1 : 0;
    for (; *text; ++text)
        count += *text == '\n' && text[1];
    return count;
}

unsigned control_choices(enum port port, const struct facts *facts,
                         struct choice choices[CHOICES_MAX])
{
    const bool two_sizes = count_lines(facts->texts[TEXT_SIZES]) == 2;
    unsigned count = 0;
    for (unsigned i = 0; i < CHOICES_MAX && control_table[port].choices[i].label; ++i)
        if (!(port == PORT_QUALITY && two_sizes && i == QUALITY_MEDIUM))
            choices[count++] = control_table[port].choices[i];
    return count;
}

unsigned control_chosen(const struct choice *choices, unsigned count, float value)
{
    unsigned best = 0;
    for (unsigned i = 1; i < count; ++i)
        if (fabsf(choices[i].value - value) < fabsf(choices[best].value - value))
            best = i;
    return best;
}

bool control_matters(enum port port, const struct facts *facts)
{
    switch (port) {
    case PORT_QUALITY:
        return facts->texts[TEXT_SIZES][0];
    case PORT_NORMALISE:
        return facts->texts[TEXT_LOUDNESS][0];
    case PORT_CALIBRATE:
    case PORT_INPUT_LEVEL:
        return facts->texts[TEXT_INPUT_LEVEL][0];
    case PORT_CABINET:
        return facts->texts[TEXT_RESPONSE][0];
    default:
        return true;
    }
}
