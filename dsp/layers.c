/* SPDX-License-Identifier: ISC */
/* Layers of one step: linear, embedding, the bare cells, the feed-forward; and the choice by type.
 */
#include "layers.h"

#include "cell.h"
#include "memory.h"
#include "vmath.h"

void xl_gate(enum xl_activation activation, size_t width, size_t rows, struct xl_rows gate,
             struct xl_rows x, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            const vf g = v_activation(activation, vf_load(gate.data + row * gate.stride + i));
            vf_store(y.data + row * y.stride + i, g * vf_load(x.data + row * x.stride + i));
        }
}

static void soft_cap(real cap, size_t width, size_t rows, struct xl_rows y)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W)
            vf_store(y.data + row * y.stride + i,
                     v_soft_cap(vf_load(y.data + row * y.stride + i), cap));
}

void xl_linear_forward(const struct xl_linear_layer *layer, const struct xl_run *run,
                       struct xl_rows x, struct xl_rows y)
{
    const size_t rows = xl_run_rows(run), width = layer->matrix.out;
    const bool plain = layer->activation == XL_IDENTITY;
    const struct xl_rows pre = plain ? y : xl_piece(run, layer->pre, xl_pad(width));
    xl_matrix_forward(&layer->matrix, run->parameters, rows, x, pre);
    if (!plain)
        xl_activate(layer->activation, width, rows, pre, y);
    if (layer->soft_cap > 0)
        soft_cap((real)layer->soft_cap, width, rows, y);
    if (layer->residual)
        xl_add(width, rows, x, y);
}

void xl_embedding_forward(const struct xl_embedding_layer *layer, const struct xl_run *run,
                          struct xl_rows x, struct xl_rows y)
{
    for (size_t row = 0; row < xl_run_rows(run); row++) {
        const real token = x.data[row * x.stride];
        const real last = (real)(layer->vocabulary - 1);
        const size_t index = token > 0 ? (size_t)(token < last ? token : last) : 0;
        memcpy(y.data + row * y.stride, run->parameters + layer->weight + index * y.stride,
               y.stride * sizeof(real));
    }
}

/** Without an input projection the rows are pre-activations and lack only the bias. */
static void add_bias(const struct xl_matrix *input, const struct xl_run *run, size_t width,
                     struct xl_rows rows)
{
    for (size_t row = 0; row < xl_run_rows(run); row++)
        xl_add(width, 1, (struct xl_rows){(real *)run->parameters + input->bias, 0},
               xl_rows_from(rows, row));
}

void xl_cell_layer_forward(const struct xl_cell_layer *layer, const struct xl_run *run,
                           struct xl_rows x, struct xl_rows y)
{
    const size_t rows = xl_run_rows(run), width = layer->cell.width;
    const size_t count = xl_cell_gates(layer->cell.type);
    const struct xl_matrix *input = layer->has_input ? &layer->input : NULL;
    const struct xl_rows gates = xl_piece(run, layer->gates, xl_pad_flat(count, width));
    const struct xl_rows h = layer->residual ? xl_piece(run, layer->h, xl_pad(width)) : y;
    const struct xl_rows none = {0};
    if (!input) {
        xl_copy_rows(count * width, rows, x, gates);
        add_bias(&layer->input, run, count * width, gates);
    }
    xl_cell_forward(&layer->cell, run, input, x, gates, h, layer->residual ? y : none);
}

void xl_memory_layer_forward(const struct xl_memory_layer *layer, const struct xl_run *run,
                             struct xl_rows x, struct xl_rows y)
{
    const struct xl_memory *memory = &layer->memory;
    const size_t rows = xl_run_rows(run), width = (size_t)memory->heads * memory->dv;
    const size_t keys = (size_t)memory->heads * memory->dk;
    const struct xl_rows qkv = xl_piece(run, layer->qkv, xl_qkv_width(memory));
    const struct xl_rows gates = xl_piece(run, layer->gate, xl_gate_width(memory));
    const struct xl_rows h = xl_piece(run, layer->h, xl_memory_width(memory));
    const struct xl_memory_rows cell = {qkv, gates, h};
    if (!layer->has_input) {
        xl_copy_rows(2 * keys + width, rows, x, qkv);
        xl_copy_rows((size_t)2 * memory->heads, rows, xl_columns_from(x, 2 * keys + width), gates);
        xl_memory_forward(memory, run, cell);
        xl_copy_rows(width, rows, h, y);
        return;
    }
    const struct xl_rows o = xl_piece(run, layer->o_row, xl_pad(width));
    xl_matrix_forward(&layer->q, run->parameters, rows, x, qkv);
    xl_matrix_forward(&layer->k, run->parameters, rows, x, xl_columns_from(qkv, keys));
    xl_matrix_forward(&layer->v, run->parameters, rows, x, xl_columns_from(qkv, 2 * keys));
    xl_matrix_forward(&layer->gates, run->parameters, rows, x, gates);
    xl_matrix_forward(&layer->o, run->parameters, rows, x, o);
    xl_memory_forward(memory, run, cell);
    xl_gate(XL_SIGMOID, width, rows, o, h, y);
    if (layer->residual)
        xl_add(width, rows, x, y);
}

void xl_ffn_forward(const struct xl_ffn *ffn, const struct xl_run *run, struct xl_rows y)
{
    const size_t rows = xl_run_rows(run), width = ffn->norm.width, hidden = xl_pad(ffn->hidden);
    const struct xl_rows u = xl_piece(run, ffn->u, xl_pad(width));
    const struct xl_rows gated = xl_piece(run, ffn->gated, 2 * hidden);
    const struct xl_rows product = xl_piece(run, ffn->product, hidden);
    xl_norm_forward(&ffn->norm, run->parameters, rows, y, u);
    xl_matrix_forward(&ffn->up, run->parameters, rows, u, gated);
    xl_gate(ffn->activation, ffn->hidden, rows, gated, xl_columns_from(gated, hidden), product);
    xl_matrix_add(&ffn->down, run->parameters, rows, product, y);
}

void xl_layer_forward(const struct xl_layer *layer, const struct xl_run *run, struct xl_rows x,
                      struct xl_rows y)
{
    const size_t rows = xl_run_rows(run);
    switch (layer->type) {
    case XL_LAYER_LINEAR:
        xl_linear_forward(&layer->linear, run, x, y);
        break;
    case XL_LAYER_EMBEDDING:
        xl_embedding_forward(&layer->embedding, run, x, y);
        break;
    case XL_LAYER_NORM:
        xl_norm_forward(&layer->norm, run->parameters, rows, x, y);
        break;
    case XL_LAYER_CONV:
        xl_conv_forward(&layer->conv, run->parameters, run->state, run->state_stride, run->steps,
                        run->channels, x, y);
        break;
    case XL_LAYER_CELL:
        xl_cell_layer_forward(&layer->cell, run, x, y);
        break;
    case XL_LAYER_MEMORY:
        xl_memory_layer_forward(&layer->memory, run, x, y);
        break;
    case XL_LAYER_SLSTM_BLOCK:
        xl_slstm_block_forward(&layer->slstm_block, run, x, y);
        break;
    case XL_LAYER_MLSTM_BLOCK:
        xl_mlstm_block_forward(&layer->mlstm_block, run, x, y);
        break;
    case XL_LAYER_LARGE_BLOCK:
        xl_large_block_forward(&layer->large_block, run, x, y);
        break;
    case XL_LAYER_FOLLOWER:
        xl_follower_forward(&layer->follower, run, x, y);
        break;
    case XL_LAYER_CONTROL:
        xl_control_forward(layer, run, x, y);
        break;
    }
}
