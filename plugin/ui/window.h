/* SPDX-License-Identifier: ISC */
/* A window of the X Window System that is drawn with cairo, alone or inside of a host's.
 *
 * On XCB, not Xlib: an error of Xlib ends the process, which is the host's, and XCB has no global
 * state at all. Debian's pugl 0 (2012) draws with OpenGL alone. No GLib below us, so no Pango:
 * its types outlive a library that the host unloads.
 *
 * Who draws does so in units of its own design, of which the window shows all, as large as fits and
 * in the middle; the rest is background. Everything happens in the thread that calls. */
#ifndef UI_WINDOW_H
#define UI_WINDOW_H

#include "geometry.h"

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

struct window;

enum button { BUTTON_LEFT = 1, BUTTON_MIDDLE, BUTTON_RIGHT };

enum key {
    KEY_NONE,
    KEY_ENTER,
    KEY_ESCAPE,
    KEY_BACKSPACE,
    KEY_UP,
    KEY_DOWN,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_CHARACTER, ///< see `character`
};

struct pointer {
    double x, y;      ///< design units
    bool shift, ctrl; ///< keys that are held
    uint32_t time;    ///< milliseconds of the server
};

/** Who lives in the window. All are called with `data`, from window_listen() and
 *  window_draw(). */
struct window_client {
    void *data;
    double width, height; ///< of the design
    void (*draw)(void *data, cairo_t *cairo, struct rect part);
    void (*press)(void *data, struct pointer at, enum button button);
    void (*release)(void *data, struct pointer at, enum button button);
    void (*move)(void *data, struct pointer at);
    void (*leave)(void *data);
    void (*wheel)(void *data, struct pointer at, int steps); ///< steps > 0: away from the user
    void (*key)(void *data, enum key key, char character);
};

/** Opens a window of the size of the design times `scale`, or times what the desktop says if scale
 *  is 0. `parent` 0: a window of its own, hidden. NULL: there is no X server. */
struct window *window_new(uint32_t parent, const char *title, double scale,
                          const struct window_client *client);

/** Closes it. NULL is fine. */
void window_free(struct window *window);

/** The server's number of the window. */
uint32_t window_id(const struct window *window);

/** Its size in pixels. */
uint32_t window_width(const struct window *window);
uint32_t window_height(const struct window *window);

void window_show(struct window *window);
void window_hide(struct window *window);

/** Has a part of the design drawn anew. */
void window_damage(struct window *window, struct rect part);
void window_damage_all(struct window *window);

/** Asks for the keyboard. */
void window_focus(struct window *window, uint32_t time);

/** Handles what happened. False: the user closed the window, or the server is gone. */
bool window_listen(struct window *window);

/** Draws what is damaged. */
void window_draw(struct window *window);

#endif
