/* SPDX-License-Identifier: ISC */
/* Recordings of a device, read for training and cut into what is trained on and what is not. */
#ifndef TRAIN_PAIRS_H
#define TRAIN_PAIRS_H

#include "recording.h"
#include "train_roles.h"
#include "train_settings.h"
#include "trainer.h"

/** Parts point into the recordings. Training never sees `validation`, which chooses the best model,
 *  nor `test`, which tells how good that is. */
struct train_pairs {
    size_t count;
    struct recording *recordings;
    enum train_role roles[TRAIN_PAIRS];
    size_t train_count, validation_count, test_count;
    struct train_pair *train, *validation, *test;
};

/** Reads `count` pairs of files, dry and wet by turns, says what was found, and cuts them; roles
 * and knobs of each pair. NULL on failure, after a sentence. */
struct train_pairs *train_pairs_read(size_t count, char **paths, const enum train_role *roles,
                                     const float (*knobs)[XLSTM_MAX_KNOBS]);

/** Frees all; NULL is fine. */
void train_pairs_free(struct train_pairs *pairs);

#endif
