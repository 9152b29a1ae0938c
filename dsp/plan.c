/* SPDX-License-Identifier: ISC */
/* Layer by layer: names, shapes, packing, state and work. The one place that knows both the names
 * of tensors and the layout that kernels read. */
#include "plan.h"

#include "builder.h"
#include "tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells ---------------------------------------------------------------------------------- */

static void cell_state(struct builder *b, struct xl_cell *cell)
{
    const bool slstm = cell->type == XL_CELL_SLSTM;
    const size_t width = cell->width;
    cell->h = add_state_vector(b, "h", cell->heads, width / cell->heads);
    cell->c = cell->type == XL_CELL_GRU
                  ? XL_NONE
                  : add_state_vector(b, "c", cell->heads, width / cell->heads);
    cell->n = slstm ? add_state_vector(b, "n", cell->heads, width / cell->heads) : XL_NONE;
    cell->m = slstm ? add_state_vector(b, "m", cell->heads, width / cell->heads) : XL_NONE;
    cell->scale = slstm ? add_state(b, NULL, width, (struct xl_field){0}) : XL_NONE;
    cell->c_low = slstm ? add_state(b, NULL, width, (struct xl_field){0}) : XL_NONE;
    cell->n_low = slstm ? add_state(b, NULL, width, (struct xl_field){0}) : XL_NONE;
    cell->scale_low = slstm ? add_state(b, NULL, width, (struct xl_field){0}) : XL_NONE;
}

/** Sizes of a cell; its work and state, not its weights. */
static struct xl_cell new_cell(struct builder *b, const struct xl_layer_config *config,
                               enum xl_cell_type type, unsigned width)
{
    const size_t gates = type == XL_CELL_GRU ? 3 : 4;
    struct xl_cell cell = {
        .type = type,
        .width = width,
        .heads = config->heads,
        .exponential_forget = config->exponential_forget,
        .gate_limit = config->gate_limit > 0 ? config->gate_limit : NO_GATE_LIMIT,
        .joined = config->heads == 1 && type != XL_CELL_GRU,
        .grouped = type != XL_CELL_GRU && xl_is_grouped(config->heads, width / config->heads),
        .inner_bias = XL_NONE,
        .inner = XL_NONE,
        .tape = XL_NONE,
    };
    cell.block = block_width(config->heads, width / config->heads);
    cell.blocks = width / cell.block;
    cell.recurrent =
        add_packed(b, cell.joined    ? width * xl_pad(gates * width)
                      : cell.grouped ? width / config->heads * gates * xl_pad(width)
                                     : cell.blocks * gates * cell.block * xl_pad(cell.block));
    count_macs(b, (uint64_t)gates * width * (width / config->heads));
    cell_state(b, &cell);
    if (type == XL_CELL_GRU)
        cell.inner = add_work(b, xl_pad(width));
    if (b->tape)
        cell.tape = add_work(b, xl_tape_width(type, width));
    return cell;
}

/** Where R_g[head][o][i] goes: first element, and the steps of o and of i. */
static void recurrent_place(const struct xl_cell *cell, size_t gates, size_t head, size_t gate,
                            struct xl_copy *copy)
{
    const size_t size = cell->width / cell->heads, unit = head * size;
    const size_t block = unit / cell->block, inside = unit % cell->block;
    if (cell->joined) {
        copy->to = cell->recurrent + gate * cell->width;
        copy->to_step[1] = xl_pad(gates * cell->width);
    } else if (cell->grouped) {
        copy->to = cell->recurrent + gate * xl_pad(cell->width) + unit;
        copy->to_step[1] = gates * xl_pad(cell->width);
    } else {
        const size_t columns = xl_pad(cell->block);
        copy->to = cell->recurrent + (block * gates + gate) * cell->block * columns +
                   inside * columns + inside;
        copy->to_step[1] = columns;
    }
    copy->to_step[0] = 1;
}

/** The reference stores R in one of two layouts, and the bias with it (specification 4). */
static void slstm_weights(struct builder *b, struct xl_cell *cell, const struct xl_matrix *biases,
                          const char *prefix)
{
    const size_t heads = cell->heads, size = cell->width / heads;
    const bool cuda = has_shape(b, prefix, "_recurrent_kernel_", heads, size, 4 * size);
    const size_t r = want(b, prefix, "_recurrent_kernel_", 3, heads, cuda ? size : 4 * size,
                          cuda ? 4 * size : size);
    const size_t bias = want(b, prefix, "_bias_", 1, 4 * cell->width);
    for (size_t head = 0; head < heads; head++)
        for (size_t gate = 0; gate < 4; gate++) {
            struct xl_copy copy = {.count = {size, size, 1}};
            recurrent_place(cell, 4, head, gate, &copy);
            copy.from = r + head * 4 * size * size + gate * (cuda ? size : size * size);
            copy.from_step[0] = cuda ? 1 : size;
            copy.from_step[1] = cuda ? 4 * size : 1;
            add_copy(b, copy);
            const size_t from = cuda ? (head * 4 + gate) * size : (gate * heads + head) * size;
            const size_t to = biases[gate].bias + head * size;
            add_copy(b, (struct xl_copy){.count = {size, 1, 1},
                                         .to = to,
                                         .to_step = {1},
                                         .from = bias + from,
                                         .from_step = {1}});
        }
}

static void torch_weights(struct builder *b, const struct xl_layer_config *config,
                          struct xl_cell_layer *layer, size_t in)
{
    char name[64];
    struct xl_cell *cell = &layer->cell;
    const size_t width = cell->width, gates = xl_cell_gates(cell->type);
    const bool gru = cell->type == XL_CELL_GRU;
    snprintf(name, sizeof name, "weight_ih%s", config->suffix);
    copy_matrix(b, &layer->input, want(b, config->prefix, name, 2, gates * width, in));
    snprintf(name, sizeof name, "weight_hh%s", config->suffix);
    const size_t r = want(b, config->prefix, name, 2, gates * width, width);
    for (size_t gate = 0; gate < gates; gate++) {
        struct xl_copy copy = {
            .count = {width, width, 1}, .from = r + gate * width * width, .from_step = {width, 1}};
        recurrent_place(cell, gates, 0, gate, &copy);
        add_copy(b, copy);
    }
    snprintf(name, sizeof name, "bias_ih%s", config->suffix);
    copy_vector(b, layer->input.bias, want(b, config->prefix, name, 1, gates * width),
                gates * width);
    snprintf(name, sizeof name, "bias_hh%s", config->suffix);
    const size_t bias = want(b, config->prefix, name, 1, gates * width);
    copy_vector(b, layer->input.bias, bias, (gru ? 2 : 4) * width);
    if (gru)
        copy_vector(b, cell->inner_bias, bias + 2 * width, width);
}

static void cell_layer(struct builder *b, const struct xl_layer_config *config,
                       struct xl_layer *layer)
{
    struct xl_cell_layer *l = &layer->cell;
    const unsigned width = config->out;
    const size_t gates = config->cell == XL_CELL_GRU ? 3 : 4;
    l->has_input = !config->bare;
    l->residual = config->residual;
    l->gates = add_work(b, xl_pad_flat(gates, width));
    l->h = l->residual ? add_work(b, xl_pad(width)) : XL_NONE;
    l->input = new_matrix(b, 1, config->bare ? 0 : layer->in, (unsigned)gates * width, true);
    l->cell = new_cell(b, config, config->cell, width);
    if (config->cell == XL_CELL_GRU)
        l->cell.inner_bias = add_packed(b, xl_pad(width));
    if (*config->suffix) {
        torch_weights(b, config, l, layer->in);
    } else {
        char prefix[XL_NAME_BYTES];
        struct xl_matrix biases[4];
        for (size_t gate = 0; gate < 4; gate++)
            biases[gate] = (struct xl_matrix){.bias = l->input.bias + gate * width};
        if (!config->bare)
            copy_matrix(b, &l->input,
                        want(b, config->prefix, "proj.weight", 2, 4 * width, layer->in));
        snprintf(prefix, sizeof prefix, "%s%s", config->prefix, config->bare ? "" : "slstm_cell.");
        slstm_weights(b, &l->cell, biases, prefix);
    }
}

/* ---- memories ------------------------------------------------------------------------------- */

/** A step costs 3 dk dv multiply-adds; in a chunk of L steps, L (dk + dv) / 2 + 2 dk dv. */
static bool chunkwise_is_cheaper(size_t dk, size_t dv)
{
    return XL_MAX_CHUNK * (dk + dv) / 2 < dk * dv;
}

static struct xl_memory new_memory(struct builder *b, const struct xl_layer_config *config,
                                   unsigned dk, unsigned dv)
{
    struct xl_memory memory = {
        .heads = config->heads,
        .dk = dk,
        .dv = dv,
        .chunkwise = chunkwise_is_cheaper(dk, dv),
        .epsilon = config->denominator_epsilon,
    };
    const size_t row = xl_pad(dv);
    if (dk > XL_MAX_HEAD || dv > XL_MAX_HEAD)
        builder_fail(b, "%s has heads of %u x %u, expected at most %d", config->prefix, dk, dv,
                     XL_MAX_HEAD);
    memory.c =
        add_state(b, "C", config->heads * dk * row,
                  (struct xl_field){.count = {config->heads, dk, dv}, .step = {dk * row, row, 1}});
    memory.n = add_state_vector(b, "n", config->heads, dk);
    memory.m = add_state_vector(b, "m", 1, config->heads);
    memory.m_low = add_state_low(b, config->heads);
    count_macs(b, (uint64_t)3 * config->heads * dk * dv);
    return memory;
}

/** The two gate matrices of a memory as one, from tensors `<i>.weight`, `<i>.bias` and the same of
 *  the forget gate. */
static struct xl_matrix gate_pair(struct builder *b, const char *prefix, const char *igate,
                                  const char *fgate, unsigned in, unsigned heads)
{
    char name[64];
    struct xl_matrix m = new_matrix(b, 1, in, 2 * heads, true);
    const char *const gates[] = {igate, fgate};
    for (size_t gate = 0; gate < 2; gate++) {
        const struct xl_matrix half = matrix_part(&m, gate * heads, heads);
        snprintf(name, sizeof name, "%s.weight", gates[gate]);
        copy_matrix(b, &half, want(b, prefix, name, 2, heads, in));
        snprintf(name, sizeof name, "%s.bias", gates[gate]);
        copy_vector(b, half.bias, want(b, prefix, name, 1, heads), heads);
    }
    return m;
}

static void memory_layer(struct builder *b, const struct xl_layer_config *config,
                         struct xl_layer *layer)
{
    struct xl_memory_layer *l = &layer->memory;
    const char *prefix = config->prefix;
    l->has_input = !config->bare;
    l->residual = config->residual;
    l->memory = new_memory(b, config, config->qk / config->heads, config->out / config->heads);
    l->qkv = add_work(b, xl_qkv_width(&l->memory));
    l->gate = add_work(b, xl_gate_width(&l->memory));
    l->h = add_work(b, xl_memory_width(&l->memory));
    if (config->bare)
        return;
    l->o_row = add_work(b, xl_pad(config->out));
    l->q = linear(b, prefix, "q", layer->in, config->qk, false);
    l->k = linear(b, prefix, "k", layer->in, config->qk, false);
    l->v = linear(b, prefix, "v", layer->in, config->out, false);
    l->o = linear(b, prefix, "ogate_preact", layer->in, config->out, true);
    l->gates = gate_pair(b, prefix, "igate_preact", "fgate_preact", layer->in, config->heads);
}

/* ---- blocks --------------------------------------------------------------------------------- */

static struct xl_ffn new_ffn(struct builder *b, const struct xl_layer_config *config,
                             const char *norm, const char *gate, const char *up, bool fused)
{
    const unsigned width = config->out, hidden = config->hidden;
    const size_t padded = xl_pad(hidden);
    struct xl_ffn ffn = {.hidden = hidden, .activation = config->activation};
    ffn.norm = new_norm(b, config, norm, 1, width, true);
    ffn.up = new_matrix(b, 1, width, (unsigned)(2 * padded), config->bias);
    const struct xl_matrix half[2] = {matrix_part(&ffn.up, 0, hidden),
                                      matrix_part(&ffn.up, padded, hidden)};
    if (fused)
        stacked_linear(b, config->prefix, up, half, 2, config->bias);
    else
        for (size_t i = 0; i < 2; i++)
            stacked_linear(b, config->prefix, i ? up : gate, &half[i], 1, config->bias);
    ffn.down = linear(b, config->prefix, "ffn.proj_down", hidden, width, config->bias);
    ffn.u = add_work(b, xl_pad(width));
    ffn.gated = add_work(b, 2 * padded);
    ffn.product = add_work(b, padded);
    return ffn;
}

static void slstm_block(struct builder *b, const struct xl_layer_config *config,
                        struct xl_layer *layer)
{
    /* The reference's names are swapped: its `fgate` feeds the input gate (specification 6). */
    static const char *const GATES[4] = {"fgate", "igate", "zgate", "ogate"};
    struct xl_slstm_block *l = &layer->slstm_block;
    const unsigned width = config->out;
    const size_t padded = xl_pad(width);
    char prefix[XL_NAME_BYTES];
    l->norm = new_norm(b, config, "xlstm_norm", 1, width, true);
    if (config->taps) {
        l->conv = new_conv(b, config->prefix, "xlstm.conv1d.conv", width, config->taps);
        l->convolved = add_work(b, padded);
        l->activated = add_work(b, padded);
    }
    for (size_t slot = 0; slot < 4; slot++) {
        snprintf(prefix, sizeof prefix, "xlstm.%s", GATES[slot]);
        l->gate[slot] = headwise(b, config->prefix, prefix, config->heads, width, false);
        l->gate[slot].bias = add_packed(b, padded);
    }
    l->u = add_work(b, padded);
    l->gates = add_work(b, xl_pad_flat(4, width));
    l->h = add_work(b, padded);
    l->normed = add_work(b, padded);
    l->cell = new_cell(b, config, config->cell, width);
    snprintf(prefix, sizeof prefix, "%sxlstm.slstm_cell.", config->prefix);
    slstm_weights(b, &l->cell, l->gate, prefix);
    l->group_norm = new_norm(b, config, "xlstm.group_norm", config->heads, width / config->heads,
                             config->group_norm_weight);
    l->has_ffn = config->hidden > 0;
    if (l->has_ffn)
        l->ffn = new_ffn(b, config, "ffn_norm", NULL, "ffn.proj_up", true);
}

static void mlstm_block(struct builder *b, const struct xl_layer_config *config,
                        struct xl_layer *layer)
{
    struct xl_mlstm_block *l = &layer->mlstm_block;
    const unsigned width = config->out, inner = config->inner;
    const unsigned blocks = inner / config->qkv_block;
    const size_t padded = xl_pad(inner);
    char prefix[XL_NAME_BYTES];
    snprintf(prefix, sizeof prefix, "%sxlstm.mlstm_cell.", config->prefix);
    l->inner = inner;
    l->norm = new_norm(b, config, "xlstm_norm", 1, width, true);
    l->up = new_matrix(b, 1, width, (unsigned)(2 * padded), config->bias);
    stacked_linear(b, config->prefix, "xlstm.proj_up",
                   (const struct xl_matrix[]){matrix_part(&l->up, 0, inner),
                                              matrix_part(&l->up, padded, inner)},
                   2, config->bias);
    l->conv = new_conv(b, config->prefix, "xlstm.conv1d.conv", inner, config->taps);
    l->q = headwise(b, config->prefix, "xlstm.q_proj", blocks, inner, config->bias);
    l->k = headwise(b, config->prefix, "xlstm.k_proj", blocks, inner, config->bias);
    l->v = headwise(b, config->prefix, "xlstm.v_proj", blocks, inner, config->bias);
    l->gates = gate_pair(b, prefix, "igate", "fgate", 3 * inner, config->heads);
    l->memory = new_memory(b, config, inner / config->heads, inner / config->heads);
    l->out_norm =
        new_norm(b, config, "xlstm.mlstm_cell.outnorm", config->heads, inner / config->heads, true);
    l->skip = add_packed(b, padded);
    copy_vector(b, l->skip, want(b, config->prefix, "xlstm.learnable_skip", 1, inner), inner);
    l->down = linear(b, config->prefix, "xlstm.proj_down", inner, width, config->bias);
    l->u = add_work(b, xl_pad(width));
    l->az = add_work(b, 2 * padded);
    l->convolved = add_work(b, padded);
    l->activated = add_work(b, padded);
    l->qkv = add_work(b, xl_qkv_width(&l->memory));
    l->gate = add_work(b, xl_gate_width(&l->memory));
    l->h = add_work(b, xl_memory_width(&l->memory));
    l->normed = add_work(b, padded);
    l->product = add_work(b, padded);
}

/** q, k, v and o, from four tensors or from one (weight_mode "fused"). */
static void large_projections(struct builder *b, const struct xl_layer_config *config,
                              struct xl_large_block *l)
{
    static const char *const NAMES[4] = {"q", "k", "v", "ogate_preact"};
    const unsigned out[4] = {config->qk, config->qk, config->values, config->values};
    struct xl_matrix *const parts[4] = {&l->q, &l->k, &l->v, &l->o};
    char name[64];
    struct xl_matrix all[4];
    for (size_t i = 0; i < 4; i++)
        all[i] = *parts[i] = new_matrix(b, 1, config->out, out[i], config->bias);
    if (config->fused)
        stacked_linear(b, config->prefix, "mlstm_layer.qkv_opreact", all, 4, config->bias);
    else
        for (size_t i = 0; i < 4; i++) {
            snprintf(name, sizeof name, "mlstm_layer.%s", NAMES[i]);
            stacked_linear(b, config->prefix, name, &all[i], 1, config->bias);
        }
}

static void large_gates(struct builder *b, const struct xl_layer_config *config,
                        struct xl_large_block *l)
{
    char prefix[XL_NAME_BYTES];
    const unsigned heads = config->heads;
    snprintf(prefix, sizeof prefix, "%smlstm_layer.", config->prefix);
    if (!config->fused) {
        l->gates = gate_pair(b, prefix, "igate_preact", "fgate_preact", config->out, heads);
        return;
    }
    l->gates = new_matrix(b, 1, config->out, 2 * heads, true);
    stacked_linear(b, prefix, "ifgate_preact", &l->gates, 1, true);
}

static void large_block(struct builder *b, const struct xl_layer_config *config,
                        struct xl_layer *layer)
{
    struct xl_large_block *l = &layer->large_block;
    struct xl_layer_config rms = *config;
    rms.factor_is_plain = true;
    const unsigned width = config->out, values = config->values;
    l->gate_soft_cap = config->gate_soft_cap;
    l->norm = new_norm(b, &rms, "norm_mlstm", 1, width, true);
    l->norm.centred = false;
    large_projections(b, config, l);
    large_gates(b, config, l);
    l->memory = new_memory(b, config, config->qk / config->heads, values / config->heads);
    l->head_norm = new_norm(b, &rms, "mlstm_layer.multihead_norm", config->heads,
                            values / config->heads, true);
    l->out = linear(b, config->prefix, "mlstm_layer.out_proj", values, width, config->bias);
    l->ffn = config->fused ? new_ffn(b, &rms, "norm_ffn", NULL, "ffn.proj_up_gate_z", true)
                           : new_ffn(b, &rms, "norm_ffn", "ffn.proj_up_gate", "ffn.proj_up", false);
    l->ffn.norm.centred = false;
    l->u = add_work(b, xl_pad(width));
    l->qkv = add_work(b, xl_qkv_width(&l->memory));
    l->o_row = add_work(b, xl_pad(values));
    l->gate = add_work(b, xl_gate_width(&l->memory));
    l->h = add_work(b, xl_memory_width(&l->memory));
    l->normed = add_work(b, xl_pad(values));
    l->product = add_work(b, xl_pad(values));
}

/* ---- simple layers -------------------------------------------------------------------------- */

static void linear_layer(struct builder *b, const struct xl_layer_config *config,
                         struct xl_layer *layer)
{
    struct xl_linear_layer *l = &layer->linear;
    l->matrix = linear(b, config->prefix, "", layer->in, config->out, config->bias);
    l->activation = config->activation;
    l->soft_cap = config->soft_cap;
    l->residual = config->residual;
    l->pre = config->activation == XL_IDENTITY ? XL_NONE : add_work(b, xl_pad(config->out));
}

static void embedding_layer(struct builder *b, const struct xl_layer_config *config,
                            struct xl_layer *layer)
{
    const size_t rows = config->vocabulary, width = config->out;
    layer->embedding.vocabulary = config->vocabulary;
    layer->embedding.weight = add_packed(b, rows * xl_pad(width));
    add_copy(b, (struct xl_copy){.count = {rows, width, 1},
                                 .to = layer->embedding.weight,
                                 .to_step = {xl_pad(width), 1},
                                 .from = want(b, config->prefix, "weight", 2, rows, width),
                                 .from_step = {width, 1}});
}

static void norm_layer(struct builder *b, const struct xl_layer_config *config,
                       struct xl_layer *layer)
{
    layer->norm = new_norm(b, config, "", 1, config->out, true);
    layer->norm.centred = config->centred;
}

static void conv_layer(struct builder *b, const struct xl_layer_config *config,
                       struct xl_layer *layer)
{
    layer->conv = new_conv(b, config->prefix, "conv", config->out, config->taps);
}

/* ---- control rate --------------------------------------------------------------------------- */

/** Two gates, each padded, from one tensor. */
static struct xl_matrix follower_gates(struct builder *b, const struct xl_layer_config *config,
                                       const char *name, unsigned in, bool bias)
{
    const unsigned width = config->out;
    const size_t padded = xl_pad(width);
    const struct xl_matrix gates = new_matrix(b, 1, in, (unsigned)(2 * padded), bias);
    stacked_linear(b, config->prefix, name,
                   (const struct xl_matrix[]){matrix_part(&gates, 0, width),
                                              matrix_part(&gates, padded, width)},
                   2, bias);
    return gates;
}

static void follower_layer(struct builder *b, const struct xl_layer_config *config,
                           struct xl_layer *layer)
{
    struct xl_follower_layer *l = &layer->follower;
    const size_t padded = xl_pad(config->out);
    l->width = config->out;
    l->input = follower_gates(b, config, "proj", layer->in, true);
    l->recurrent = follower_gates(b, config, "recurrent", config->out, false);
    l->h = add_state_vector(b, "h", 1, l->width);
    l->gates = add_work(b, 2 * padded);
    l->tape = b->tape ? add_work(b, 2 * padded) : XL_NONE;
}

/** Sizes of its own; add_layers() has added its layers before. */
static void control_layer(struct builder *b, const struct xl_layer_config *config,
                          struct xl_layer *layer)
{
    struct xl_control_layer *l = &layer->control;
    const unsigned in = layer->in, out = config->inner;
    const size_t q = in + out;
    size_t work = 0;
    l->frames = config->control_frames;
    l->in = in;
    l->out = out;
    l->levels = config->levels;
    l->held = config->held;
    l->children = config->children;
    for (unsigned i = 1; i <= l->children; i++) {
        const size_t width = xl_pad(layer[i].out);
        l->row_width = width > l->row_width ? width : l->row_width;
        work += layer[i].work;
    }
    l->squares = add_state(b, NULL, 2 * xl_pad(l->levels), (struct xl_field){0});
    l->count = add_state(b, NULL, 1, (struct xl_field){0});
    l->previous = add_state_vector(b, "previous", 1, q);
    l->present = add_state_vector(b, "present", 1, q);
    l->pooled = add_work(b, xl_pad(xl_control_seen(l->levels, l->held)));
    l->rows = add_work(b, l->children * l->row_width);
    l->layer_work = add_work(b, work);
    l->logarithm = add_work(b, xl_pad(in));
    l->q = add_work(b, xl_pad(q));
    l->glide = add_work(b, xl_pad(q));
    l->gain = linear(b, config->prefix, "gain", out, in, false);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void add_layer(struct builder *b, const struct xl_layer_config *config,
                      struct xl_layer *layer)
{
    static void (*const ADD[])(struct builder *, const struct xl_layer_config *,
                               struct xl_layer *) = {
        [XL_LAYER_LINEAR] = linear_layer,     [XL_LAYER_EMBEDDING] = embedding_layer,
        [XL_LAYER_NORM] = norm_layer,         [XL_LAYER_CONV] = conv_layer,
        [XL_LAYER_CELL] = cell_layer,         [XL_LAYER_MEMORY] = memory_layer,
        [XL_LAYER_SLSTM_BLOCK] = slstm_block, [XL_LAYER_MLSTM_BLOCK] = mlstm_block,
        [XL_LAYER_LARGE_BLOCK] = large_block, [XL_LAYER_FOLLOWER] = follower_layer,
        [XL_LAYER_CONTROL] = control_layer,
    };
    layer->type = config->type;
    layer->out = config->out;
    b->layer_config = config;
    b->layer_work = 0;
    ADD[config->type](b, config, layer);
    layer->work = b->layer_work;
}

/** Adds layers first … last, whose input is `width` wide. A layer's children come before its own
 *  sizes, which depend on them. */
static void add_layers(struct builder *b, const struct xl_config *config, size_t first, size_t last,
                       unsigned width)
{
    struct xl_plan *plan = b->plan;
    size_t work = 0;
    unsigned ordinal = 0;
    for (size_t i = first; i < last;) {
        struct xl_layer *layer = &plan->layers[i];
        const size_t children = config->layers[i].children;
        layer->in = width;
        layer->ordinal = ordinal++;
        if (children) {
            const uint64_t macs = plan->macs;
            add_layers(b, config, i + 1, i + 1 + children,
                       xl_control_seen(config->layers[i].levels, config->layers[i].held));
            plan->macs = macs + (plan->macs - macs) / config->layers[i].control_frames;
        }
        b->layer = (unsigned)i;
        add_layer(b, &config->layers[i], layer);
        layer->work_before = work;
        work += layer->work;
        width = layer->out;
        i += 1 + children;
    }
}

/** Widest row and largest work among the outer layers. */
static void measure_layers(struct xl_plan *plan)
{
    plan->row_width = xl_pad(xl_plan_features(plan));
    for (size_t i = 0; i < plan->layer_count; i += xl_layer_span(&plan->layers[i])) {
        const struct xl_layer *layer = &plan->layers[i];
        if (xl_pad(layer->out) > plan->row_width)
            plan->row_width = xl_pad(layer->out);
        if (layer->work > plan->layer_work)
            plan->layer_work = layer->work;
        plan->last = i;
    }
}

bool xl_plan_build(struct xl_plan *plan, const struct xl_config *config,
                   const struct xl_tensors *file, bool tape, struct xlstm_error *error)
{
    struct builder b = {.plan = plan, .file = file, .tape = tape, .error = error};
    *plan = (struct xl_plan){
        .audio = config->audio,
        .inputs = config->inputs,
        .outputs = config->outputs,
        .frames = config->frames,
        .knob_count = (unsigned)config->knob_count,
        .prewarm = config->prewarm,
        .layer_count = config->layer_count,
    };
    plan->layers = calloc(config->layer_count + 1, sizeof *plan->layers);
    if (!plan->layers)
        return xl_fail(error, "out of memory");
    plan->window = add_state(&b, NULL, xl_pad((size_t)(config->frames - 1) * config->inputs),
                             (struct xl_field){0});
    add_layers(&b, config, 0, config->layer_count, xl_plan_features(plan));
    measure_layers(plan);
    if (config->direct)
        plan->direct = linear(&b, "", "direct", xl_plan_features(plan), config->outputs, false);
    if (b.failed) {
        xl_plan_free(plan);
        return false;
    }
    return true;
}

void xl_plan_free(struct xl_plan *plan)
{
    free(plan->layers);
    free(plan->slots);
    free(plan->copies);
    free(plan->fields);
    *plan = (struct xl_plan){0};
}
