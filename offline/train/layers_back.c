/* SPDX-License-Identifier: ISC */
/* Gradients of the layers in dsp/layers.c; and the choice by type. */
#include "back.h"

#include "blocks_back.h"
#include "cell.h"
#include "slopes.h"

/** d of c tanh(x / c), from its value y. */
static void soft_cap_back(real cap, size_t width, size_t rows, struct xl_rows y, struct xl_rows dy)
{
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < width; i += W) {
            const vf t = vf_load(y.data + row * y.stride + i) / vf_set(cap);
            real *d = dy.data + row * dy.stride + i;
            vf_store(d, vf_load(d) * (vf_set(1) - t * t));
        }
}

void xl_linear_back(const struct xl_linear_layer *layer, const struct xl_back *back,
                    struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), width = layer->matrix.out;
    if (layer->residual && dx.data)
        xl_copy_rows(xl_pad(width), rows, dy, dx);
    if (layer->soft_cap > 0)
        soft_cap_back((real)layer->soft_cap, width, rows, y, dy);
    if (layer->activation != XL_IDENTITY)
        xl_activate_back(layer->activation, width, rows, xl_piece(run, layer->pre, xl_pad(width)),
                         dy, dy);
    xl_matrix_back(&layer->matrix, back, x, dy, dx, layer->residual);
}

static void embedding_back(const struct xl_embedding_layer *layer, const struct xl_back *back,
                           struct xl_rows x, struct xl_rows dy)
{
    for (size_t row = 0; row < xl_run_rows(back->run); row++) {
        const size_t token = (size_t)x.data[row * x.stride];
        xl_add(dy.stride, 1, xl_rows_from(dy, row),
               (struct xl_rows){back->gradient + layer->weight + token * dy.stride, 0});
    }
}

void xl_cell_layer_back(const struct xl_cell_layer *layer, const struct xl_back *back,
                        struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), width = layer->cell.width;
    const size_t count = xl_cell_gates(layer->cell.type) * width;
    const struct xl_rows dgates =
        xl_dpiece(back, layer->gates, xl_pad_flat(xl_cell_gates(layer->cell.type), width));
    const struct xl_rows h = layer->residual ? xl_piece(run, layer->h, xl_pad(width)) : y;
    const struct xl_rows none = {0};
    const struct xl_cell_input input = {&layer->input, x, dx, layer->residual ? dy : none};
    xl_cell_back(&layer->cell, back, layer->has_input ? &input : NULL, h, dy, dgates);
    if (!layer->has_input) {
        xl_sum_rows(count, rows, dgates, back->gradient + layer->input.bias);
        if (dx.data)
            xl_copy_rows(count, rows, dgates, dx);
    }
}

void xl_layer_back(const struct xl_layer *layer, const struct xl_back *back, struct xl_rows x,
                   struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const size_t rows = xl_run_rows(back->run);
    switch (layer->type) {
    case XL_LAYER_LINEAR:
        xl_linear_back(&layer->linear, back, x, y, dy, dx);
        break;
    case XL_LAYER_EMBEDDING:
        embedding_back(&layer->embedding, back, x, dy);
        break;
    case XL_LAYER_NORM:
        xl_norm_back(&layer->norm, back, x, dy, dx, false);
        break;
    case XL_LAYER_CONV:
        for (size_t row = 0; row < rows; row++)
            memset(xl_rows_from(dx, row).data, 0, dx.stride * sizeof(real));
        xl_conv_back(&layer->conv, back, x, dy, dx);
        break;
    case XL_LAYER_CELL:
        xl_cell_layer_back(&layer->cell, back, x, y, dy, dx);
        break;
    case XL_LAYER_MEMORY:
        xl_memory_layer_back(&layer->memory, back, x, y, dy, dx);
        break;
    case XL_LAYER_SLSTM_BLOCK:
        xl_slstm_block_back(&layer->slstm_block, back, x, y, dy, dx);
        break;
    case XL_LAYER_MLSTM_BLOCK:
        xl_mlstm_block_back(&layer->mlstm_block, back, x, y, dy, dx);
        break;
    case XL_LAYER_LARGE_BLOCK:
        xl_large_block_back(&layer->large_block, back, x, y, dy, dx);
        break;
    case XL_LAYER_FOLLOWER:
        xl_follower_back(&layer->follower, back, x, y, dy, dx);
        break;
    case XL_LAYER_CONTROL:
        xl_control_back(layer, back, x, y, dy, dx);
        break;
    }
}
