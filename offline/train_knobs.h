/* SPDX-License-Identifier: ISC */
/* Positions of knobs in the recordings of `xlstm train`. */
#ifndef TRAIN_KNOBS_H
#define TRAIN_KNOBS_H

#include "options.h"
#include "xlstm.h"

#include <jansson.h>
#include <stdbool.h>

/** Collects the positions of NAME=VALUE options, pair by pair, and describes the knobs in the
 *  network's configuration. False after a sentence. */
bool train_knobs_read(const struct option_list *list, size_t pairs, json_t *network,
                      float (*knobs)[XLSTM_MAX_KNOBS]);

#endif
