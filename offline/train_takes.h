/* SPDX-License-Identifier: ISC */
/* Recordings of one dry file. */
#ifndef TRAIN_TAKES_H
#define TRAIN_TAKES_H

#include "train_pairs.h"

/** Says so if two recordings of the same dry sound differ although all knobs of theirs are at the
 *  same positions: a model can learn only what lies between. `paths`: dry and wet by turns. */
void train_takes_compare(const struct train_pairs *pairs, char **paths,
                         const float (*knobs)[XLSTM_MAX_KNOBS]);

#endif
