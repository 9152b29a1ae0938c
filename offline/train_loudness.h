/* SPDX-License-Identifier: ISC */
/* The loudness that a trained model states of itself. */
#ifndef TRAIN_LOUDNESS_H
#define TRAIN_LOUDNESS_H

#include "config.h"
#include "trainer.h"

/** Plays the dry recordings of `count` sets, at their own level and with their knobs, through the
 *  network with these values and puts the loudness of its answer (loudness.h) as `loudness_dbfs`
 *  into its configuration `json`; takes the field out if the answer is silent. False, with a
 *  reason, if the network cannot be run. */
bool train_loudness(json_t *json, const struct xl_config *config, const float *values,
                    const struct train_set *sets, size_t count, struct xlstm_error *error);

#endif
