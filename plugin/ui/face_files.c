/* SPDX-License-Identifier: ISC */
/* Choosing files: by the arrows, the wheel and the browser. */
#include "face.h"

#include <stdlib.h>
#include <string.h>

static const char *const response_endings[] = {".wav", ".flac", ".aiff", ".aif", ".ogg", NULL};

static const struct {
    const char *title;
    const char *const *endings; ///< of the names of the files
} files[FILES] = {
    [TEXT_MODEL] = {"Choose a model", model_endings},
    [TEXT_RESPONSE] = {"Choose a cabinet", response_endings},
};

/** Where to look if no file was chosen yet: models are in the bundle, responses at home. */
static const char *first_folder(const struct face *face, enum text file)
{
    const char *home = getenv("HOME");
    return file == TEXT_RESPONSE && home ? home : face->bundle;
}

void face_open_file(struct face *face, enum text file, const char *path)
{
    const size_t bytes = strlen(path) + 1;
    if (bytes > sizeof face->cursors[file])
        return;
    memcpy(face->cursors[file], path, bytes);
    link_open(&face->link, file, path);
}

void face_step_file(struct face *face, enum text file, int steps)
{
    struct folder folder;
    const char *cursor = face->cursors[file];
    char *where = cursor[0] ? path_folder(cursor) : NULL;
    if (where && folder_read(&folder, where, files[file].endings)) {
        const char *name = folder_neighbour(&folder, path_name(cursor), steps);
        char *path = name ? path_join(where, name) : NULL;
        if (path)
            face_open_file(face, file, path);
        free(path);
        folder_clear(&folder);
    }
    free(where);
}

void face_browse(struct face *face, enum text file, uint32_t time)
{
    face->browsed = file;
    browser_show(&face->browser, files[file].title, face->cursors[file], first_folder(face, file),
                 files[file].endings);
    window_focus(face->window, time);
    window_damage_all(face->window);
}

void face_answer(struct face *face, enum browser_answer answer)
{
    if (answer == BROWSER_NOTHING)
        return;
    if (answer == BROWSER_OPEN || answer == BROWSER_DONE) {
        char *path = browser_path(&face->browser);
        if (path && strcmp(path, face->cursors[face->browsed]) != 0)
            face_open_file(face, face->browsed, path);
        free(path);
    }
    if (answer == BROWSER_DONE || answer == BROWSER_CANCEL) {
        browser_hide(&face->browser);
        window_damage_all(face->window);
    } else {
        window_damage(face->window, face->browser.box);
    }
}
