/* SPDX-License-Identifier: ISC */
/* Whether a device remembers for long: decides if a network gets a path at control rate. */
#ifndef TRAIN_CHOOSE_H
#define TRAIN_CHOOSE_H

#include "train_files.h"
#include "train_pairs.h"

#include <jansson.h>

/** Trains the path of `network` alone, and the network without it, for a small share of what
 *  `options` allow, and takes that share off them. Gives the network, or that without its path if
 *  the path did worse by itself: a new reference, to which a sentence gives the reason. To go on
 *  from a checkpoint, nothing is tried again. NULL if `hooks` ended it, or after a sentence. */
json_t *train_choose(const struct train_files *files, const struct train_pairs *pairs,
                     json_t *network, const struct train_hooks *hooks,
                     struct train_options *options);

#endif
