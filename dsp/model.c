/* SPDX-License-Identifier: ISC */
/* Bytes to a model: read, understand, check, pack, settle. Not real-time. */
#include "model.h"

#include "sizes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

void *xl_engine_alloc(const struct xl_engine *engine, size_t count)
{
    const size_t bytes = (count * engine->real_bytes + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, bytes);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

/* ---- description ---------------------------------------------------------------------------- */

static void describe_layer(char *text, size_t size, const struct xl_layer_config *layer)
{
    static const char *const CELLS[] = {"sLSTM", "LSTM", "GRU"};
    const char *residual = layer->residual ? " residual" : "";
    switch (layer->type) {
    case XL_LAYER_LINEAR:
        snprintf(text, size, "linear %u", layer->out);
        break;
    case XL_LAYER_EMBEDDING:
        snprintf(text, size, "embedding %u", layer->out);
        break;
    case XL_LAYER_NORM:
        snprintf(text, size, "norm");
        break;
    case XL_LAYER_CONV:
        snprintf(text, size, "conv %u", layer->taps);
        break;
    case XL_LAYER_CELL:
        snprintf(text, size, "%s %u%s", CELLS[layer->cell], layer->out, residual);
        break;
    case XL_LAYER_MEMORY:
        snprintf(text, size, "mLSTM %u%s", layer->out, residual);
        break;
    case XL_LAYER_SLSTM_BLOCK:
        snprintf(text, size, "%s block %u", CELLS[layer->cell], layer->out);
        break;
    case XL_LAYER_MLSTM_BLOCK:
        snprintf(text, size, "mLSTM block %u", layer->out);
        break;
    case XL_LAYER_LARGE_BLOCK:
        snprintf(text, size, "xLSTM-Large block %u", layer->out);
        break;
    case XL_LAYER_FOLLOWER:
        snprintf(text, size, "follower %u", layer->out);
        break;
    case XL_LAYER_CONTROL:
        snprintf(text, size, "control at 1/%u", layer->control_frames);
        break;
    }
}

/** "linear 8 > 2 x sLSTM 16 > linear 1": layers in order, equal neighbours counted. */
static void describe(const struct xl_config *config, char *text, size_t size)
{
    char name[64], next[64];
    size_t used = 0;
    for (size_t i = 0; i < config->layer_count && used < size;) {
        size_t equal = 0;
        describe_layer(name, sizeof name, &config->layers[i]);
        do {
            equal++;
            if (i + equal == config->layer_count)
                break;
            describe_layer(next, sizeof next, &config->layers[i + equal]);
        } while (strcmp(name, next) == 0);
        const char *arrow = i ? " > " : "";
        used += (size_t)(equal > 1
                             ? snprintf(text + used, size - used, "%s%zu x %s", arrow, equal, name)
                             : snprintf(text + used, size - used, "%s%s", arrow, name));
        i += equal;
    }
}

static void fill_info(xlstm_model *model, const struct xl_config *config)
{
    describe(config, model->architecture, sizeof model->architecture);
    model->info = (struct xlstm_info){
        .name = config->name,
        .author = config->author,
        .licence = config->licence,
        .gear = config->gear,
        .made_by = config->made_by,
        .kind = config->kind,
        .format = config->format,
        .architecture = model->architecture,
        .isa = model->engine->name,
        .config = model->config_text,
        .sample_rate = config->sample_rate,
        .inputs = config->inputs,
        .outputs = config->outputs,
        .knob_count = config->knob_count,
        .input_level_dbu = config->input_level_dbu,
        .output_level_dbu = config->output_level_dbu,
        .loudness_dbfs = config->loudness_dbfs,
        .esr = config->esr,
        .parameters = model->plan.values,
        .macs_per_frame = model->plan.macs,
        .state_bytes = model->plan.state * model->engine->real_bytes,
    };
    memcpy(model->info.knobs, config->knobs, sizeof config->knobs);
}

/* ---- making --------------------------------------------------------------------------------- */

static bool pack_weights(xlstm_model *model, const struct xl_tensors *file)
{
    const struct xl_engine *engine = model->engine;
    const struct xl_plan *plan = &model->plan;
    void *values = xl_engine_alloc(engine, plan->values);
    model->packed = xl_engine_alloc(engine, plan->packed + XL_PAD);
    model->rest = xl_engine_alloc(engine, plan->state);
    if (values && model->packed && model->rest) {
        engine->gather(plan, file, values);
        engine->pack(plan, values, model->packed);
        engine->rest(plan, values, model->rest);
    }
    free(values);
    return values && model->packed && model->rest;
}

/** Lets the model hear its silence and keeps the state it is then in. */
static bool prewarm(xlstm_model *model)
{
    float silence[XL_MAX_CHUNK] = {0}, *block = silence;
    if (model->plan.prewarm == 0)
        return true;
    xlstm_stream *stream = xlstm_stream_new(model, 1, XL_MAX_CHUNK);
    if (!stream)
        return false;
    for (size_t left = model->plan.prewarm; left > 0;) {
        const size_t frames = left < XL_MAX_CHUNK ? left : XL_MAX_CHUNK;
        memset(silence, 0, sizeof silence);
        xlstm_stream_process(stream, (const float *const *)&block, &block, frames);
        left -= frames;
    }
    xlstm_stream_save(stream, model->rest);
    xlstm_stream_free(stream);
    return true;
}

static bool build(xlstm_model *model, const struct xl_config *config, const struct xl_tensors *file,
                  struct xlstm_error *error)
{
    model->config = json_incref(file->config);
    model->config_text = json_dumps(file->config, JSON_COMPACT);
    if (!model->config_text)
        return xl_fail(error, "out of memory");
    if (!xl_plan_build(&model->plan, config, file, false, error) ||
        !xl_plan_check(&model->plan, file, error))
        return false;
    if (!pack_weights(model, file))
        return xl_fail(error, "out of memory for %zu weights", model->plan.packed);
    fill_info(model, config);
    return prewarm(model) || xl_fail(error, "out of memory");
}

xlstm_model *xl_model_new(const struct xl_tensors *file, const struct xl_engine *engine,
                          struct xlstm_error *error)
{
    struct xl_config config;
    if (!xl_config_read(&config, file, error))
        return NULL;
    xlstm_model *model = calloc(1, sizeof *model);
    if (!model)
        xl_fail(error, "out of memory");
    if (model)
        model->engine = engine;
    if (model && !build(model, &config, file, error)) {
        xlstm_model_free(model);
        model = NULL;
    }
    xl_config_free(&config);
    return model;
}

xlstm_model *xlstm_model_parse(const void *bytes, size_t size, enum xlstm_isa isa,
                               struct xlstm_error *error)
{
    return xlstm_model_parse_size(bytes, size, 0, isa, error);
}

void xlstm_model_free(xlstm_model *model)
{
    if (!model)
        return;
    xl_plan_free(&model->plan);
    json_decref(model->config);
    free(model->config_text);
    free(model->packed);
    free(model->rest);
    free(model);
}

const struct xlstm_info *xlstm_model_info(const xlstm_model *model)
{
    return &model->info;
}

void *xlstm_convert(const void *bytes, size_t size, size_t *converted_size,
                    struct xlstm_error *error)
{
    struct xl_tensors file;
    if (!xl_tensors_read(&file, bytes, size, error))
        return NULL;
    /* What cannot be run must not be written either. */
    void *converted =
        xl_sizes_check(&file, error) ? xl_write_safetensors(&file, converted_size, error) : NULL;
    xl_tensors_free(&file);
    return converted;
}
