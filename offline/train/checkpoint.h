/* SPDX-License-Identifier: ISC */
/* All that a training needs to go on to the bit, as a safetensors file of kind "xLSTMCheckpoint":
 *
 *   config      the run's identity (identity.h)
 *   values average best   F32 (values): weights, averaged and best ones of the stage
 *   path        F32 (values): the best ones of the path's stage, once that is over
 *   optimiser   F32 (numbers): moments and bases
 *   rest state  F32 (numbers), (channels, numbers): a channel's state at rest, and of each walker
 *   walkers     I64 (channels, 4): recording, frame, age, frames that do not count yet
 *   last_error  F32 (channels)
 *   counters    I64 (5): updates of the run, those that the optimiser made, those of the best
 *               model, those where the stage began; the stage
 *   sums        F64 (14): see `struct trainer`
 *   curve       F64 (points, 4): validations so far
 *
 * Random numbers are only drawn at the start, so that none are kept. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "trainer_inside.h"

/** A new buffer of `*size` bytes, for free(). NULL and a reason: out of memory. */
void *checkpoint_write(const struct trainer *trainer, size_t *size, struct xlstm_error *error);

/** The stage in which a checkpoint of this run was made; of the trainer, only what lasts for the
 *  whole run is looked at. The bytes need not be trusted. False, with a reason: it is none. */
bool checkpoint_stage(const struct trainer *trainer, const void *bytes, size_t size, int64_t *stage,
                      struct xlstm_error *error);

/** Puts a trainer, prepared for that stage, where the checkpoint was made. The bytes need not be
 * trusted. On failure, with a reason, the trainer can only be freed. */
bool checkpoint_read(struct trainer *trainer, const void *bytes, size_t size,
                     struct xlstm_error *error);

#endif
