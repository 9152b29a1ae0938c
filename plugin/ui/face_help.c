/* SPDX-License-Identifier: ISC */
/* One line on whatever the pointer is on. */
#include "control.h"
#include "face.h"

/** One line on a control; where it does nothing, why. */
static const char *control_help(const struct face *face, enum port port)
{
    if (control_matters(port, &face->facts))
        return control_table[port].help;
    return port == PORT_NORMALISE ? "This model does not say how loud it is"
                                  : "This model does not say at which level it was trained";
}

const char *face_help(const struct face *face)
{
    const struct part *part = face->hovered;
    if (face->browser.shown)
        return "Click a file, or go to it with the arrow keys, to hear it; Enter or a double-click "
               "ends the search";
    switch (part ? part->kind : PART_PANEL) {
    case PART_POWER:
    case PART_KNOB:
    case PART_NUMBER:
    case PART_SWITCH:
    case PART_CHOICE:
        return control_help(face, part->of);
    case PART_PREVIOUS:
        return "The file before, in the same folder";
    case PART_NEXT:
        return "The next file of the same folder";
    case PART_FILE:
        return part->of == TEXT_RESPONSE && face->facts.texts[TEXT_ABOUT_RESPONSE][0]
                   ? face->facts.texts[TEXT_ABOUT_RESPONSE]
                   : "Click to choose a file; the wheel steps through its folder";
    case PART_CLEAR:
        return "Play without a cabinet";
    case PART_SCOPE:
        return "Click for sound over time, or for output over input";
    case PART_METER_IN:
    case PART_METER_OUT:
        return "Peak and loudness in dB of full scale; click to put out the clip lamp";
    case PART_LOAD:
        return "Share of one CPU core's time that the plugin needs";
    case PART_LATENCY:
        return "By how much the sound is late; the host makes up for it";
    default:
        return "Drag to turn, with Shift for fine steps; double-click for the default; click a "
               "value to type it";
    }
}
