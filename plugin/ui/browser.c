/* SPDX-License-Identifier: ISC */
#include "browser.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double HEAD = 44, ROW = 26, PAD = 12, BUTTON = 30, RADIUS = 8;

enum { WHEEL_ROWS = 3, DOUBLE_CLICK_MS = 400 };

static struct rect list_box(const struct browser *browser)
{
    const struct rect box = browser->box;
    return (struct rect){box.x + PAD, box.y + HEAD, box.width - 2 * PAD, box.height - HEAD - PAD};
}

static struct rect up_box(const struct browser *browser)
{
    return (struct rect){browser->box.x + PAD, browser->box.y + 8, BUTTON, HEAD - 16};
}

static struct rect close_box(const struct browser *browser)
{
    const double right = browser->box.x + browser->box.width - PAD;
    return (struct rect){right - 56, browser->box.y + 8, 56, HEAD - 16};
}

static size_t rows(const struct browser *browser)
{
    return (size_t)(list_box(browser).height / ROW);
}

static struct rect row_box(const struct browser *browser, size_t row)
{
    const struct rect list = list_box(browser);
    return (struct rect){list.x, list.y + (double)row * ROW, list.width - 10, ROW};
}

/** The entry at a point, or `count`. */
static size_t entry_at(const struct browser *browser, struct pointer at)
{
    const struct rect list = list_box(browser);
    if (!rect_has(list, at.x, at.y))
        return browser->folder.count;
    const size_t entry = browser->first + (size_t)((at.y - list.y) / ROW);
    return entry < browser->folder.count && entry < browser->first + rows(browser)
               ? entry
               : browser->folder.count;
}

/** Moves the list so that it begins at a sensible entry. */
static void scroll_to(struct browser *browser, long first)
{
    const long last = (long)browser->folder.count - (long)rows(browser);
    browser->first = (size_t)(first > last ? (last > 0 ? last : 0) : first > 0 ? first : 0);
}

static void reveal(struct browser *browser)
{
    if (browser->selected == browser->folder.count)
        return;
    if (browser->selected < browser->first)
        scroll_to(browser, (long)browser->selected);
    else if (browser->selected >= browser->first + rows(browser))
        scroll_to(browser, (long)(browser->selected - rows(browser) + 1));
}

/** Goes to a folder, which is freed, and selects the entry of that name. */
static void enter(struct browser *browser, char *path, const char *name)
{
    struct folder folder;
    if (path && folder_read(&folder, path, browser->endings)) {
        folder_clear(&browser->folder);
        browser->folder = folder;
        browser->first = 0;
        browser->selected = folder_find(&browser->folder, name);
        browser->hovered = browser->folder.count;
        reveal(browser);
    }
    free(path);
}

void browser_show(struct browser *browser, const char *title, const char *path,
                  const char *fallback, const char *const *endings)
{
    browser->shown = true;
    browser->title = title;
    browser->endings = endings;
    browser->clicked_at = 0;
    enter(browser, path[0] ? path_folder(path) : strdup(fallback), path_name(path));
}

void browser_hide(struct browser *browser)
{
    browser->shown = false;
    folder_clear(&browser->folder);
}

char *browser_path(const struct browser *browser)
{
    if (browser->selected >= browser->folder.count ||
        browser->folder.entries[browser->selected].is_folder)
        return NULL;
    return path_join(browser->folder.path, browser->folder.entries[browser->selected].name);
}

/* Drawing */

static void draw_row(cairo_t *cairo, const struct browser *browser, size_t entry)
{
    const struct rect row = row_box(browser, entry - browser->first);
    const struct folder_entry *item = &browser->folder.entries[entry];
    const bool selected = entry == browser->selected;
    char name[512];
    if (selected || entry == browser->hovered)
        paint_fill(cairo, row, 4, selected ? COLOUR_HOVER : COLOUR_RAISED);
    snprintf(name, sizeof name, item->is_folder ? "%s/" : "%s", item->name);
    const enum colour colour = selected ? COLOUR_OUT : item->is_folder ? COLOUR_DIM : COLOUR_TEXT;
    paint_text(cairo, (struct rect){row.x + 10, row.y, row.width - 20, row.height}, name,
               (struct style){TYPE_BODY, colour, ALIGN_LEFT, selected});
}

static void draw_bar(cairo_t *cairo, const struct browser *browser)
{
    const struct rect list = list_box(browser);
    const double count = (double)browser->folder.count, shown = (double)rows(browser);
    if (count <= shown)
        return;
    const double height = fmax(24, list.height * shown / count);
    const double y = list.y + (list.height - height) * (double)browser->first / (count - shown);
    paint_fill(cairo, (struct rect){list.x + list.width - 5, y, 5, height}, 2.5, COLOUR_LINE);
}

static void draw_head(cairo_t *cairo, const struct browser *browser)
{
    const struct rect up = up_box(browser), done = close_box(browser);
    const struct style style = {TYPE_BODY, COLOUR_TEXT, ALIGN_CENTRE, false};
    char line[TYPE_TITLE * 32];
    paint_fill(cairo, up, 5, COLOUR_RAISED);
    paint_text(cairo, up, "\xe2\x86\x91", style);
    paint_fill(cairo, done, 5, COLOUR_RAISED);
    paint_text(cairo, done, "Done", style);
    snprintf(line, sizeof line, "%s  \xc2\xb7  %s", browser->title,
             browser->folder.path ? browser->folder.path : "");
    const double left = up.x + up.width + 12;
    paint_text(cairo, (struct rect){left, up.y, done.x - left - 12, up.height}, line,
               (struct style){TYPE_BODY, COLOUR_DIM, ALIGN_LEFT, false});
}

void browser_draw(cairo_t *cairo, const struct browser *browser)
{
    paint_fill(cairo, browser->box, RADIUS, COLOUR_PANEL);
    paint_outline(cairo, browser->box, RADIUS, COLOUR_LINE);
    draw_head(cairo, browser);
    const size_t end = browser->first + rows(browser);
    for (size_t i = browser->first; i < end && i < browser->folder.count; ++i)
        draw_row(cairo, browser, i);
    if (browser->folder.count == 0)
        paint_text(cairo, list_box(browser), "Nothing to open here",
                   (struct style){TYPE_BODY, COLOUR_FAINT, ALIGN_CENTRE, false});
    draw_bar(cairo, browser);
}

/* What the user does */

static enum browser_answer enter_selected(struct browser *browser)
{
    enter(browser, path_join(browser->folder.path, browser->folder.entries[browser->selected].name),
          "");
    return BROWSER_CHANGED;
}

/** To the folder above, which selects the one that we come from. */
static enum browser_answer go_up(struct browser *browser)
{
    char *from = browser->folder.path ? strdup(browser->folder.path) : NULL;
    if (from)
        enter(browser, path_folder(from), path_name(from));
    free(from);
    return BROWSER_CHANGED;
}

enum browser_answer browser_press(struct browser *browser, struct pointer at)
{
    if (rect_has(up_box(browser), at.x, at.y))
        return go_up(browser);
    if (rect_has(close_box(browser), at.x, at.y) || !rect_has(browser->box, at.x, at.y))
        return BROWSER_CANCEL;
    const size_t entry = entry_at(browser, at);
    if (entry == browser->folder.count)
        return BROWSER_NOTHING;
    const bool again =
        entry == browser->selected && at.time - browser->clicked_at < DOUBLE_CLICK_MS;
    browser->selected = entry;
    browser->clicked_at = at.time;
    if (browser->folder.entries[entry].is_folder)
        return enter_selected(browser);
    return again ? BROWSER_DONE : BROWSER_OPEN;
}

enum browser_answer browser_move(struct browser *browser, struct pointer at)
{
    const size_t before = browser->hovered;
    browser->hovered = entry_at(browser, at);
    return browser->hovered == before ? BROWSER_NOTHING : BROWSER_CHANGED;
}

enum browser_answer browser_wheel(struct browser *browser, int steps)
{
    scroll_to(browser, (long)browser->first - steps * WHEEL_ROWS);
    return BROWSER_CHANGED;
}

static enum browser_answer step(struct browser *browser, long steps)
{
    const long last = (long)browser->folder.count - 1;
    long at = browser->selected == browser->folder.count ? (steps > 0 ? -1 : last + 1)
                                                         : (long)browser->selected;
    if (last < 0)
        return BROWSER_NOTHING;
    at += steps;
    browser->selected = (size_t)(at < 0 ? 0 : at > last ? last : at);
    reveal(browser);
    return browser->folder.entries[browser->selected].is_folder ? BROWSER_CHANGED : BROWSER_OPEN;
}

/** Selects the next entry that begins with a letter. */
static enum browser_answer find_letter(struct browser *browser, char character)
{
    const size_t count = browser->folder.count;
    const size_t from = browser->selected < count ? browser->selected + 1 : 0;
    for (size_t i = 0; i < count; ++i) {
        const size_t entry = (from + i) % count;
        if (tolower((unsigned char)browser->folder.entries[entry].name[0]) !=
            tolower((unsigned char)character))
            continue;
        browser->selected = entry;
        reveal(browser);
        return BROWSER_CHANGED;
    }
    return BROWSER_NOTHING;
}

enum browser_answer browser_key(struct browser *browser, enum key key, char character)
{
    const long page = (long)rows(browser);
    switch (key) {
    case KEY_ESCAPE:
        return BROWSER_CANCEL;
    case KEY_BACKSPACE:
        return go_up(browser);
    case KEY_UP:
        return step(browser, -1);
    case KEY_DOWN:
        return step(browser, 1);
    case KEY_PAGE_UP:
        return step(browser, -page);
    case KEY_PAGE_DOWN:
        return step(browser, page);
    case KEY_CHARACTER:
        return find_letter(browser, character);
    case KEY_ENTER:
        if (browser->selected < browser->folder.count &&
            browser->folder.entries[browser->selected].is_folder)
            return enter_selected(browser);
        return BROWSER_DONE;
    default:
        return BROWSER_NOTHING;
    }
}
