/* SPDX-License-Identifier: ISC */
/* The files that `xlstm train` writes: the model, the picture beside it, and until the end a
 * checkpoint, FILE.checkpoint, from which --resume goes on. */
#ifndef TRAIN_FILES_H
#define TRAIN_FILES_H

#include "train_settings.h"

struct train_files {
    const char *model; ///< borrowed from the settings
    char *picture;     ///< owned; NULL: none is wanted
    char *checkpoint;  ///< owned
    void *saved;       ///< bytes of the checkpoint to go on from; owned, or NULL
    size_t saved_size;
    bool kept;          ///< a checkpoint of this training is there
    bool stale;         ///< one of another training is there, to be forgotten
    bool keeping_fails; ///< it could not be written, which has been said
};

/** Names the files, checks that they may and can be written and are none of the `count` recordings
 *  nor each other, and reads the checkpoint that --resume asks for. One that --overwrite forgets
 *  stays until another replaces it, or the training ends. An outcome (command.h), after a sentence
 *  if it is not DONE. train_files_end() in any case. */
int train_files_begin(struct train_files *files, const struct train_settings *settings,
                      char *const *recordings, size_t count);

/** Replaces the checkpoint; what goes wrong is said once. */
void train_files_keep(struct train_files *files, const void *bytes, size_t size);

/** Removes the checkpoint, of which nobody has need any more. */
void train_files_drop(struct train_files *files);

/** Frees the names; files stay as they are. */
void train_files_end(struct train_files *files);

#endif
