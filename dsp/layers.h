/* SPDX-License-Identifier: ISC */
/* The layers of a model: each runs its input rows `x` to its output rows `y` (never the same) and
 * keeps what it computed on the way in its work. All real-time. */
#ifndef XL_LAYERS_H
#define XL_LAYERS_H

#include "run.h"

/** Declares the function of a layer: rows x of the width that it takes to rows y of its `out`. */
#define XL_DECLARE_LAYER(name, type)                                                               \
    void XL_FN(name)(const struct type *layer, const struct xl_run *run, struct xl_rows x,         \
                     struct xl_rows y)

/** The layers of the structs of the same names in layer.h. */
XL_DECLARE_LAYER(xl_linear_forward, xl_linear_layer);
XL_DECLARE_LAYER(xl_embedding_forward, xl_embedding_layer);
XL_DECLARE_LAYER(xl_cell_layer_forward, xl_cell_layer);
XL_DECLARE_LAYER(xl_memory_layer_forward, xl_memory_layer);
XL_DECLARE_LAYER(xl_slstm_block_forward, xl_slstm_block);
XL_DECLARE_LAYER(xl_mlstm_block_forward, xl_mlstm_block);
XL_DECLARE_LAYER(xl_large_block_forward, xl_large_block);
#define xl_linear_forward XL_FN(xl_linear_forward)
#define xl_embedding_forward XL_FN(xl_embedding_forward)
#define xl_cell_layer_forward XL_FN(xl_cell_layer_forward)
#define xl_memory_layer_forward XL_FN(xl_memory_layer_forward)
#define xl_slstm_block_forward XL_FN(xl_slstm_block_forward)
#define xl_mlstm_block_forward XL_FN(xl_mlstm_block_forward)
#define xl_large_block_forward XL_FN(xl_large_block_forward)

XL_DECLARE_LAYER(xl_follower_forward, xl_follower_layer);
#define xl_follower_forward XL_FN(xl_follower_forward)

/** The layer's children stand behind it in the plan. */
XL_DECLARE_LAYER(xl_control_forward, xl_layer);
#define xl_control_forward XL_FN(xl_control_forward)

/** y += feed-forward(y), the second half of a block of `width` numbers. */
void XL_FN(xl_ffn_forward)(const struct xl_ffn *ffn, const struct xl_run *run, struct xl_rows y);
#define xl_ffn_forward XL_FN(xl_ffn_forward)

/** y = x * activation(gate), over `width` numbers of each row. */
void XL_FN(xl_gate)(enum xl_activation activation, size_t width, size_t rows, struct xl_rows gate,
                    struct xl_rows x, struct xl_rows y);
#define xl_gate XL_FN(xl_gate)

/** Any layer of a model. */
XL_DECLARE_LAYER(xl_layer_forward, xl_layer);
#define xl_layer_forward XL_FN(xl_layer_forward)

#endif
