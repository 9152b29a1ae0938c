/* SPDX-License-Identifier: ISC */
#include "slurp.h"

#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FIRST_BUFFER = 1 << 16 };

/** Makes room for more; false if the file is beyond `limit` or memory is short. */
static bool grow(char **buffer, size_t *room, size_t limit, struct xlstm_error *error)
{
    if (*room > limit)
        return fail(error, "is larger than %zu MB, too large for a model", limit >> 20);
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
    if (*size > limit)
        return fail(error, "is larger than %zu MB, too large for a model", limit >> 20);
    return true;
}

void *slurp(const char *path, size_t limit, size_t *size, struct xlstm_error *error)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &status)) {
        fail(error, "cannot be opened: %s", strerror(errno));
        if (file)
            fclose(file);
        return NULL;
    }
    char *buffer = NULL;
    bool whole = S_ISDIR(status.st_mode) ? fail(error, "is a folder, not a file")
                                         : read_all(file, &buffer, size, limit, error);
    fclose(file);
    if (whole)
        return buffer;
    free(buffer);
    return NULL;
}
