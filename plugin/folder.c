/* SPDX-License-Identifier: ISC */
#include "folder.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char *const model_endings[] = {".safetensors", ".nam", ".json", ".aidax", NULL};

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void path_stem(char *stem, size_t size, const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    const size_t length = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    const size_t kept = length < size ? length : size - 1;
    memcpy(stem, name, kept);
    stem[kept] = '\0';
}

char *path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

char *path_join(const char *folder, const char *name)
{
    const size_t length = strlen(folder), bytes = strlen(name) + 1;
    const bool slash = length > 0 && folder[length - 1] != '/';
    char *path = malloc(length + slash + bytes);
    if (!path)
        return NULL;
    memcpy(path, folder, length);
    if (slash)
        path[length] = '/';
    memcpy(path + length + slash, name, bytes);
    return path;
}

static bool ends_in(const char *name, const char *const *endings)
{
    const size_t length = strlen(name);
    for (; *endings; ++endings) {
        const size_t bytes = strlen(*endings);
        if (length > bytes && strcasecmp(name + length - bytes, *endings) == 0)
            return true;
    }
    return false;
}

/** The number that digits stand for, by which two runs of digits compare; `*end`: behind them. */
static unsigned long number(const char *digits, char **end)
{
    return strtoul(digits, end, 10);
}

/** Compares names without case, runs of digits as numbers. */
static int compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *after_a, *after_b;
            const unsigned long left = number(a, &after_a), right = number(b, &after_b);
            if (left != right)
                return left < right ? -1 : 1;
            a = after_a;
            b = after_b;
            continue;
        }
        const int left = tolower((unsigned char)*a++), right = tolower((unsigned char)*b++);
        if (left != right)
            return left - right;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static int compare_entries(const void *a, const void *b)
{
    const struct folder_entry *left = a, *right = b;
    if (left->is_folder != right->is_folder)
        return left->is_folder ? -1 : 1;
    const int order = compare_names(left->name, right->name);
    return order != 0 ? order : strcmp(left->name, right->name);
}

/** Adds an entry if the user may want it. False: out of memory. */
static bool add(struct folder *folder, const char *name, const char *const *endings)
{
    struct stat status;
    if (name[0] == '.')
        return true;
    char *path = path_join(folder->path, name);
    if (!path)
        return false;
    const bool there = stat(path, &status) == 0;
    free(path);
    const bool is_folder = there && S_ISDIR(status.st_mode);
    if (!is_folder && !(there && S_ISREG(status.st_mode) && ends_in(name, endings)))
        return true;
    struct folder_entry *entries = realloc(folder->entries, (folder->count + 1) * sizeof *entries);
    if (!entries)
        return false;
    folder->entries = entries;
    entries[folder->count] = (struct folder_entry){strdup(name), is_folder};
    return entries[folder->count].name != NULL && ++folder->count > 0;
}

bool folder_read(struct folder *folder, const char *path, const char *const *endings)
{
    const struct dirent *entry;
    bool good = true;
    *folder = (struct folder){.path = strdup(path)};
    if (!folder->path)
        return false;
    DIR *directory = opendir(path);
    if (!directory)
        return true;
    while (good && (entry = readdir(directory)) != NULL)
        good = add(folder, entry->d_name, endings);
    closedir(directory);
    if (folder->count > 0)
        qsort(folder->entries, folder->count, sizeof *folder->entries, compare_entries);
    if (!good)
        folder_clear(folder);
    return good;
}

void folder_clear(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; ++i)
        free(folder->entries[i].name);
    free(folder->entries);
    free(folder->path);
    *folder = (struct folder){NULL, NULL, 0};
}

size_t folder_find(const struct folder *folder, const char *name)
{
    size_t found = 0;
    while (found < folder->count && strcmp(folder->entries[found].name, name) != 0)
        ++found;
    return found;
}

const char *folder_neighbour(const struct folder *folder, const char *name, int steps)
{
    size_t first = 0;
    while (first < folder->count && folder->entries[first].is_folder)
        ++first;
    const long files = (long)(folder->count - first);
    if (files == 0)
        return NULL;
    const size_t found = folder_find(folder, name);
    long at = (long)found - (long)first;
    if (found == folder->count)
        at = steps > 0 ? -1 : 0;
    at = ((at + steps) % files + files) % files;
    return folder->entries[first + (size_t)at].name;
}
