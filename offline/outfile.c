/* SPDX-License-Identifier: ISC */
#include "outfile.h"

#include "command.h"
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_OPEN = 4096, NEW_FILE_MODE = 0666, MAX_ATTEMPTS = 1000, SUFFIX_ROOM = 40 };

/* The temporary names that a signal must remove. A slot is a pointer, so that the handler reads it
 * whole; its text is freed only after the slot is empty, and never once a signal has come. */
static _Atomic(char *) temporaries[MAX_OPEN];
static atomic_bool ending;

static void remove_temporaries(int signal_number)
{
    atomic_store(&ending, true);
    for (int i = 0; i < MAX_OPEN; i++) {
        const char *path = atomic_load(&temporaries[i]);
        if (path)
            unlink(path);
    }
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

void outfile_guard_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action = {.sa_handler = remove_temporaries};
        struct sigaction before;
        sigfillset(&action.sa_mask);
        if (!sigaction(signals[i], NULL, &before) && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write(), not the end */
}

static bool enlist(char *temporary)
{
    for (int i = 0; i < MAX_OPEN; i++) {
        char *none = NULL;
        if (atomic_compare_exchange_strong(&temporaries[i], &none, temporary))
            return true;
    }
    return false;
}

static void delist(const char *temporary)
{
    for (int i = 0; i < MAX_OPEN; i++) {
        char *here = (char *)temporary;
        if (atomic_compare_exchange_strong(&temporaries[i], &here, NULL))
            return;
    }
}

static void release(struct outfile *file)
{
    if (file->temporary)
        delist(file->temporary);
    if (!atomic_load(&ending)) {
        free(file->temporary);
        free(file->path);
    }
    *file = (struct outfile){.descriptor = -1};
}

bool outfile_allowed(const char *path, bool overwrite, struct xlstm_error *error)
{
    struct stat status;
    if (stat(path, &status))
        return errno == ENOENT || fail(error, "cannot be written: %s", strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(error, "is a folder, not a file");
    if (!S_ISREG(status.st_mode))
        return fail(error, "is not a regular file");
    if (!overwrite)
        return fail(error, "exists already; --overwrite replaces it");
    return true;
}

static bool same_entry(const char *a, const char *b)
{
    struct stat first, second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/** Where the name of a file without its folders begins. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/** Whether two names of files, neither of which is there, are one name in one folder. */
static bool same_target(const char *a, const char *b)
{
    const size_t in_a = folder_length(a), in_b = folder_length(b);
    char *folder = strndup(in_a ? a : "./", in_a ? in_a : 2);
    char *other = strndup(in_b ? b : "./", in_b ? in_b : 2);
    const bool same =
        folder && other && strcmp(a + in_a, b + in_b) == 0 && same_entry(folder, other);
    free(folder);
    free(other);
    return same;
}

bool outfile_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || same_entry(a, b) ||
           (access(a, F_OK) != 0 && access(b, F_OK) != 0 && same_target(a, b));
}

bool outfile_spares(const char *path, char *const *recordings, size_t count,
                    struct xlstm_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (outfile_same(path, recordings[i]))
            return fail(error,
                        "is one of the recordings, which would be lost; choose another name");
    return true;
}

/** Opens a file beside the target under a name that no other has: ".NAME.PID-N". */
static int open_beside(struct outfile *file)
{
    const int folder = (int)folder_length(file->path);
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
        sprintf(file->temporary, "%.*s.%.200s.%ld-%d", folder, file->path, file->path + folder,
                (long)getpid(), i);
        if (!enlist(file->temporary)) {
            errno = EMFILE;
            return -1;
        }
        int descriptor =
            open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, NEW_FILE_MODE);
        if (descriptor >= 0 || errno != EEXIST)
            return descriptor;
        delist(file->temporary);
    }
    return -1;
}

int outfile_ready(const char *verb, const char *path, bool overwrite)
{
    struct xlstm_error error;
    if (!path) {
        complain(NULL, "%s needs -o FILE", verb);
        return MISUSED;
    }
    if (!outfile_allowed(path, overwrite, &error)) {
        complain(path, "%s", error.text);
        return FAILED;
    }
    return DONE;
}

bool outfile_open(struct outfile *file, const char *path, struct xlstm_error *error)
{
    char *resolved = realpath(path, NULL); /* a link stays, what it points to is replaced */
    *file = (struct outfile){.path = resolved ? resolved : strdup(path), .descriptor = -1};
    file->temporary = file->path ? malloc(strlen(file->path) + SUFFIX_ROOM) : NULL;
    if (file->temporary)
        file->descriptor = open_beside(file);
    if (file->descriptor < 0) {
        fail(error, "cannot be written: %s", strerror(errno));
        release(file);
        return false;
    }
    if (atomic_load(&ending))
        unlink(file->temporary); /* it came after the signal handler had looked */
    return true;
}

bool outfile_commit(struct outfile *file, struct xlstm_error *error)
{
    bool safe = !fsync(file->descriptor) && !rename(file->temporary, file->path);
    if (!safe) {
        fail(error, "cannot be written: %s", strerror(errno));
        outfile_abort(file);
        return false;
    }
    close(file->descriptor);
    release(file);
    return true;
}

void outfile_abort(struct outfile *file)
{
    if (!file->temporary)
        return;
    close(file->descriptor);
    unlink(file->temporary);
    release(file);
}

bool outfile_write(const char *path, const void *bytes, size_t size, struct xlstm_error *error)
{
    struct outfile file;
    if (!outfile_open(&file, path, error))
        return false;
    const char *next = bytes;
    while (size) {
        ssize_t written = write(file.descriptor, next, size);
        if (written < 0) {
            fail(error, "cannot be written: %s", strerror(errno));
            outfile_abort(&file);
            return false;
        }
        next += written;
        size -= (size_t)written;
    }
    return outfile_commit(&file, error);
}
