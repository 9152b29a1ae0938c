/* SPDX-License-Identifier: ISC */
/* Reference networks to measure, with weights drawn at random: a kind and a size, as "slstm16". */
#ifndef BENCH_MODELS_H
#define BENCH_MODELS_H

#include "xlstm.h"

#include <jansson.h>

/** The sizes that are measured when no model is named, ended by NULL. */
extern const char *const bench_model_names[];

/** The kinds, for the help: "lstm16, slstm16, …". */
#define BENCH_MODEL_KINDS                                                                          \
    "lstmN, gruN, slstmN, slstm_headsN (four heads), lstm_stackN and slstm_stackN (two\n"          \
    "residual layers), mlstm_blockN, slstm_blockN, block_stackN; tiny, standard, large"

/** The configuration of a reference network, a new reference; NULL if there is none of that name.
 */
json_t *bench_model_config(const char *name);

/** The network as a model for an instruction set. NULL and a reason on failure. Consumes `config`.
 */
xlstm_model *bench_model_new(json_t *config, enum xlstm_isa isa, struct xlstm_error *error);

#endif
