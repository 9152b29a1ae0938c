/* SPDX-License-Identifier: ISC */
/* The user interface's end of the line to the plugin: control ports and messages, nothing else. */
#ifndef UI_LINK_H
#define UI_LINK_H

#include "facts.h"

#include <lv2/atom/forge.h>
#include <lv2/ui/ui.h>

struct link {
    LV2UI_Write_Function write;
    LV2UI_Controller controller;
    LV2UI_Touch *touch; ///< NULL: the host does not care when a control is held
    LV2_Atom_Forge forge;
    struct {
        LV2_URID event_transfer, patch_Get, patch_Put, patch_Set;
        LV2_URID body, property, value;
        LV2_URID Watch, seconds, Levels;
        LV2_URID input_peak, output_peak, input_rms, output_rms;
        LV2_URID load, load_peak, scope_in, scope_out;
    } uris;
    LV2_URID text_urids[TEXT_COUNT];
};

void link_init(struct link *link, LV2_URID_Map *map, LV2UI_Write_Function write,
               LV2UI_Controller controller);

/** Turns a control. */
void link_control(const struct link *link, enum port port, float value);

/** Tells the host that the user took hold of a control, or let it go. */
void link_touch(const struct link *link, enum port port, bool held);

/** Asks for all texts. */
void link_get(struct link *link);

/** Asks for another file; the property is that of a path. */
void link_open(struct link *link, enum text property, const char *path);

/** Asks for levels during the next seconds; 0: no more. */
void link_watch(struct link *link, int seconds);

/** Notes what the host tells of a port. */
struct news link_hear(const struct link *link, struct facts *facts, uint32_t port, uint32_t size,
                      uint32_t format, const void *buffer);

#endif
