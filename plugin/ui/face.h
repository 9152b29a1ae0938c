/* SPDX-License-Identifier: ISC */
/* The face of the plugin: what it shows and how it answers to hands. Drawing is in face_draw.c,
 * pointer and keys in face_hands.c, files and their browser in face_files.c. */
#ifndef UI_FACE_H
#define UI_FACE_H

#include "browser.h"
#include "facts.h"
#include "layout.h"
#include "link.h"
#include "meter.h"
#include "scope_view.h"
#include "window.h"

enum { TYPED_BYTES = 16 };

struct face {
    struct facts facts;
    struct link link;
    struct window *window;
    char *bundle; ///< folder where the browser begins if there is no better place
    struct layout layout;
    struct meter meter_in, meter_out;
    double load;    ///< as shown, share of the time
    bool loads;     ///< the plugin told its load
    bool dismissed; ///< the user has read the status
    enum scope_mode scope_mode;
    struct browser browser;
    enum text browsed;               ///< the file that the browser is to choose
    char cursors[FILES][TEXT_BYTES]; ///< what was asked for last: next and previous begin there
    const struct part *hovered;      ///< of the layout, or NULL
    /* The control that is being turned */
    bool turning;
    enum port turned;
    double position, last_y;
    /* The last click, to tell double clicks */
    enum port clicked;
    uint32_t clicked_at;
    /* The value that is being typed */
    bool typing;
    enum port typed_port;
    char typed[TYPED_BYTES];
    /* Time, in seconds */
    double ticked_at, watched_at, drawn_at;
};

/** Makes a face whose link is made already. `parent` and `scale`: see window_new(). NULL members of
 *  none; false: no X server, or out of memory. */
bool face_open(struct face *face, const char *bundle, uint32_t parent, double scale,
               const char *title);

void face_close(struct face *face);

/** Takes in what the host tells of a port. */
void face_hear(struct face *face, uint32_t port, uint32_t size, uint32_t format,
               const void *buffer);

/** Lets time pass: handles events and draws. False: the user closed the window. */
bool face_idle(struct face *face);

/* Between the parts of the face */

void face_draw(void *data, cairo_t *cairo, struct rect part);
void face_press(void *data, struct pointer at, enum button button);
void face_release(void *data, struct pointer at, enum button button);
void face_move(void *data, struct pointer at);
void face_leave(void *data);
void face_wheel(void *data, struct pointer at, int steps);
void face_key(void *data, enum key key, char character);

/** Has all parts of a kind drawn anew; or the control of a port. */
void face_damage(struct face *face, enum part_kind kind);
void face_damage_port(struct face *face, enum port port);

/** One line on what the pointer is on. */
const char *face_help(const struct face *face);

/** Asks for another file; "": for none. */
void face_open_file(struct face *face, enum text file, const char *path);

/** Asks for the one that many files further in the folder. */
void face_step_file(struct face *face, enum text file, int steps);

/** Shows the browser, and does what it answers. */
void face_browse(struct face *face, enum text file, uint32_t time);
void face_answer(struct face *face, enum browser_answer answer);

#endif
