/* SPDX-License-Identifier: ISC */
/* The training itself, from recordings in memory to the model's file. */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include "train_files.h"
#include "train_pairs.h"
#include "train_settings.h"

#include <jansson.h>

/** Trains the network that `network` configures and writes the model. From here on SIGINT,
 *  SIGTERM and SIGHUP end the training, at the best model so far. False after a sentence. */
bool train_and_save(const struct train_settings *settings, struct train_files *files,
                    const struct train_pairs *pairs, json_t *network);

#endif
