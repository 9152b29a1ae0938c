/* SPDX-License-Identifier: ISC */
/* A path at control rate that begins a network can learn by itself first: it costs little, so that
 * gradients can see seconds and pass over the recordings many times. */
#ifndef TRAIN_PATH_H
#define TRAIN_PATH_H

#include "plan.h"

/** Whether a network begins with a `control` layer, and there is more to it. */
bool path_begins(const struct xl_config *whole);

/** The network of that layer and the output projection alone, for xl_config_free(); it borrows from
 *  `whole`. False: out of memory. */
bool path_config(const struct xl_config *whole, struct xl_config *path);

/** Whether a tensor of the whole network belongs to the path. */
bool path_owns(const struct xl_config *whole, const char *tensor);

/** Copies the path's values into those of the whole network. */
void path_copy(const struct xl_config *config, const struct xl_plan *path, const float *path_values,
               const struct xl_plan *whole, float *values);

#endif
