/* SPDX-License-Identifier: ISC */
/* How far a network is from its recordings. */
#ifndef TRAIN_EVALUATE_H
#define TRAIN_EVALUATE_H

#include "engine.h"
#include "trainer.h"

/** Error-to-signal ratio over a set, each recording from rest, lead-ins not counted. NaN if the
 *  target is silent, the output not finite, or memory short. */
double evaluate(const struct xl_plan *plan, const struct xl_engine *engine, const float *values,
                const struct train_set *set);

/** Runs silence through the network until its memory has settled (`frames` frames), with these
 *  knobs, and leaves the state of a channel in `state` (plan->state numbers). */
bool evaluate_rest(const struct xl_plan *plan, const struct xl_engine *engine, const float *values,
                   const float *knobs, size_t frames, float *state);

#endif
