/* SPDX-License-Identifier: ISC */
/* The plugin with its user interface, as the binary that is installed, in a host of our own under
 * an X server. */
#ifndef UI_HOST_H
#define UI_HOST_H

#include "fake_host.h"

#include <lv2/options/options.h>
#include <lv2/ui/ui.h>
#include <xcb/xcb.h>

enum { UI_BLOCK = 256 };

struct ui_host {
    struct fake_host *plugin;
    double scale; ///< ui:scaleFactor to announce; 0: none
    bool embed;   ///< the interface lives in a window of the host
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    xcb_window_t parent, window;
    void *library;
    const LV2UI_Descriptor *descriptor;
    LV2UI_Handle ui;
    int asked_width, asked_height; ///< by ui:resize
    unsigned writes;               ///< of controls
    unsigned messages;             ///< to the plugin
    LV2_URID set;                  ///< property of the last patch:Set, and its path
    char path[HOST_TEXT_BYTES];
    unsigned touches;       ///< times that a control was taken hold of
    bool held;              ///< a control is held now
    uint64_t played;        ///< frames
    float amplitude;        ///< of what the plugin hears
    float told[PORT_COUNT]; ///< values of ports that the interface knows
    LV2UI_Resize resizer;
    LV2UI_Touch toucher;
};

/** Opens the interface of a plugin that runs; `library` is its file, `bundle` a folder with a slash
 *  at its end. False: it did not open. */
bool ui_host_open(struct ui_host *host, const char *library, const char *bundle);

void ui_host_close(struct ui_host *host);

/** Runs the plugin and the interface for some time, in real time. */
void ui_host_run(struct ui_host *host, double seconds);

/** The pointer and its button, by the XTest extension. */
void ui_host_point(struct ui_host *host, int x, int y);
void ui_host_button(struct ui_host *host, unsigned button, bool pressed);
void ui_host_click(struct ui_host *host, int x, int y);
void ui_host_key(struct ui_host *host, uint32_t symbol);

/** Pixels of the window, 0x00RRGGBB, to be freed; NULL on failure. */
uint32_t *ui_host_picture(struct ui_host *host, unsigned *width, unsigned *height);

#endif
