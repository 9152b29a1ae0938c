/* SPDX-License-Identifier: ISC */
#include "layout.h"

static const double MARGIN = 20, GAP = 8;
static const double HEAD_Y = 12, HEAD_HEIGHT = 40;
static const double METER_WIDTH = 56;
static const double TOP = 64, FOOT_Y = 520, FOOT_HEIGHT = 32;
static const double MODEL_HEIGHT = 64, CABINET_HEIGHT = 40, ARROW_WIDTH = 40;
static const double SCOPE_HEIGHT = 136, KNOBS_HEIGHT = 116, KNOB_WIDTH_MOST = 104, KNOB_INSET = 8;
static const double STRIP_HEIGHT = 56, STRIP_INSET = 6, SWITCH_WIDTH = 56;

static void add(struct layout *layout, enum part_kind kind, struct rect box, unsigned of)
{
    if (layout->count < PARTS_MAX)
        layout->parts[layout->count++] = (struct part){kind, box, of};
}

static void add_head(struct layout *layout)
{
    const double right = DESIGN_WIDTH - MARGIN;
    add(layout, PART_POWER, (struct rect){MARGIN, HEAD_Y, HEAD_HEIGHT, HEAD_HEIGHT}, PORT_ENABLED);
    add(layout, PART_LOGO, (struct rect){MARGIN + HEAD_HEIGHT + GAP, HEAD_Y, 240, HEAD_HEIGHT}, 0);
    add(layout, PART_LATENCY, (struct rect){right - 264, HEAD_Y, 128, HEAD_HEIGHT}, PORT_LATENCY);
    add(layout, PART_LOAD, (struct rect){right - 128, HEAD_Y, 128, HEAD_HEIGHT}, 0);
}

static void add_file(struct layout *layout, struct rect row, enum text property)
{
    add(layout, PART_PREVIOUS, (struct rect){row.x, row.y, ARROW_WIDTH, row.height}, property);
    add(layout, PART_FILE,
        (struct rect){row.x + ARROW_WIDTH + GAP, row.y, row.width - 2 * (ARROW_WIDTH + GAP),
                      row.height},
        property);
    add(layout, PART_NEXT,
        (struct rect){row.x + row.width - ARROW_WIDTH, row.y, ARROW_WIDTH, row.height}, property);
}

/** Input, the knobs that the model has, mix and output, evenly. */
static void add_knobs(struct layout *layout, struct rect panel, const struct facts *facts)
{
    enum port ports[KNOBS + 3];
    unsigned count = 0;
    ports[count++] = PORT_INPUT_GAIN;
    for (unsigned k = 0; k < KNOBS; ++k)
        if (facts->texts[TEXT_KNOB_1 + k][0])
            ports[count++] = PORT_KNOB_1 + k;
    ports[count++] = PORT_MIX;
    ports[count++] = PORT_OUTPUT_GAIN;
    const double even = (panel.width - 2 * GAP) / count;
    const double width = even < KNOB_WIDTH_MOST ? even : KNOB_WIDTH_MOST;
    const double step = (panel.width - 2 * GAP - width) / (count - 1);
    add(layout, PART_PANEL, panel, 0);
    for (unsigned i = 0; i < count; ++i)
        add(layout, PART_KNOB,
            (struct rect){panel.x + GAP + i * step, panel.y + KNOB_INSET, width,
                          panel.height - 2 * KNOB_INSET},
            ports[i]);
}

/** What belongs to a file that can be switched off and taken away. */
static void add_cabinet(struct layout *layout, struct rect row, const struct facts *facts)
{
    const double left = row.x + ARROW_WIDTH + GAP, right = row.x + row.width - ARROW_WIDTH - GAP;
    add_file(layout, row, TEXT_RESPONSE);
    if (!facts->texts[TEXT_RESPONSE][0])
        return;
    add(layout, PART_SWITCH, (struct rect){left + 4, row.y, SWITCH_WIDTH, row.height},
        PORT_CABINET);
    add(layout, PART_CLEAR, (struct rect){right - row.height, row.y, row.height, row.height},
        TEXT_RESPONSE);
}

/** The small controls; quality only where there is something to choose. */
static void add_strip(struct layout *layout, struct rect panel, const struct facts *facts)
{
    static const struct {
        enum part_kind kind;
        enum port port;
        double share; ///< of the width
    } cells[] = {{PART_NUMBER, PORT_GATE, 5},        {PART_SWITCH, PORT_CALIBRATE, 5},
                 {PART_NUMBER, PORT_INPUT_LEVEL, 5}, {PART_SWITCH, PORT_NORMALISE, 5},
                 {PART_SWITCH, PORT_DC_BLOCKER, 5},  {PART_CHOICE, PORT_OVERSAMPLING, 7},
                 {PART_CHOICE, PORT_QUALITY, 9}};
    enum { CELLS = sizeof cells / sizeof cells[0] };
    const unsigned count = facts->texts[TEXT_SIZES][0] ? CELLS : CELLS - 1;
    double shares = 0, x = panel.x + STRIP_INSET;
    for (unsigned i = 0; i < count; ++i)
        shares += cells[i].share;
    add(layout, PART_PANEL, panel, 0);
    for (unsigned i = 0; i < count; ++i) {
        const double width = (panel.width - 2 * STRIP_INSET) * cells[i].share / shares;
        add(layout, cells[i].kind,
            (struct rect){x, panel.y + STRIP_INSET, width, panel.height - 2 * STRIP_INSET},
            cells[i].port);
        x += width;
    }
}

void layout_make(struct layout *layout, const struct facts *facts)
{
    const double height = FOOT_Y - TOP - GAP / 2, middle = MARGIN + METER_WIDTH + 2 * GAP;
    layout->count = 0;
    layout->middle = (struct rect){middle, TOP, DESIGN_WIDTH - 2 * middle, height};
    struct rect row = layout->middle;
    add_head(layout);
    add(layout, PART_METER_IN, (struct rect){MARGIN, TOP, METER_WIDTH, height}, 0);
    add(layout, PART_METER_OUT,
        (struct rect){DESIGN_WIDTH - MARGIN - METER_WIDTH, TOP, METER_WIDTH, height}, 0);
    row.height = MODEL_HEIGHT;
    add_file(layout, row, TEXT_MODEL);
    row.y += row.height + GAP;
    row.height = CABINET_HEIGHT;
    add_cabinet(layout, row, facts);
    row.y += row.height + GAP;
    row.height = SCOPE_HEIGHT;
    add(layout, PART_SCOPE, row, 0);
    row.y += row.height + GAP;
    row.height = KNOBS_HEIGHT;
    add_knobs(layout, row, facts);
    row.y += row.height + GAP;
    row.height = STRIP_HEIGHT;
    add_strip(layout, row, facts);
    add(layout, PART_FOOT, (struct rect){MARGIN, FOOT_Y, DESIGN_WIDTH - 2 * MARGIN, FOOT_HEIGHT},
        0);
}

const struct part *layout_find(const struct layout *layout, double x, double y)
{
    for (unsigned i = layout->count; i-- > 0;)
        if (rect_has(layout->parts[i].box, x, y))
            return &layout->parts[i];
    return NULL;
}
