/* SPDX-License-Identifier: ISC */
#include "initialise.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/** Forget-gate bias of the fastest unit: it forgets within a frame. */
static const double FASTEST_BIAS = -2;

/** Logarithm of the gain at first, of the sum of the path's outputs. */
static const double CONTROL_GAIN = 0.5;

/** Weights of a follower at first, beside the one that makes it follow. */
static const double FOLLOWER_BOUND = 0.1;

/** Room between a bias and its limit, where a gate can still move. */
static const double LIMIT_MARGIN = 0.5;

/** Time constant, in frames, of the slowest unit of a path at control rate, whose task is what is
 *  slow: a second. */
static const double PATH_SLOWEST = 48000;

struct start {
    const struct xl_plan *plan;
    const struct xl_layer_config *layer;
    unsigned block, blocks; ///< among NX-AI's blocks
    double slowest;
    struct random *random;
    float *values;
};

static const struct xl_slot *slot_of(const struct start *s, const char *name)
{
    char full[XL_NAME_BYTES];
    snprintf(full, sizeof full, "%s%s", s->layer->prefix, name);
    return xl_plan_slot(s->plan, full);
}

/** A tensor's values, or NULL if the layer has no such tensor. */
static float *values_of(const struct start *s, const char *name, size_t *count)
{
    const struct xl_slot *slot = slot_of(s, name);
    *count = slot ? slot->count : 0;
    return slot ? s->values + slot->offset : NULL;
}

static void uniform(const struct start *s, const char *name, double bound)
{
    size_t count;
    float *values = values_of(s, name, &count);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)random_between(s->random, -bound, bound);
}

/** Normal distribution, by Box and Muller. */
static void normal(const struct start *s, const char *name, double deviation)
{
    size_t count;
    float *values = values_of(s, name, &count);
    for (size_t i = 0; i < count; i++) {
        const double radius = sqrt(-2 * log(random_between(s->random, 0x1p-53, 1)));
        const double angle = random_between(s->random, 0, 2 * 3.14159265358979323846);
        values[i] = (float)(deviation * radius * cos(angle));
    }
}

static void constant(const struct start *s, const char *name, double value)
{
    size_t count;
    float *values = values_of(s, name, &count);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)value;
}

/** Bias of unit `unit` of `width`: time constants evenly spread in their logarithm, within what a
 *  limit of the gates leaves free. */
static double spread(const struct start *s, size_t unit, size_t width)
{
    const double limit = s->layer->gate_limit > 0 ? s->layer->gate_limit - LIMIT_MARGIN : INFINITY;
    const double last = fmin(log(s->slowest), limit);
    return width < 2 ? last
                     : FASTEST_BIAS + (last - FASTEST_BIAS) * (double)unit / (double)(width - 1);
}

/** Input and forget gate biases, of `width` units each, at `input` and `forget`. What a slow unit
 *  lets in is as little as what it loses, so that all units work at one level. */
static void gate_biases(const struct start *s, float *input, float *forget, size_t width)
{
    for (size_t u = 0; u < width; u++) {
        forget[u] = (float)spread(s, u, width);
        input[u] = -forget[u];
    }
}

/* ---- layers --------------------------------------------------------------------------------- */

static void start_linear(const struct start *s)
{
    const struct xl_slot *weight = slot_of(s, "weight");
    const double bound = 1 / sqrt((double)weight->shape[1]);
    uniform(s, "weight", bound);
    uniform(s, "bias", bound);
}

static void start_torch_cell(const struct start *s)
{
    char name[64];
    size_t count;
    const size_t width = s->layer->out;
    const double bound = 1 / sqrt((double)width);
    snprintf(name, sizeof name, "weight_ih%s", s->layer->suffix);
    uniform(s, name, bound);
    snprintf(name, sizeof name, "weight_hh%s", s->layer->suffix);
    uniform(s, name, bound);
    snprintf(name, sizeof name, "bias_hh%s", s->layer->suffix);
    constant(s, name, 0);
    snprintf(name, sizeof name, "bias_ih%s", s->layer->suffix);
    constant(s, name, 0);
    float *bias = values_of(s, name, &count);
    if (s->layer->cell == XL_CELL_LSTM)
        gate_biases(s, bias, bias + width, width);
    else
        for (size_t u = 0; u < width; u++)
            bias[width + u] = (float)spread(s, u, width);
}

static void start_slstm(const struct start *s)
{
    size_t count;
    const size_t width = s->layer->out;
    const double bound = 1 / sqrt((double)width);
    uniform(s, "proj.weight", bound);
    uniform(s, "slstm_cell._recurrent_kernel_", bound);
    constant(s, "slstm_cell._bias_", 0);
    float *bias = values_of(s, "slstm_cell._bias_", &count);
    gate_biases(s, bias, bias + width, width);
}

static void start_mlstm(const struct start *s)
{
    static const char *const PROJECTIONS[] = {"q.weight", "k.weight", "v.weight",
                                              "ogate_preact.weight"};
    size_t heads;
    const double bound = 1 / sqrt((double)s->layer->out);
    for (size_t i = 0; i < sizeof PROJECTIONS / sizeof *PROJECTIONS; i++)
        uniform(s, PROJECTIONS[i], bound);
    constant(s, "ogate_preact.bias", 0);
    uniform(s, "igate_preact.weight", bound);
    uniform(s, "fgate_preact.weight", bound);
    float *input = values_of(s, "igate_preact.bias", &heads);
    gate_biases(s, input, values_of(s, "fgate_preact.bias", &heads), heads);
}

/** Units of several time constants, each following one of its inputs. */
static void start_follower(const struct start *s)
{
    size_t count;
    const size_t width = s->layer->out;
    const struct xl_slot *slot = slot_of(s, "proj.weight");
    const size_t in = (size_t)slot->shape[1];
    float *weight = s->values + slot->offset;
    uniform(s, "proj.weight", FOLLOWER_BOUND);
    uniform(s, "recurrent.weight", FOLLOWER_BOUND);
    float *bias = values_of(s, "proj.bias", &count);
    gate_biases(s, bias, bias + width, width);
    for (size_t u = 0; u < width; u++)
        weight[u * in + u % in] += XL_LOG_SCALE;
}

/** Specification 10. `small` and `wang` are its two deviations. */
static void start_block(const struct start *s)
{
    static const char *const SMALL[] = {
        "xlstm.proj_up.weight", "xlstm.q_proj.weight", "xlstm.k_proj.weight",
        "xlstm.v_proj.weight",  "xlstm.fgate.weight",  "xlstm.igate.weight",
        "xlstm.zgate.weight",   "xlstm.ogate.weight",  "ffn.proj_up.weight"};
    const double width = s->layer->out;
    const double small = sqrt(2 / (5 * width)), wang = 2 / (s->blocks * sqrt(width));
    const double taps = s->layer->taps ? 1 / sqrt((double)s->layer->taps) : 0;
    size_t count;
    for (size_t i = 0; i < sizeof SMALL / sizeof *SMALL; i++)
        normal(s, SMALL[i], small);
    normal(s, "xlstm.proj_down.weight", wang);
    normal(s, "ffn.proj_down.weight", wang);
    uniform(s, "xlstm.conv1d.conv.weight", taps);
    uniform(s, "xlstm.conv1d.conv.bias", taps);
    if (s->layer->type == XL_LAYER_MLSTM_BLOCK) {
        constant(s, "xlstm.learnable_skip", 1);
        normal(s, "xlstm.mlstm_cell.igate.bias", 0.1);
        float *forget = values_of(s, "xlstm.mlstm_cell.fgate.bias", &count);
        for (size_t h = 0; h < count; h++)
            forget[h] = (float)spread(s, h + count, 2 * count); /* the slower half */
        return;
    }
    uniform(s, "xlstm.slstm_cell._recurrent_kernel_", 1 / sqrt(width));
    float *bias = values_of(s, "xlstm.slstm_cell._bias_", &count);
    const size_t units = s->layer->out / s->layer->heads;
    for (size_t h = 0; h < s->layer->heads; h++)
        for (size_t u = 0; u < units; u++)
            bias[s->layer->out + h * units + u] = (float)spread(s, u, units);
}

static void start_layer(const struct start *s)
{
    switch (s->layer->type) {
    case XL_LAYER_LINEAR:
        start_linear(s);
        break;
    case XL_LAYER_CELL:
        if (*s->layer->suffix)
            start_torch_cell(s);
        else
            start_slstm(s);
        break;
    case XL_LAYER_MEMORY:
        start_mlstm(s);
        break;
    case XL_LAYER_SLSTM_BLOCK:
    case XL_LAYER_MLSTM_BLOCK:
        start_block(s);
        break;
    case XL_LAYER_FOLLOWER:
        start_follower(s);
        break;
    case XL_LAYER_CONTROL: /* a small gain either way: what it multiplies must pass at first */
        uniform(s, "gain.weight", CONTROL_GAIN / s->layer->inner);
        break;
    default: /* norms start at zero, which is a factor of one */
        break;
    }
}

void initialise(const struct xl_plan *plan, const struct xl_config *config, double slowest,
                struct random *random, float *values)
{
    struct start s = {.plan = plan, .slowest = slowest, .random = random, .values = values};
    memset(values, 0, plan->values * sizeof *values);
    for (size_t i = 0; i < config->layer_count; i++)
        s.blocks += config->layers[i].type == XL_LAYER_SLSTM_BLOCK ||
                    config->layers[i].type == XL_LAYER_MLSTM_BLOCK;
    size_t inside = 0; /* layers of a path at control rate, where steps are longer, still to come */
    for (size_t i = 0; i < config->layer_count; i++) {
        s.layer = &config->layers[i];
        if (inside > 0 && --inside == 0)
            s.slowest = slowest;
        if (s.layer->children) {
            inside = s.layer->children + 1;
            s.slowest = PATH_SLOWEST / s.layer->control_frames;
        }
        start_layer(&s);
    }
}
