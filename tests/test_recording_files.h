/* SPDX-License-Identifier: ISC */
/* A pair of files for the tests of recordings, in a folder that goes away. */
#ifndef TEST_RECORDING_FILES_H
#define TEST_RECORDING_FILES_H

#include "recording.h"

/** What load_pair() fills. */
extern struct recording recording;
extern struct xlstm_error error;

/** Makes the folder, in the working one. */
bool make_folder(void);
/** Removes dry, wet and the folder. */
void remove_folder(void);

/** The path of "dry" or "wet"; good for the next three calls. */
const char *path_of(const char *name);

/** Writes channels, which may be the same one, in one of libsndfile's WAV formats. */
void write_file(const char *name, const float *const *channels, int count, size_t frames, int rate,
                int format);
void write_mono(const char *name, const float *samples, size_t frames);

/** Loads the pair at RATE. */
bool load_pair(void);

/** The notes that hold `word` and are about the file `name`. */
size_t notes_with(const char *name, const char *word);

/** Energy of the difference between the recording in its spans and what it should hold, over that
 * of the latter. `start`: the frame of the clean pair at which the recording begins. */
double error_in_spans(const float *wanted, size_t start);

bool in_spans(size_t frame);

#endif
