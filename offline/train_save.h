/* SPDX-License-Identifier: ISC */
/* What a training leaves: the model and its picture. */
#ifndef TRAIN_SAVE_H
#define TRAIN_SAVE_H

#include "train_files.h"
#include "train_pairs.h"

#include <jansson.h>

/** Writes the model that `config`, read from `json`, became on these recordings; `esr` is its error
 * in the test. Gives its `*size` bytes, for free(); NULL after a sentence. */
void *train_save(const struct train_settings *settings, const struct train_files *files,
                 const struct xl_config *config, json_t *json, const struct train_result *result,
                 const struct train_pairs *pairs, double esr, size_t *size);

/** Draws the picture, if one is wanted, of the model that the bytes are. On failure there is none:
 *  `files` says so, after a sentence. */
bool train_draw(const struct train_settings *settings, struct train_files *files, const void *bytes,
                size_t size, const struct train_result *result, const struct train_pairs *pairs,
                double esr);

#endif
