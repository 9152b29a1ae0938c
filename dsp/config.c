/* SPDX-License-Identifier: ISC */
/* JSON to configuration. A reader keeps the first error and goes on with defaults, so that the
 * functions read like the tables of the specification. */
#include "config.h"

#include "json_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double LAYER_NORM_EPSILON = 1e-5;
static const double MLSTM_EPSILON = 1e-6; ///< added to the denominator of its output
static const double DEFAULT_SAMPLE_RATE = 48000;

static const char *const ACTIVATIONS[] = {
    [XL_IDENTITY] = "none", [XL_TANH] = "tanh", [XL_SIGMOID] = "sigmoid", [XL_SWISH] = "swish",
    [XL_GELU] = "gelu",     [XL_RELU] = "relu", [XL_RELU2] = "relu^2",    [XL_SELU] = "selu",
};

static enum xl_activation activation(struct reader *r, const json_t *object, const char *field,
                                     const char *missing)
{
    const size_t count = sizeof ACTIVATIONS / sizeof *ACTIVATIONS;
    return (enum xl_activation)read_choice(r, object, field, ACTIVATIONS, count, missing);
}

/** Room for one more layer, with the prefix filled in. */
static struct xl_layer_config *add_layer(struct xl_config *config, enum xl_layer_type type,
                                         unsigned out, const char *prefix)
{
    struct xl_layer_config *layer = &config->layers[config->layer_count++];
    *layer = (struct xl_layer_config){.type = type, .out = out, .heads = 1};
    config->width = out;
    snprintf(layer->prefix, sizeof layer->prefix, "%s", prefix);
    return layer;
}

/* ---- NX-AI's blocks ------------------------------------------------------------------------- */

/** round_up of specification 8: in double precision and in this order. */
static unsigned inner_width(struct reader *r, const json_t *object, unsigned width,
                            double default_factor)
{
    const double factor = read_number(r, object, "proj_factor", default_factor, 0.01, 64);
    const unsigned multiple = read_unsigned(r, object, "round_proj_up_to_multiple_of", 64, 1, 4096);
    const double ratio = factor * width / multiple;
    const bool up = read_bool(r, object, "round_proj_up_dim_up", true);
    const double rounded = (up ? ceil(ratio) : floor(ratio)) * multiple;
    if (rounded < 1 || rounded > XL_MAX_WIDTH) {
        reader_fail(r, "proj_factor makes an inner width of %.0f, expected 1 to %d", rounded,
                    XL_MAX_WIDTH);
        return width;
    }
    return (unsigned)rounded;
}

static void expect_divides(struct reader *r, const char *what, unsigned part, unsigned whole)
{
    if (part == 0 || whole % part != 0)
        reader_fail(r, "%s is %u, expected a divisor of %u", what, part, whole);
}

/** Fields of a block's parts that NX-AI's stack overwrites. */
static const char *const SET_BY_STACK[] = {"embedding_dim", "hidden_size", "bias", NULL};

/** Accepts fields that say nothing here. */
static void know(struct reader *r, const json_t *object, const char *const *fields)
{
    for (; *fields; fields++)
        read_any(r, object, *fields);
}

static void slstm_block(struct reader *r, struct xl_config *config, const json_t *block,
                        unsigned width, const char *prefix)
{
    static const char *const FUNCTIONS[] = {"slstm", "lstm"};
    static const char *const FEEDFORWARDS[] = {"ffn_gated"};
    const json_t *slstm = read_object(r, block, "slstm");
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_SLSTM_BLOCK, width, prefix);
    layer->heads = read_unsigned(r, slstm, "num_heads", 4, 1, XL_MAX_HEADS);
    layer->taps = read_unsigned(r, slstm, "conv1d_kernel_size", 4, 0, 64);
    layer->group_norm_weight = read_bool(r, slstm, "group_norm_weight", true);
    layer->cell = read_choice(r, slstm, "function", FUNCTIONS, 2, "slstm") == 0 ? XL_CELL_SLSTM
                                                                                : XL_CELL_LSTM;
    layer->exponential_forget = read_forget_gate(r, slstm);
    layer->epsilon = LAYER_NORM_EPSILON;
    expect_divides(r, "num_heads", layer->heads, width);
    know(r, slstm, SET_BY_STACK);
    const json_t *ffn = read_object(r, block, "feedforward");
    if (json_is_null(json_object_get(block, "feedforward")))
        return; /* an omitted one is the default feed-forward */
    know(r, ffn, SET_BY_STACK);
    read_choice(r, ffn, "ff_type", FEEDFORWARDS, 1, "ffn_gated");
    layer->hidden = inner_width(r, ffn, width, 1.3);
    layer->activation = activation(r, ffn, "act_fn", "gelu");
    layer->bias = read_bool(r, ffn, "bias", false);
}

static void mlstm_block(struct reader *r, struct xl_config *config, const json_t *block,
                        unsigned width, bool bias, const char *prefix)
{
    const json_t *mlstm = read_object(r, block, "mlstm");
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_MLSTM_BLOCK, width, prefix);
    layer->heads = read_unsigned(r, mlstm, "num_heads", 4, 1, XL_MAX_HEADS);
    layer->taps = read_unsigned(r, mlstm, "conv1d_kernel_size", 4, 1, 64);
    know(r, mlstm, SET_BY_STACK);
    layer->qkv_block = read_unsigned(r, mlstm, "qkv_proj_blocksize", 4, 1, XL_MAX_WIDTH);
    layer->inner = inner_width(r, mlstm, width, 2.0);
    layer->bias = bias;
    layer->epsilon = LAYER_NORM_EPSILON;
    layer->denominator_epsilon = MLSTM_EPSILON;
    expect_divides(r, "num_heads", layer->heads, layer->inner);
    expect_divides(r, "qkv_proj_blocksize", layer->qkv_block, layer->inner);
}

static void layer_norm(struct xl_config *config, const char *prefix)
{
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_NORM, config->width, prefix);
    layer->epsilon = LAYER_NORM_EPSILON;
    layer->centred = true;
}

/** Whether `slstm_at` names a block. */
static bool is_slstm(struct reader *r, const json_t *stack, unsigned block, unsigned blocks)
{
    const json_t *at = read_any(r, stack, "slstm_at");
    if (!read_object(r, stack, "mlstm_block"))
        return true;
    if (!at)
        return false;
    if (json_is_string(at) && strcmp(json_string_value(at), "all") == 0)
        return true;
    if (!json_is_array(at)) {
        reader_fail(r, "slstm_at is not a list of block numbers or \"all\"");
        return false;
    }
    size_t i;
    json_t *item;
    json_array_foreach(at, i, item)
    {
        const json_int_t index = json_is_integer(item) ? json_integer_value(item) : -1;
        if (index < 0 || index >= (json_int_t)blocks)
            reader_fail(r, "slstm_at[%zu] is not the number of a block, expected 0 to %u", i,
                        blocks - 1);
        if (index == (json_int_t)block)
            return true;
    }
    return false;
}

static void block_stack(struct reader *r, struct xl_config *config, const json_t *stack,
                        const char *prefix)
{
    char name[XL_PREFIX_BYTES];
    const unsigned blocks = read_unsigned(r, stack, "num_blocks", 1, 1, XL_MAX_LAYERS / 2);
    const unsigned width = read_unsigned(r, stack, "embedding_dim", 128, 1, XL_MAX_WIDTH);
    const bool bias = read_bool(r, stack, "bias", false);
    const json_t *slstm = read_object(r, stack, "slstm_block");
    for (unsigned i = 0; i < blocks && reader_ok(r); i++) {
        snprintf(name, sizeof name, "%sblocks.%u.", prefix, i);
        if (is_slstm(r, stack, i, blocks))
            slstm_block(r, config, slstm, width, name);
        else
            mlstm_block(r, config, read_object(r, stack, "mlstm_block"), width, bias, name);
    }
    snprintf(name, sizeof name, "%spost_blocks_norm.", prefix);
    if (read_bool(r, stack, "add_post_blocks_norm", true))
        layer_norm(config, name);
}

/* ---- layers of our own list ----------------------------------------------------------------- */

static double read_gate_limit(struct reader *r, const json_t *object)
{
    return read_number(r, object, "gate_limit", NO_GATE_LIMIT, 1e-3, NO_GATE_LIMIT);
}

static void slstm_layer(struct reader *r, const json_t *object, struct xl_layer_config *layer)
{
    layer->type = XL_LAYER_CELL;
    layer->cell = XL_CELL_SLSTM;
    layer->heads = read_unsigned(r, object, "num_heads", 1, 1, XL_MAX_HEADS);
    layer->exponential_forget = read_forget_gate(r, object);
    layer->gate_limit = read_gate_limit(r, object);
    expect_divides(r, "num_heads", layer->heads, layer->out);
    if (layer->exponential_forget && layer->gate_limit < NO_GATE_LIMIT)
        reader_fail(r, "gate_limit needs the forget gate \"sigmoid\"");
}

static void torch_layer(struct xl_layer_config *layer, enum xl_cell_type cell)
{
    layer->type = XL_LAYER_CELL;
    layer->cell = cell;
    snprintf(layer->suffix, sizeof layer->suffix, "_l0");
}

static void mlstm_layer(struct reader *r, const json_t *object, struct xl_layer_config *layer)
{
    layer->type = XL_LAYER_MEMORY;
    layer->heads = read_unsigned(r, object, "num_heads", 1, 1, XL_MAX_HEADS);
    layer->qk = read_unsigned(r, object, "qk_size", layer->out, 1, XL_MAX_WIDTH);
    layer->denominator_epsilon = MLSTM_EPSILON;
    expect_divides(r, "num_heads", layer->heads, layer->out);
    expect_divides(r, "num_heads", layer->heads, layer->qk);
}

static void linear_layer(struct reader *r, const json_t *object, struct xl_layer_config *layer)
{
    layer->type = XL_LAYER_LINEAR;
    layer->activation = activation(r, object, "activation", "none");
    layer->bias = read_bool(r, object, "bias", true);
}

static void layer_list(struct reader *r, struct xl_config *config, const json_t *layers,
                       const char *prefix);

static void control_layer(struct reader *r, struct xl_config *config, const json_t *object,
                          const char *prefix)
{
    const unsigned before = config->width;
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_CONTROL, before, prefix);
    const size_t index = config->layer_count;
    layer->control_frames = read_unsigned(r, object, "frames", 32, 1, XL_MAX_FRAMES);
    const unsigned watched = read_unsigned(r, object, "watched", before, 1, before);
    layer->held = read_unsigned(r, object, "held", 0, 0, watched);
    layer->levels = watched - layer->held;
    config->width = xl_control_seen(layer->levels, layer->held);
    layer_list(r, config, read_any(r, object, "layers"), prefix);
    layer->children = (unsigned)(config->layer_count - index);
    if (layer->children == 0)
        reader_fail(r, "the control layer \"%s\" has no layers", prefix);
    layer->inner = config->width;
    layer->out = before + config->width;
    config->width = layer->out;
}

/** One object of `layers`. */
static void listed_layer(struct reader *r, struct xl_config *config, const json_t *object,
                         const char *prefix)
{
    enum {
        SLSTM,
        MLSTM,
        LSTM,
        GRU,
        LINEAR,
        FOLLOWER,
        NORM,
        MLSTM_BLOCK,
        SLSTM_BLOCK,
        CONTROL,
        TYPES
    };
    static const char *const NAMES[TYPES] = {"slstm",       "mlstm",    "lstm",       "gru",
                                             "linear",      "follower", "layer_norm", "mlstm_block",
                                             "slstm_block", "control"};
    const unsigned before = config->width;
    const size_t type = read_choice(r, object, "type", NAMES, TYPES, NULL);
    if (!reader_ok(r))
        return;
    if (type == MLSTM_BLOCK)
        mlstm_block(r, config, object, before, read_bool(r, object, "bias", false), prefix);
    if (type == SLSTM_BLOCK)
        slstm_block(r, config, object, before, prefix);
    if (type == CONTROL)
        control_layer(r, config, object, prefix);
    if (type == NORM)
        layer_norm(config, prefix);
    if (type >= NORM)
        return;
    const char *size = type == LINEAR ? "out_features" : "hidden_size";
    const unsigned out = read_unsigned(r, object, size, 0, 1, XL_MAX_WIDTH);
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_LINEAR, out, prefix);
    layer->residual = type != FOLLOWER && read_bool(r, object, "residual", false);
    if (type == FOLLOWER)
        layer->type = XL_LAYER_FOLLOWER;
    if (type == SLSTM)
        slstm_layer(r, object, layer);
    if (type == MLSTM)
        mlstm_layer(r, object, layer);
    if (type == LSTM || type == GRU)
        torch_layer(layer, type == LSTM ? XL_CELL_LSTM : XL_CELL_GRU);
    if (type == LSTM)
        layer->gate_limit = read_gate_limit(r, object);
    if (type == LINEAR)
        linear_layer(r, object, layer);
    if (layer->residual && out != before)
        reader_fail(r, "%s of layer \"%s\" is %u, expected %u because the layer is residual", size,
                    prefix, out, before);
}

static void layer_list(struct reader *r, struct xl_config *config, const json_t *layers,
                       const char *prefix)
{
    char name[XL_PREFIX_BYTES];
    size_t i;
    json_t *object;
    if (!json_is_array(layers) ||
        config->layer_count + json_array_size(layers) > XL_MAX_LAYERS / 2 ||
        strlen(prefix) > sizeof name / 2) {
        reader_fail(r, "layers is not a list of up to %d objects, lists inside counted",
                    XL_MAX_LAYERS / 2);
        return;
    }
    json_array_foreach(layers, i, object)
    {
        snprintf(name, sizeof name, "%.48slayers.%zu.", prefix, i);
        if (reader_ok(r))
            listed_layer(r, config, object, name);
    }
}

/* ---- kinds ---------------------------------------------------------------------------------- */

static struct xl_layer_config *linear(struct xl_config *config, unsigned out, bool bias,
                                      const char *prefix)
{
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_LINEAR, out, prefix);
    layer->bias = bias;
    return layer;
}

static void knobs(struct reader *r, struct xl_config *config)
{
    const json_t *list = read_any(r, config->json, "knobs");
    size_t i;
    json_t *object;
    if (list && (!json_is_array(list) || json_array_size(list) > XLSTM_MAX_KNOBS)) {
        reader_fail(r, "knobs is not a list of up to %d objects", XLSTM_MAX_KNOBS);
        return;
    }
    json_array_foreach(list, i, object)
    {
        struct xlstm_knob *knob = &config->knobs[config->knob_count++];
        knob->name = read_text(r, object, "name");
        knob->minimum = (float)read_number(r, object, "minimum", 0, -1e6, 1e6);
        knob->maximum = (float)read_number(r, object, "maximum", 1, -1e6, 1e6);
        const double middle = ((double)knob->minimum + (double)knob->maximum) / 2;
        knob->initial = (float)read_number(r, object, "default", middle, -1e6, 1e6);
        if (!(knob->minimum < knob->maximum) || knob->initial < knob->minimum ||
            knob->initial > knob->maximum || !*knob->name)
            reader_fail(r, "knobs[%zu] needs a name, minimum < maximum, and a default between", i);
        for (size_t k = 0; k + 1 < config->knob_count; k++)
            if (strcmp(config->knobs[k].name, knob->name) == 0)
                reader_fail(r, "knobs[%zu] and knobs[%zu] are both called \"%s\"", k, i,
                            knob->name);
    }
}

/** A model is a list of layers or a stack of blocks, not both. */
static void expect_no_stack(struct reader *r, const json_t *json)
{
    static const char *const STACK[] = {"num_blocks", "slstm_at", "mlstm_block", "slstm_block",
                                        "add_post_blocks_norm"};
    for (size_t i = 0; i < sizeof STACK / sizeof *STACK; i++)
        if (json_object_get(json, STACK[i]))
            reader_fail(r,
                        "layers and %s are both given, expected a list of layers or a stack of "
                        "blocks",
                        STACK[i]);
}

static void audio_model(struct reader *r, struct xl_config *config)
{
    const json_t *json = config->json, *layers = read_any(r, json, "layers");
    config->audio = true;
    config->inputs = config->outputs = 1;
    config->frames = read_unsigned(r, json, "input_frames", 1, 1, XL_MAX_FRAMES);
    config->direct = read_bool(r, json, "direct", false);
    config->prewarm = read_unsigned(r, json, "prewarm", 0, 0, 1U << 20);
    knobs(r, config);
    config->width = config->frames * config->inputs + (unsigned)config->knob_count;
    if (read_bool(r, json, "in_proj", true))
        linear(config, read_unsigned(r, json, "embedding_dim", 0, 1, XL_MAX_WIDTH), true,
               "in_proj.");
    if (layers)
        expect_no_stack(r, json);
    if (layers)
        layer_list(r, config, layers, "");
    else
        block_stack(r, config, json, "xlstm_block_stack.");
    linear(config, 1, read_bool(r, json, "out_proj_bias", true), "out_proj.");
}

static void stack_model(struct reader *r, struct xl_config *config)
{
    config->inputs = config->outputs =
        read_unsigned(r, config->json, "embedding_dim", 128, 1, XL_MAX_WIDTH);
    block_stack(r, config, config->json, "");
}

static void language_model(struct reader *r, struct xl_config *config)
{
    const unsigned vocabulary = read_unsigned(r, config->json, "vocab_size", 0, 1, XL_MAX_WIDTH);
    const unsigned width = read_unsigned(r, config->json, "embedding_dim", 128, 1, XL_MAX_WIDTH);
    config->outputs = vocabulary;
    add_layer(config, XL_LAYER_EMBEDDING, width, "token_embedding.")->vocabulary = vocabulary;
    block_stack(r, config, config->json, "xlstm_block_stack.");
    linear(config, vocabulary, false, "lm_head.");
}

/** Width of a block, and of its feed-forward as the reference rounds it (specification 13). */
static void large_block(struct reader *r, struct xl_config *config, unsigned width,
                        const char *prefix)
{
    static const char *const MODES[] = {"single", "fused"};
    const json_t *json = config->json;
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_LARGE_BLOCK, width, prefix);
    const double factor = read_number(r, json, "ffn_proj_factor", 2.6667, 0.01, 64);
    const unsigned multiple = read_unsigned(r, json, "ffn_round_up_to_multiple_of", 64, 1, 4096);
    layer->heads = read_unsigned(r, json, "num_heads", 8, 1, XL_MAX_HEADS);
    layer->qk = (unsigned)(width * read_number(r, json, "qk_dim_factor", 0.5, 0.001, 16));
    layer->values = (unsigned)(width * read_number(r, json, "v_dim_factor", 1.0, 0.001, 16));
    layer->hidden = (unsigned)floor((width * factor + multiple - 1) / multiple) * multiple;
    layer->activation = XL_SWISH;
    layer->bias = read_bool(r, json, "use_bias", false);
    layer->fused = read_choice(r, json, "weight_mode", MODES, 2, "single") == 1;
    layer->gate_soft_cap = read_number(r, json, "gate_soft_cap", 15, 1e-3, 1e6);
    layer->denominator_epsilon = read_number(r, json, "eps", 1e-6, 0, 1);
    layer->epsilon = read_number(r, json, "norm_eps", 1e-6, 1e-12, 1);
    expect_divides(r, "num_heads", layer->heads, layer->qk);
    expect_divides(r, "num_heads", layer->heads, layer->values);
}

static void large_model(struct reader *r, struct xl_config *config)
{
    char prefix[XL_PREFIX_BYTES];
    const json_t *json = config->json;
    const unsigned vocabulary = read_unsigned(r, json, "vocab_size", 0, 1, XL_MAX_WIDTH);
    const unsigned width = read_unsigned(r, json, "embedding_dim", 0, 1, XL_MAX_WIDTH);
    const unsigned blocks = read_unsigned(r, json, "num_blocks", 1, 1, XL_MAX_LAYERS / 2);
    config->outputs = vocabulary;
    add_layer(config, XL_LAYER_EMBEDDING, width, "embedding.")->vocabulary = vocabulary;
    for (unsigned i = 0; i < blocks && reader_ok(r); i++) {
        snprintf(prefix, sizeof prefix, "backbone.blocks.%u.", i);
        large_block(r, config, width, prefix);
    }
    const bool bias = read_bool(r, json, "use_bias", false);
    if (read_bool(r, json, "add_out_norm", true)) {
        struct xl_layer_config *norm =
            add_layer(config, XL_LAYER_NORM, width, "backbone.out_norm.");
        norm->epsilon = read_number(r, json, "norm_eps", 1e-6, 1e-12, 1);
        norm->factor_is_plain = true;
        norm->bias = bias;
    }
    linear(config, vocabulary, false, "lm_head.")->soft_cap =
        read_number(r, json, "output_logit_soft_cap", 30, 0, 1e6);
}

static void torch_lstm(struct reader *r, struct xl_config *config)
{
    const json_t *json = config->json;
    const unsigned width = read_unsigned(r, json, "hidden_size", 0, 1, XL_MAX_WIDTH);
    const unsigned layers = read_unsigned(r, json, "num_layers", 1, 1, XL_MAX_LAYERS / 2);
    config->inputs = read_unsigned(r, json, "input_size", 1, 1, XL_MAX_WIDTH);
    config->outputs = read_unsigned(r, json, "output_size", 1, 1, XL_MAX_WIDTH);
    config->audio = config->inputs == 1 && config->outputs == 1;
    for (unsigned i = 0; i < layers; i++) {
        struct xl_layer_config *layer = add_layer(config, XL_LAYER_CELL, width, "rnn.");
        torch_layer(layer, XL_CELL_LSTM);
        snprintf(layer->suffix, sizeof layer->suffix, "_l%u", i);
    }
    linear(config, config->outputs, true, "lin.");
}

static void bare_slstm(struct reader *r, struct xl_config *config)
{
    static const char *const FUNCTIONS[] = {"slstm"};
    const unsigned width = read_unsigned(r, config->json, "hidden_size", 0, 1, XL_MAX_WIDTH / 4);
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_CELL, width, "");
    layer->bare = true;
    layer->heads = read_unsigned(r, config->json, "num_heads", 1, 1, XL_MAX_HEADS);
    layer->exponential_forget = read_forget_gate(r, config->json);
    read_choice(r, config->json, "function", FUNCTIONS, 1, "slstm");
    expect_divides(r, "num_heads", layer->heads, width);
    config->inputs = 4 * width;
    config->outputs = width;
}

static void bare_mlstm(struct reader *r, struct xl_config *config)
{
    const unsigned heads = read_unsigned(r, config->json, "num_heads", 1, 1, XL_MAX_HEADS);
    const unsigned dk = read_unsigned(r, config->json, "dk", 0, 1, XL_MAX_HEAD);
    const unsigned dv = read_unsigned(r, config->json, "dv", 0, 1, XL_MAX_HEAD);
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_MEMORY, heads * dv, "");
    layer->bare = true;
    layer->heads = heads;
    layer->qk = heads * dk;
    layer->denominator_epsilon = MLSTM_EPSILON;
    config->inputs = heads * (2 * dk + dv + 2);
    config->outputs = heads * dv;
}

static void bare_conv(struct reader *r, struct xl_config *config)
{
    const unsigned width = read_unsigned(r, config->json, "feature_dim", 0, 1, XL_MAX_WIDTH);
    struct xl_layer_config *layer = add_layer(config, XL_LAYER_CONV, width, "");
    layer->taps = read_unsigned(r, config->json, "kernel_size", 4, 1, 64);
    config->inputs = config->outputs = width;
}

/** What a model of any kind may say of itself. */
static void facts(struct reader *r, struct xl_config *config)
{
    const json_t *json = config->json;
    config->sample_rate = read_number(r, json, "sample_rate", DEFAULT_SAMPLE_RATE, 1000, 1e6);
    config->name = read_text(r, json, "name");
    config->author = read_text(r, json, "author");
    config->licence = read_text(r, json, "licence");
    config->gear = read_text(r, json, "gear");
    config->made_by = read_text(r, json, "made_by");
    config->input_level_dbu =
        read_fact(r, json, "input_level_dbu", -XL_LEVEL_LIMIT, XL_LEVEL_LIMIT);
    config->output_level_dbu =
        read_fact(r, json, "output_level_dbu", -XL_LEVEL_LIMIT, XL_LEVEL_LIMIT);
    config->loudness_dbfs = read_fact(r, json, "loudness_dbfs", -XL_LEVEL_LIMIT, XL_LEVEL_LIMIT);
    config->esr = read_fact(r, json, "esr", 0, XL_ESR_LIMIT);
}

static const struct kind {
    const char *name;
    void (*read)(struct reader *r, struct xl_config *config);
} KINDS[] = {
    {"xLSTMAudioModel", audio_model},
    {"xLSTMBlockStack", stack_model},
    {"xLSTMLMModel", language_model},
    {"xLSTMLarge", large_model},
    {"LSTM", torch_lstm},
    {"sLSTMCell", bare_slstm},
    {"mLSTMCellFn", bare_mlstm},
    {"CausalConv1d", bare_conv},
};

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].name, name) == 0)
            return &KINDS[i];
    return NULL;
}

bool xl_config_read(struct xl_config *config, const struct xl_tensors *file,
                    struct xlstm_error *error)
{
    const struct kind *kind = find_kind(file->kind);
    struct reader reader = {.error = error};
    *config = (struct xl_config){.format = file->format,
                                 .inputs = 1,
                                 .outputs = 1,
                                 .frames = 1,
                                 .sample_rate = DEFAULT_SAMPLE_RATE,
                                 .json = file->config};
    if (!kind)
        return xl_fail(error,
                       "kind is \"%s\", expected xLSTMAudioModel, LSTM, xLSTMBlockStack, "
                       "xLSTMLMModel or xLSTMLarge",
                       file->kind);
    config->kind = kind->name;
    config->layers = calloc(XL_MAX_LAYERS + 4, sizeof *config->layers);
    if (!config->layers)
        return xl_fail(error, "out of memory");
    facts(&reader, config);
    kind->read(&reader, config);
    if (!reader_end(&reader)) {
        xl_config_free(config);
        return false;
    }
    return true;
}

void xl_config_free(struct xl_config *config)
{
    free(config->layers);
    config->layers = NULL;
}
