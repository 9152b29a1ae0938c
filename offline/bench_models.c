/* SPDX-License-Identifier: ISC */
#include "bench_models.h"

#include "train/initialise.h"
#include "train/network.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** The longest memory of the networks' gates, in frames: a tenth of a second. */
static const double SLOWEST = 4800;
static const uint64_t SEED = 1;

const char *const bench_model_names[] = {
    "lstm8",        "lstm16",        "lstm20",        "lstm24",        "lstm32",
    "lstm40",       "lstm48",        "lstm50",        "lstm64",        "slstm8",
    "slstm16",      "slstm20",       "slstm24",       "slstm32",       "slstm40",
    "slstm48",      "slstm50",       "slstm64",       "slstm_heads16", "slstm_heads32",
    "gru16",        "mlstm_block8",  "mlstm_block16", "slstm_block16", "block_stack16",
    "lstm_stack16", "slstm_stack16", "tiny",          "standard",      "large",
    NULL,
};

/** A network of one size; `%u` stands for the size. */
struct kind {
    const char *name, *config;
};

#define CELL(type, more)                                                                           \
    "{\"in_proj\": false, \"layers\": [{\"type\": \"" type "\", \"hidden_size\": %1$u" more "}]}"
#define STACK(layers) "{\"embedding_dim\": %1$u, \"layers\": [" layers "]}"
#define RESIDUAL(type) "{\"type\": \"" type "\", \"hidden_size\": %1$u, \"residual\": true}"
#define MLSTM_BLOCK                                                                                \
    "{\"type\": \"mlstm_block\", \"mlstm\": {\"num_heads\": 4, \"conv1d_kernel_size\": 4, "        \
    "\"qkv_proj_blocksize\": 4, \"round_proj_up_to_multiple_of\": 16}}"
#define SLSTM_BLOCK                                                                                \
    "{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 4, \"conv1d_kernel_size\": 4}, "       \
    "\"feedforward\": {\"proj_factor\": 1.3, \"act_fn\": \"gelu\", "                               \
    "\"round_proj_up_to_multiple_of\": 8}}"

static const struct kind KINDS[] = {
    {"lstm", CELL("lstm", "")},
    {"gru", CELL("gru", "")},
    {"slstm", CELL("slstm", "")},
    {"slstm_heads", CELL("slstm", ", \"num_heads\": 4")},
    {"lstm_stack", STACK(RESIDUAL("lstm") ", " RESIDUAL("lstm"))},
    {"slstm_stack", STACK(RESIDUAL("slstm") ", " RESIDUAL("slstm"))},
    {"mlstm_block", STACK(MLSTM_BLOCK)},
    {"slstm_block", STACK(SLSTM_BLOCK)},
    {"block_stack", STACK(MLSTM_BLOCK ", " SLSTM_BLOCK)},
};

static json_t *config_of(const struct kind *kind, unsigned size)
{
    char text[512];
    snprintf(text, sizeof text, kind->config, size);
    return json_loads(text, 0, NULL);
}

json_t *bench_model_config(const char *name)
{
    for (int size = 0; size < NETWORK_SIZES; size++)
        if (!strcmp(name, network_size_names[size]))
            return network_of_size((enum network_size)size);
    const size_t length = strcspn(name, "0123456789");
    char *end;
    const unsigned long size = strtoul(name + length, &end, 10);
    if (!isdigit((unsigned char)name[length]) || *end || size < 1 || size > XL_MAX_WIDTH)
        return NULL;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strlen(KINDS[i].name) == length && !strncmp(KINDS[i].name, name, length))
            return config_of(&KINDS[i], (unsigned)size);
    return NULL;
}

/** The network with its first weights as a model file in memory. */
static void *file_of(json_t *json, const struct xl_config *config, size_t *size,
                     struct xlstm_error *error)
{
    struct xl_plan plan;
    struct random random = {SEED};
    if (!xl_plan_build(&plan, config, NULL, false, error))
        return NULL;
    float *values = calloc(plan.values + 1, sizeof *values);
    void *bytes = NULL;
    if (values) {
        initialise(&plan, config, SLOWEST, &random, values);
        bytes = network_save(config, json, values, size, error);
    } else {
        xl_fail(error, "out of memory");
    }
    free(values);
    xl_plan_free(&plan);
    return bytes;
}

xlstm_model *bench_model_new(json_t *json, enum xlstm_isa isa, struct xlstm_error *error)
{
    struct xl_tensors tensors;
    struct xl_config config;
    xlstm_model *model = NULL;
    size_t size;
    if (network_config(json, &tensors, &config, error)) {
        void *bytes = file_of(json, &config, &size, error);
        if (bytes)
            model = xlstm_model_parse(bytes, size, isa, error);
        free(bytes);
        xl_config_free(&config);
    }
    json_decref(json);
    return model;
}
