/* SPDX-License-Identifier: ISC */
/* What a folder holds that the user may want to open: folders, and files of the right kind. Not
 * real-time. */
#ifndef PLUGIN_FOLDER_H
#define PLUGIN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

struct folder_entry {
    char *name; ///< without the path
    bool is_folder;
};

struct folder {
    char *path; ///< without a slash at its end, but "/"
    struct folder_entry *entries;
    size_t count;
};

/** Endings of models' files. */
extern const char *const model_endings[];

/** Reads a folder; `endings` is a list of what names of files may end in, NULL last, case aside.
 *  Hidden ones are left out; folders come first, all sorted as people count ("2" before "10").
 *  A folder that cannot be read is empty. False: out of memory. */
bool folder_read(struct folder *folder, const char *path, const char *const *endings);

/** Frees what folder_read() made. */
void folder_clear(struct folder *folder);

/** The number of the entry of that name, or `count`. */
size_t folder_find(const struct folder *folder, const char *name);

/** The file `steps` further than the one of that name, round and round; NULL: there is no file. */
const char *folder_neighbour(const struct folder *folder, const char *name, int steps);

/** "FOLDER/NAME", to be freed; NULL: out of memory. */
char *path_join(const char *folder, const char *name);

/** The folder of a path, to be freed; NULL: out of memory. */
char *path_folder(const char *path);

/** The name of a path without its folders. */
const char *path_name(const char *path);

/** The same without what follows the last dot, cut to `size` bytes. */
void path_stem(char *stem, size_t size, const char *path);

#endif
