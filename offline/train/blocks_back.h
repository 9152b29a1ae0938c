/* SPDX-License-Identifier: ISC */
/* Gradients of the memory layer and of NX-AI's blocks, as xl_layer_back() needs them. */
#ifndef TRAIN_BLOCKS_BACK_H
#define TRAIN_BLOCKS_BACK_H

#include "back.h"

/** The layers of the structs of the same names in layer.h. */
XL_DECLARE_BACK(xl_memory_layer_back, xl_memory_layer);
XL_DECLARE_BACK(xl_slstm_block_back, xl_slstm_block);
XL_DECLARE_BACK(xl_mlstm_block_back, xl_mlstm_block);
XL_DECLARE_BACK(xl_large_block_back, xl_large_block);
#define xl_memory_layer_back XL_FN(xl_memory_layer_back)
#define xl_slstm_block_back XL_FN(xl_slstm_block_back)
#define xl_mlstm_block_back XL_FN(xl_mlstm_block_back)
#define xl_large_block_back XL_FN(xl_large_block_back)

#endif
