/* SPDX-License-Identifier: ISC */
/* The inside of the public handles. */
#ifndef XL_MODEL_H
#define XL_MODEL_H

#include "engine.h"

/** All of it is owned, but for the engine. Constant once made. */
struct xlstm_model {
    const struct xl_engine *engine;
    struct xl_plan plan;
    void *packed; ///< the engine's numbers
    void *rest;   ///< state of a channel at rest
    json_t *config;
    char *config_text;
    char architecture[256];
    struct xlstm_info info;
};

/** Makes a model of a file's parts for one engine; `file` may go afterwards. Not real-time. */
xlstm_model *xl_model_new(const struct xl_tensors *file, const struct xl_engine *engine,
                          struct xlstm_error *error);

/** Memory for `count` numbers of the engine, zero, aligned for its vectors; for free(). */
void *xl_engine_alloc(const struct xl_engine *engine, size_t count);

#endif
