/* SPDX-License-Identifier: ISC */
/* What stands where: a grid of 8 units, 920 x 560.
 *
 *     +------------------------------------------------------------+
 *     | (o) xLSTM                             latency   load       |  head
 *     |  I  |  <  |  name of the model, author, network   |  > | O |
 *     |  N  |  <  |  cabinet                              |  > | U |
 *     |     |           scope                                  | T |
 *     |     |  input  knobs of the model      mix  output      |   |
 *     |     |  gate, calibration, …   oversampling   quality   |   |
 *     |  what the pointer is on, or what went wrong                |  foot
 *     +------------------------------------------------------------+ */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include "facts.h"
#include "geometry.h"

#include <stddef.h>

enum { DESIGN_WIDTH = 920, DESIGN_HEIGHT = 560, PARTS_MAX = 40 };

enum part_kind {
    PART_PANEL, ///< a ground for others
    PART_LOGO,
    PART_POWER, ///< play or bypass
    PART_LATENCY,
    PART_LOAD,
    PART_METER_IN,
    PART_METER_OUT,
    PART_SCOPE,
    PART_FOOT,
    PART_PREVIOUS, ///< the file before, of the property `of`
    PART_FILE,     ///< its name; opens the browser
    PART_NEXT,
    PART_CLEAR, ///< no file, of the property `of`
    PART_KNOB,  ///< of the port `of`, as all that follow
    PART_NUMBER,
    PART_SWITCH,
    PART_CHOICE,
};

struct part {
    enum part_kind kind;
    struct rect box;
    unsigned of; ///< an enum port or enum text
};

struct layout {
    struct part parts[PARTS_MAX];
    unsigned count;
    struct rect middle; ///< between the meters, below the head: room for the browser
};

/** Lays out what there is to show: the model decides how many knobs it has. */
void layout_make(struct layout *layout, const struct facts *facts);

/** The topmost part at a point, or NULL. */
const struct part *layout_find(const struct layout *layout, double x, double y);

#endif
