/* SPDX-License-Identifier: ISC */
#include "network.h"

#include "engine.h"
#include "evaluate.h"
#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Silence after which a network counts as at rest. */
static const double REST_SECONDS = 2;

const char *const network_size_names[NETWORK_SIZES + 1] = {"tiny", "standard", "large", NULL};

/* Chosen by measurement: see presets/experiments.md. A path at control rate remembers for long; a
 * residual sLSTM and a residual LSTM, whose tanh saturates once more, do the rest. */

/* clang-format off */
#define LINEAR(width, rest) "{\"type\": \"linear\", \"out_features\": " #width rest "}"
#define CELL(type, width, rest) "{\"type\": \"" type "\", \"hidden_size\": " #width rest "}"
#define TANH ", \"activation\": \"tanh\""
#define RESIDUAL ", \"residual\": true"
#define CONTROL                                                        \
    "{\"type\": \"control\", \"frames\": 16, \"watched\": 1, "            \
    "\"layers\": ["                                                    \
    LINEAR(16, TANH) ", "                                              \
    CELL("slstm", 16, "") ", "                                         \
    LINEAR(16, TANH RESIDUAL) ", "                                     \
    CELL("slstm", 16, RESIDUAL) ", "                                   \
    LINEAR(16, TANH RESIDUAL) ", "                                     \
    LINEAR(8, TANH) "]}"
/* e^7.5 and e^8 are 1,800 and 3,000 frames of 48 kHz, 38 and 62 ms: what is longer is the path's. */
#define NETWORK(frames, width)                                         \
    "{\"input_frames\": " #frames ", "                                 \
    "\"in_proj\": false, \"direct\": true, \"layers\": ["              \
    CONTROL ", "                                                       \
    LINEAR(width, "") ", "                                             \
    CELL("slstm", width, ", \"gate_limit\": 7.5" RESIDUAL) ", "          \
    CELL("lstm", width, ", \"gate_limit\": 8" RESIDUAL) "]}"
/* clang-format on */

static const char *const NETWORKS[NETWORK_SIZES] = {
    [NETWORK_TINY] = NETWORK(8, 12),
    [NETWORK_STANDARD] = NETWORK(8, 24),
    [NETWORK_LARGE] = NETWORK(16, 40),
};

json_t *network_of_size(enum network_size size)
{
    return json_loads(NETWORKS[size], 0, NULL);
}

bool network_watch_knobs(json_t *json)
{
    json_t *path = json_array_get(json_object_get(json, "layers"), 0);
    const json_int_t knobs = (json_int_t)json_array_size(json_object_get(json, "knobs"));
    return json_object_set_new(path, "watched", json_integer(1 + knobs)) == 0 &&
           json_object_set_new(path, "held", json_integer(knobs)) == 0;
}

json_t *network_path(const json_t *json)
{
    json_t *path = json_deep_copy(json), *layers = json_object_get(path, "layers");
    while (json_array_size(layers) > 1)
        json_array_remove(layers, 1);
    return path;
}

json_t *network_without_path(const json_t *json)
{
    json_t *rest = json_deep_copy(json);
    json_array_remove(json_object_get(rest, "layers"), 0);
    return rest;
}

bool network_config(json_t *json, struct xl_tensors *file, struct xl_config *config,
                    struct xlstm_error *error)
{
    *file = (struct xl_tensors){.format = "safetensors", .config = json};
    snprintf(file->kind, sizeof file->kind, "xLSTMAudioModel");
    if (!json_is_object(json))
        return xl_fail(error, "the network is not a JSON object");
    return xl_config_read(config, file, error);
}

/* ---- saving --------------------------------------------------------------------------------- */

/** Prefix of the layer that owns a field: that of its first configuration entry. */
static void initial_name(const struct xl_config *config, const struct xl_field *field, char *name)
{
    snprintf(name, XL_NAME_BYTES, "%sinitial.%s", config->layers[field->layer].prefix, field->name);
}

static struct xl_tensor *add_tensor(struct xl_tensors *file, const char *name, unsigned rank,
                                    const uint64_t *shape, const float *data)
{
    struct xl_tensor *tensor = &file->tensors[file->count++];
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->dtype = XL_F32;
    tensor->rank = rank;
    memcpy(tensor->shape, shape, rank * sizeof *shape);
    tensor->data = (const unsigned char *)data;
    return tensor;
}

/** Copies the fields of a state, each without gaps, to `flat`, and adds them as tensors. */
static void add_states(struct xl_tensors *file, const struct xl_config *config,
                       const struct xl_plan *plan, const float *state, float *flat)
{
    char name[XL_NAME_BYTES];
    for (size_t f = 0; f < plan->field_count; f++) {
        const struct xl_field *field = &plan->fields[f];
        const float *start = flat;
        for (size_t i = 0; i < field->count[0]; i++)
            for (size_t j = 0; j < field->count[1]; j++)
                for (size_t k = 0; k < field->count[2]; k++)
                    *flat++ = state[field->offset + i * field->step[0] + j * field->step[1] +
                                    k * field->step[2]];
        const uint64_t count = (uint64_t)(flat - start);
        initial_name(config, field, name);
        if (count > 0)
            add_tensor(file, name, 1, &count, start);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

static void *save(const struct xl_config *config, const struct xl_plan *plan, json_t *json,
                  const float *values, float *state, float *flat, struct xl_tensor *tensors,
                  size_t *size, struct xlstm_error *error)
{
    float knobs[XLSTM_MAX_KNOBS];
    struct xl_tensors file = {.format = "safetensors", .config = json, .tensors = tensors};
    snprintf(file.kind, sizeof file.kind, "%s", config->kind);
    for (size_t i = 0; i < config->knob_count; i++)
        knobs[i] = config->knobs[i].initial;
    const struct xl_engine *engine = xl_engine_find(XLSTM_ISA_AUTO);
    if (!evaluate_rest(plan, engine, values, knobs, (size_t)(REST_SECONDS * config->sample_rate),
                       state)) {
        xl_fail(error, "out of memory");
        return NULL;
    }
    engine->settle(plan, state);
    for (size_t i = 0; i < plan->slot_count; i++) {
        const struct xl_slot *slot = &plan->slots[i];
        add_tensor(&file, slot->name, slot->rank, slot->shape, values + slot->offset);
    }
    add_states(&file, config, plan, state, flat);
    qsort(file.tensors, file.count, sizeof *file.tensors, by_name);
    return xl_write_safetensors(&file, size, error);
}

void *network_save(const struct xl_config *config, json_t *json, const float *values, size_t *size,
                   struct xlstm_error *error)
{
    struct xl_plan plan;
    if (!xl_plan_build(&plan, config, NULL, false, error))
        return NULL;
    float *state = calloc(2 * plan.state + 1, sizeof *state);
    struct xl_tensor *tensors = calloc(plan.slot_count + plan.field_count + 1, sizeof *tensors);
    void *bytes = NULL;
    if (state && tensors)
        bytes = save(config, &plan, json, values, state, state + plan.state, tensors, size, error);
    else
        xl_fail(error, "out of memory");
    free(state);
    free(tensors);
    xl_plan_free(&plan);
    return bytes;
}
