/* SPDX-License-Identifier: ISC */
/* Whether a device remembers for long: decides if a network gets a path at control rate. */
#ifndef TRAIN_CHOOSE_H
#define TRAIN_CHOOSE_H

#include "train_files.h"
#include "train_pairs.h"
#include "train_report.h"

#include <jansson.h>

/** A network that was tried, and what it came to. */
struct train_trial {
    json_t *network;
    struct train_result result;
};

/** What choosing came to; for train_choice_free(). */
struct train_choice {
    json_t *network;         ///< to train; NULL: the hooks ended it
    struct train_trial best; ///< the best trial; empty if nothing was tried
};

void train_choice_free(struct train_choice *choice);

/** Trains the path of `network` alone, and the network without it, for some hundred to a few
 * thousand updates each, but no longer than half of the time that `options` allow, and notes there
 * what was spent. The choice is the network, or that without its path if the path did worse by
 * itself; a sentence gives the reason. `report`, on which the hooks show how it goes, is told what
 * is tried. To go on from a checkpoint, nothing is tried again. False after a sentence, with
 * nothing to free.
 */
bool train_choose(struct train_report *report, const struct train_pairs *pairs, json_t *network,
                  const struct train_hooks *hooks, struct train_options *options,
                  struct train_choice *choice);

#endif
