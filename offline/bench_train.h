/* SPDX-License-Identifier: ISC */
/* How fast a network trains. */
#ifndef BENCH_TRAIN_H
#define BENCH_TRAIN_H

#include "xlstm.h"

#include <jansson.h>

/** Nanoseconds that one thread takes for a frame, forward and backward, in windows of the trainer's
 *  usual size: the best of repeats over `seconds`. `macs` becomes the network's multiply-adds for a
 *  frame, forward alone. NaN and a reason on failure. Consumes `config`. */
double bench_train_time(json_t *config, enum xlstm_isa isa, double seconds, uint64_t *macs,
                        struct xlstm_error *error);

#endif
