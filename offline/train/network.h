/* SPDX-License-Identifier: ISC */
/* Networks to train, and trained networks as model files. */
#ifndef TRAIN_NETWORK_H
#define TRAIN_NETWORK_H

#include "config.h"

/** The sizes that `xlstm train` offers. */
enum network_size { NETWORK_TINY, NETWORK_STANDARD, NETWORK_LARGE, NETWORK_SIZES };

/** The configuration of a size, in the words of presets/README.md: a new reference; NULL out of
 *  memory. Its path sees the newest frame. */
json_t *network_of_size(enum network_size size);

/** Lets the path of a size see the network's knobs, too. False when out of memory. */
bool network_watch_knobs(json_t *json);

/** The configuration of a network's first layer alone, its path: a new reference; NULL out of
 *  memory. */
json_t *network_path(const json_t *json);

/** Name of a size, as on the command line. */
extern const char *const network_size_names[NETWORK_SIZES + 1];

/** The configuration of a network without its first layer, its path: likewise. */
json_t *network_without_path(const json_t *json);

/** Turns a configuration into an untrained "xLSTMAudioModel". `file` borrows `json`, which must
 *  outlive it and `config`. On failure nothing is left to free. */
bool network_config(json_t *json, struct xl_tensors *file, struct xl_config *config,
                    struct xlstm_error *error);

/** Puts trained values and the state that silence leaves into a model file in memory, for free().
 *  NULL and a reason on failure. */
void *network_save(const struct xl_config *config, json_t *json, const float *values, size_t *size,
                   struct xlstm_error *error);

#endif
