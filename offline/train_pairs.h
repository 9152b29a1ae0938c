/* SPDX-License-Identifier: ISC */
/* Recordings of a device, read for training and cut into what is trained on and what is not. */
#ifndef TRAIN_PAIRS_H
#define TRAIN_PAIRS_H

#include "audio.h"
#include "trainer.h"

/** Most pairs of files, parts that each is cut into, and parts of all. */
enum { TRAIN_PAIRS = 64, TRAIN_HELD_OUT = 4, TRAIN_PARTS = TRAIN_PAIRS * (TRAIN_HELD_OUT + 1) };

/** Parts point into the sounds. Training never sees `validation`, which chooses the best model, nor
 *  `test`, which tells how good that is. */
struct train_pairs {
    size_t count;
    struct audio dry[TRAIN_PAIRS], wet[TRAIN_PAIRS];
    size_t train_count, validation_count, test_count;
    struct train_pair train[TRAIN_PARTS], validation[TRAIN_PARTS], test[TRAIN_PARTS];
};

/** Reads `count` files, dry and wet by turns, and cuts them; `knobs` of each pair. NULL on failure,
 *  after a sentence. */
struct train_pairs *train_pairs_read(int count, char **paths,
                                     const float (*knobs)[XLSTM_MAX_KNOBS]);

/** Frees all; NULL is fine. */
void train_pairs_free(struct train_pairs *pairs);

#endif
