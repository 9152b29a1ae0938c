/* SPDX-License-Identifier: ISC */
/* All that a training needs to go on to the bit, as a safetensors file of kind "xLSTMCheckpoint":
 *
 *   config      the run's identity (identity.h)
 *   values mean square average best   F32 (values): weights, Adam's moments, averaged and best ones
 *   rest state  F32 (numbers), (channels, numbers): a channel's state at rest, and of each walker
 *   walkers     I64 (channels, 4): recording, frame, age, frames that do not count yet
 *   last_error  F32 (channels)
 *   counters    I64 (3): updates of the run, those that Adam made, and those of the best model
 *   sums        F64 (9): see `struct trainer`
 *   curve       F64 (points, 4): validations so far
 *
 * Random numbers are only drawn at the start, so that none are kept. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "trainer_inside.h"

/** A new buffer of `*size` bytes, for free(). NULL and a reason: out of memory. */
void *checkpoint_write(const struct trainer *trainer, size_t *size, struct xlstm_error *error);

/** Puts a prepared trainer where the checkpoint was made. The bytes need not be trusted. On
 *  failure, with a reason, the trainer can only be freed. */
bool checkpoint_read(struct trainer *trainer, const void *bytes, size_t size,
                     struct xlstm_error *error);

#endif
