/* SPDX-License-Identifier: ISC */
/* What decides how a training goes, to the bit: a checkpoint of one run is of no use to another. */
#ifndef TRAIN_IDENTITY_H
#define TRAIN_IDENTITY_H

#include "engine.h"
#include "trainer.h"

/** Options, fingerprints of the recordings and the instruction set, with the members of `more` (or
 *  NULL), as an object: a new reference. NULL: out of memory. */
json_t *identity_of(const struct train_options *options, const json_t *more,
                    const struct train_set *train, const struct train_set *validation,
                    const struct xl_engine *engine);

/** Whether a checkpoint's identity is that of the run; if not, the reason is the first member that
 *  differs. */
bool identity_agrees(const json_t *checkpoint, const json_t *run, struct xlstm_error *error);

#endif
