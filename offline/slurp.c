/* SPDX-License-Identifier: ISC */
#include "slurp.h"

#include "report.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_BUFFER = 1 << 16 };

static bool too_large(size_t limit, struct xlstm_error *error)
{
    return fail(error, "is larger than %zu MB, too large for a model", limit >> 20);
}

/** Makes room for more; false if the file is beyond `limit` or memory is short. */
static bool grow(char **buffer, size_t *room, size_t limit, struct xlstm_error *error)
{
    if (*room > limit)
        return too_large(limit, error);
    *room = *room ? *room * 2 : FIRST_BUFFER;
    char *larger = realloc(*buffer, *room);
    if (!larger)
        return fail(error, "needs more memory than there is");
    *buffer = larger;
    return true;
}

static bool read_all(FILE *file, char **buffer, size_t *size, size_t limit,
                     struct xlstm_error *error)
{
    size_t room = 0, got = 1;
    *size = 0;
    for (; got; *size += got) {
        if (*size == room && !grow(buffer, &room, limit, error))
            return false;
        got = fread(*buffer + *size, 1, room - *size, file);
    }
    if (ferror(file))
        return fail(error, "cannot be read: %s", strerror(errno));
    return *size <= limit || too_large(limit, error);
}

/** What is no file to read is told before it is opened: a pipe that nobody writes to would wait. */
static bool readable(const char *path, size_t limit, struct xlstm_error *error)
{
    struct stat status;
    if (stat(path, &status))
        return fail(error, "cannot be opened: %s", strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(error, "is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        return fail(error, "is no regular file");
    return (uintmax_t)status.st_size <= limit || too_large(limit, error);
}

void *slurp(const char *path, size_t limit, size_t *size, struct xlstm_error *error)
{
    if (!readable(path, limit, error))
        return NULL;
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail(error, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    char *buffer = NULL;
    bool whole = read_all(file, &buffer, size, limit, error);
    fclose(file);
    if (whole)
        return buffer;
    free(buffer);
    return NULL;
}
