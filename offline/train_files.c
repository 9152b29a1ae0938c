/* SPDX-License-Identifier: ISC */
#include "train_files.h"

#include "outfile.h"
#include "report.h"
#include "slurp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECKPOINT_EXTENSION ".checkpoint"
#define MODEL_EXTENSION ".safetensors"
#define PICTURE_EXTENSION ".png"

/** Far more than a network needs that can be trained. */
static const size_t LARGEST_CHECKPOINT = (size_t)1 << 30;

/** `name` without `old` at its end, and with `extension` instead: for free(). */
static char *rename_with(const char *name, const char *old, const char *extension)
{
    size_t length = strlen(name);
    const size_t cut = strlen(old);
    if (length > cut && strcmp(name + length - cut, old) == 0)
        length -= cut;
    char *made = NULL;
    return asprintf(&made, "%.*s%s", (int)length, name, extension) < 0 ? NULL : made;
}

static bool name_files(struct train_files *files, const struct train_settings *settings)
{
    *files = (struct train_files){.model = settings->output};
    files->checkpoint = rename_with(files->model, "", CHECKPOINT_EXTENSION);
    if (!settings->no_picture)
        files->picture = settings->picture
                             ? strdup(settings->picture)
                             : rename_with(files->model, MODEL_EXTENSION, PICTURE_EXTENSION);
    return files->checkpoint && (files->picture || settings->no_picture);
}

static int failed(const char *path, const char *sentence)
{
    complain(path, "%s", sentence);
    return FAILED;
}

/** Reads what --resume asks for; a checkpoint that nobody asked for must not be lost. */
static int find_checkpoint(struct train_files *files, const struct train_settings *settings)
{
    struct xlstm_error error;
    const bool there = access(files->checkpoint, F_OK) == 0;
    if (settings->resume && !there) {
        complain(files->checkpoint, "is not there: training begins at the start");
    } else if (settings->resume) {
        files->saved = slurp(files->checkpoint, LARGEST_CHECKPOINT, &files->saved_size, &error);
        files->kept = files->saved;
        return files->saved ? DONE : failed(files->checkpoint, error.text);
    } else if (there && settings->overwrite) {
        files->stale = true;
    } else if (there) {
        return failed(files->checkpoint, "is of a training that did not end: --resume goes on with "
                                         "it, --overwrite forgets it");
    }
    return DONE;
}

/** Whether a file can be written, tried out before hours of work. */
static int try_out(const char *path, bool overwrite)
{
    struct outfile file;
    struct xlstm_error error;
    if (!outfile_allowed(path, overwrite, &error) || !outfile_open(&file, path, &error))
        return failed(path, error.text);
    outfile_abort(&file);
    return DONE;
}

/** Whether writing `path` spares all that is read. */
static bool spares(const char *path, const char *network, char *const *recordings, size_t count,
                   struct xlstm_error *error)
{
    if (network && outfile_same(path, network))
        return fail(error, "is the network itself, which would be lost; choose another name");
    return outfile_spares(path, recordings, count, error);
}

/** Refuses to write what is read, or two files as one. */
static int keep_apart(const struct train_files *files, const struct train_settings *settings,
                      char *const *recordings, size_t count)
{
    struct xlstm_error error;
    const char *const written[] = {files->model, files->checkpoint, files->picture};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (written[i] && !spares(written[i], settings->network, recordings, count, &error))
            return failed(written[i], error.text);
    if (files->picture && outfile_same(files->picture, files->model))
        return failed(files->picture, "cannot be both the model and its picture");
    if (files->picture && outfile_same(files->picture, files->checkpoint))
        return failed(files->picture, "cannot be both the checkpoint and the picture");
    return DONE;
}

int train_files_begin(struct train_files *files, const struct train_settings *settings,
                      char *const *recordings, size_t count)
{
    *files = (struct train_files){.model = settings->output};
    if (!settings->output)
        return outfile_ready("train", NULL, false);
    if (!name_files(files, settings))
        return failed(files->model, "needs more memory than there is");
    int ready = keep_apart(files, settings, recordings, count);
    if (ready == DONE)
        ready = find_checkpoint(files, settings);
    const bool overwrite = settings->overwrite || files->saved;
    if (ready == DONE)
        ready = try_out(files->model, overwrite);
    if (ready == DONE && files->picture)
        ready = try_out(files->picture, overwrite);
    return ready;
}

void train_files_keep(struct train_files *files, const void *bytes, size_t size)
{
    struct xlstm_error error;
    if (outfile_write(files->checkpoint, bytes, size, &error)) {
        files->kept = true;
        files->stale = false;
        return;
    }
    if (!files->keeping_fails)
        complain(files->checkpoint, "%s; training goes on without", error.text);
    files->keeping_fails = true;
}

void train_files_drop(struct train_files *files)
{
    if (files->kept || files->stale)
        unlink(files->checkpoint);
    files->kept = files->stale = false;
}

void train_files_end(struct train_files *files)
{
    free(files->picture);
    free(files->checkpoint);
    free(files->saved);
    *files = (struct train_files){.model = NULL};
}
