/* SPDX-License-Identifier: ISC */
#ifndef TRAIN_CUT_H
#define TRAIN_CUT_H

#include "train_pairs.h"

/** Cuts the recordings into parts for training, validation and test, each with a lead-in, and says
 *  how much there is of each. `paths`: dry and wet by turns; pairs of one dry file are cut alike.
 *  False after a sentence. */
bool train_cut(struct train_pairs *pairs, char **paths, const float (*knobs)[XLSTM_MAX_KNOBS]);

#endif
