/* SPDX-License-Identifier: ISC */
/* What window.c and window_events.c share. */
#ifndef UI_WINDOW_INSIDE_H
#define UI_WINDOW_INSIDE_H

#include "window.h"

#include <xcb/xcb.h>
#include <xcb/xcb_keysyms.h>

enum { DAMAGE_MAX = 32 };

struct window {
    struct window_client client;
    xcb_connection_t *connection;
    xcb_screen_t *screen;
    xcb_window_t id;
    xcb_atom_t delete_atom; ///< WM_DELETE_WINDOW
    xcb_key_symbols_t *keys;
    uint32_t width, height;   ///< pixels
    double scale, left, top;  ///< pixels per unit of the design; where it begins
    cairo_surface_t *surface; ///< the window
    cairo_surface_t *picture; ///< what it shows, kept so that nothing flickers
    bool all_damaged;
    unsigned damage_count;
    struct rect damage[DAMAGE_MAX];
};

/** The window has a new size. */
void window_resized(struct window *window, uint32_t width, uint32_t height);

/** Shows pixels of the picture. */
void window_expose(struct window *window, struct rect pixels);

#endif
