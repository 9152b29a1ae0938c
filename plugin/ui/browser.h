/* SPDX-License-Identifier: ISC */
/* A file browser inside of the window: a list of a folder, folders first. A click on a file opens
 * it at once and the browser stays, so that one can listen through a collection; a double click or
 * Enter opens it and is done. */
#ifndef UI_BROWSER_H
#define UI_BROWSER_H

#include "folder.h"
#include "paint.h"
#include "window.h"

struct browser {
    bool shown;
    const char *title;
    const char *const *endings; ///< of the files that are listed
    struct rect box;
    struct folder folder;
    size_t first;        ///< entry at the top
    size_t selected;     ///< or `folder.count`
    size_t hovered;      ///< or `folder.count`
    uint32_t clicked_at; ///< time of the last click on an entry
};

/** What the user did. */
enum browser_answer {
    BROWSER_NOTHING,
    BROWSER_CHANGED, ///< to be drawn anew
    BROWSER_OPEN,    ///< open the selected file
    BROWSER_DONE,    ///< open it if there is one, and go
    BROWSER_CANCEL,
};

/** Shows the folder of a file with the file selected; an empty path: the folder `fallback`. */
void browser_show(struct browser *browser, const char *title, const char *path,
                  const char *fallback, const char *const *endings);

/** Frees what it holds; it is no longer shown. */
void browser_hide(struct browser *browser);

void browser_draw(cairo_t *cairo, const struct browser *browser);

enum browser_answer browser_press(struct browser *browser, struct pointer at);
enum browser_answer browser_move(struct browser *browser, struct pointer at);
enum browser_answer browser_wheel(struct browser *browser, int steps);
enum browser_answer browser_key(struct browser *browser, enum key key, char character);

/** Path of the selected file, to be freed; NULL: none is selected. */
char *browser_path(const struct browser *browser);

#endif
