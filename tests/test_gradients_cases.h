/* SPDX-License-Identifier: ISC */
/* Layers that no golden file covers: every cell, knob and activation, sizes that fill no vector,
 * several heads and channels, sequences of several chunks. */
#ifndef TEST_GRADIENTS_CASES_H
#define TEST_GRADIENTS_CASES_H

#include "test_gradients_model.h"

#define AUDIO(layers) "{\"embedding_dim\": 5, \"layers\": [" layers "]}"
#define BARE_AUDIO(layers)                                                                         \
    "{\"in_proj\": false, \"input_frames\": 3, \"direct\": true, \"out_proj_bias\": false, "       \
    "\"knobs\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"layers\": [" layers "]}"
#define LARGE(fields)                                                                              \
    "{\"embedding_dim\": 12, \"num_heads\": 3, \"num_blocks\": 2, \"vocab_size\": 7, "             \
    "\"ffn_round_up_to_multiple_of\": 5, \"ffn_proj_factor\": 1.5" fields "}"
#define ACTIVATION(name)                                                                           \
    {                                                                                              \
        "linear, " name, "xLSTMAudioModel",                                                        \
            AUDIO("{\"type\": \"linear\", \"out_features\": 5, \"residual\": true, "               \
                  "\"activation\": \"" name "\"}"),                                                \
            5, 2, 0                                                                                \
    }

static const struct model_case GRADIENT_CASES[] = {
    {"gru 7", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"gru\", \"hidden_size\": 7}"), 13, 3, 0},
    {"gru 17, residual gru 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"gru\", \"hidden_size\": 17}, "
           "{\"type\": \"gru\", \"hidden_size\": 17, \"residual\": true}"),
     9, 2, 0},
    {"lstm 1", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"lstm\", \"hidden_size\": 1}"), 13, 2, 0},
    {"residual lstm 5, lstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"lstm\", \"hidden_size\": 5, \"residual\": true}, "
           "{\"type\": \"lstm\", \"hidden_size\": 17}"),
     9, 3, 0},
    {"torch lstm of two layers, 3 to 2", "LSTM",
     "{\"hidden_size\": 3, \"num_layers\": 2, \"input_size\": 3, \"output_size\": 2}", 13, 2, 0},
    {"slstm 3", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"slstm\", \"hidden_size\": 3}"), 21, 3,
     0},
    {"slstm 1, slstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 1}, {\"type\": \"slstm\", \"hidden_size\": 17}"),
     9, 2, 0},
    {"residual slstm 5 of five heads", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 5, \"num_heads\": 5, \"residual\": true}"), 21,
     2, 0},
    {"slstm 48 of six heads", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 48, \"num_heads\": 6}"), 7, 2, 0},
    {"slstm 6, exponential forget gate", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 6, \"num_heads\": 2, "
           "\"forget_gate\": \"exponential\"}"),
     21, 2, 0},
    {"slstm cell", "sLSTMCell", "{\"hidden_size\": 9, \"num_heads\": 3}", 13, 3, 0},
    {"mlstm 1", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 1}"), 37, 3,
     0},
    {"mlstm 6 of two heads", "xLSTMAudioModel",
     BARE_AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 6, \"num_heads\": 2, \"qk_size\": 14}"), 37,
     3, 0},
    {"residual mlstm 5 of five heads, mlstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 5, \"num_heads\": 5, \"residual\": true}, "
           "{\"type\": \"mlstm\", \"hidden_size\": 17, \"qk_size\": 3}"),
     37, 2, 0},
    {"mlstm cell, one chunk", "mLSTMCellFn", "{\"num_heads\": 3, \"dk\": 5, \"dv\": 7}", 7, 3, 0},
    {"mlstm cell, chunks", "mLSTMCellFn", "{\"num_heads\": 3, \"dk\": 17, \"dv\": 1}", 100, 2, 0},
    {"mlstm cell, run chunkwise", "mLSTMCellFn", "{\"num_heads\": 2, \"dk\": 66, \"dv\": 69}", 67,
     2, 0},
    {"layer norm", "xLSTMAudioModel", AUDIO("{\"type\": \"layer_norm\"}"), 5, 2, 0},
    {"slstm block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 5, \"conv1d_kernel_size\": 3}, "
           "\"feedforward\": {\"proj_factor\": 1.5, \"round_proj_up_to_multiple_of\": 3, "
           "\"act_fn\": \"selu\", \"bias\": true}}"),
     13, 3, 0},
    {"slstm block of lstms, no convolution, no norm weight", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 1, \"conv1d_kernel_size\": 0, "
           "\"function\": \"lstm\", \"group_norm_weight\": false}, "
           "\"feedforward\": {\"proj_factor\": 3.4, \"round_proj_up_to_multiple_of\": 17, "
           "\"act_fn\": \"swish\"}}"),
     13, 2, 0},
    {"slstm block, exponential forget gate, no feed-forward", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 1, "
           "\"forget_gate\": \"exponential\"}, \"feedforward\": null}"),
     13, 2, 0},
    {"mlstm block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm_block\", \"bias\": true, \"mlstm\": {\"num_heads\": 3, "
           "\"qkv_proj_blocksize\": 3, \"proj_factor\": 1.8, \"round_proj_up_to_multiple_of\": 9, "
           "\"conv1d_kernel_size\": 3}}"),
     37, 3, 0},
    {"mlstm block of one head", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm_block\", \"mlstm\": {\"num_heads\": 1, \"qkv_proj_blocksize\": 17, "
           "\"proj_factor\": 3, \"round_proj_up_to_multiple_of\": 17, "
           "\"conv1d_kernel_size\": 1}}"),
     37, 2, 0},
    {"stack", "xLSTMBlockStack",
     "{\"embedding_dim\": 14, \"num_blocks\": 3, \"slstm_at\": [1], \"mlstm_block\": {\"mlstm\": "
     "{\"num_heads\": 7, \"round_proj_up_to_multiple_of\": 28}}, \"slstm_block\": {\"slstm\": "
     "{\"num_heads\": 2}, \"feedforward\": {\"round_proj_up_to_multiple_of\": 1}}}",
     20, 2, 0.5},
    {"xLSTM-Large", "xLSTMLarge", LARGE(""), 20, 2, 0},
    {"xLSTM-Large, fused", "xLSTMLarge", LARGE(", \"weight_mode\": \"fused\""), 20, 2, 0},
    {"xLSTM-Large, fused, bias", "xLSTMLarge",
     LARGE(", \"weight_mode\": \"fused\", \"use_bias\": true, \"qk_dim_factor\": 0.8, "
           "\"v_dim_factor\": 1.5"),
     20, 2, 0},
    {"control path of an mlstm", "xLSTMAudioModel",
     AUDIO("{\"type\": \"control\", \"frames\": 2, \"layers\": [{\"type\": \"mlstm\", "
           "\"hidden_size\": 2}, {\"type\": \"linear\", \"out_features\": 3}]}"),
     37, 2, 0},
    {"control path of a block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"control\", \"frames\": 3, \"layers\": [{\"type\": "
           "\"slstm_block\", \"slstm\": {\"num_heads\": 2}}]}"),
     37, 2, 0},
    {"control path of a follower", "xLSTMAudioModel",
     AUDIO("{\"type\": \"control\", \"frames\": 2, \"layers\": [{\"type\": \"follower\", "
           "\"hidden_size\": 2}]}"),
     37, 3, 0},
    {"control path that watches some", "xLSTMAudioModel",
     "{\"in_proj\": false, \"input_frames\": 3, \"layers\": [{\"type\": \"control\", \"frames\": "
     "2, "
     "\"watched\": 2, \"layers\": [{\"type\": \"slstm\", \"hidden_size\": 2}]}]}",
     37, 2, 0},
    {"control path of which some is held", "xLSTMAudioModel",
     "{\"in_proj\": false, \"input_frames\": 3, \"layers\": [{\"type\": \"linear\", "
     "\"out_features\": 4}, {\"type\": \"control\", \"frames\": 3, \"held\": 2, \"layers\": "
     "[{\"type\": \"slstm\", \"hidden_size\": 2}]}]}",
     37, 2, 0},
    {"follower", "xLSTMAudioModel", AUDIO("{\"type\": \"follower\", \"hidden_size\": 18}"), 13, 2,
     0},
    {"lstm with a limit of its gates", "xLSTMAudioModel",
     AUDIO("{\"type\": \"lstm\", \"hidden_size\": 17, \"gate_limit\": 9}"), 13, 2, 0},
    {"slstm with a limit of its gates", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 17, \"gate_limit\": 9}"), 13, 2, 0},
    ACTIVATION("none"),
    ACTIVATION("tanh"),
    ACTIVATION("sigmoid"),
    ACTIVATION("swish"),
    ACTIVATION("gelu"),
    ACTIVATION("relu"),
    ACTIVATION("relu^2"),
    ACTIVATION("selu"),
};

enum { GRADIENT_CASE_COUNT = sizeof GRADIENT_CASES / sizeof *GRADIENT_CASES };

#endif
