/* SPDX-License-Identifier: ISC */
/* The golden files (tests/golden/README.md) and the float32 tolerances that go with them. */
#ifndef GOLDEN_LIST_H
#define GOLDEN_LIST_H

static const struct golden_file {
    const char *name;
    double tolerance;          ///< of outputs and states
    double gradient_tolerance; ///< 0: the file holds no gradients
} GOLDEN_FILES[] = {
    {"slstm_cell_1head", 2e-6, 5e-6},
    {"slstm_cell_4head", 1e-5, 5e-6},
    {"slstm_cell_cuda_layout", 5e-6, 0},
    {"slstm_cell_extreme", 5e-6, 5e-6},
    {"slstm_cell_long", 1e-5, 0},
    {"slstm_cell_slow", 5e-5, 0},
    {"mlstm_cell_1head", 5e-6, 1e-5},
    {"mlstm_cell_4head", 1e-5, 2e-5},
    {"mlstm_cell_state0", 5e-6, 5e-6},
    {"mlstm_cell_extreme", 5e-4, 2e-4},
    {"mlstm_cell_long", 2e-5, 0},
    {"conv1d_k4", 2e-6, 2e-6},
    {"conv1d_k2", 2e-6, 5e-6},
    {"mlstm_block", 5e-6, 1e-5},
    {"mlstm_block_bias", 5e-6, 5e-6},
    {"slstm_block_ffn", 1e-5, 5e-6},
    {"slstm_block_noffn", 5e-6, 1e-5},
    {"stack_1_0", 1e-5, 2e-4},
    {"stack_0_1", 5e-6, 2e-5},
    {"stack_1_1", 2e-5, 1e-4},
    {"stack_1_1_cuda_layout", 1e-5, 0},
    {"stack_default_init", 5e-5, 0},
    {"audio_mixed", 5e-5, 1e-4},
    {"audio_slstm", 1e-5, 1e-5},
    {"lm_model", 1e-5, 5e-5},
    {"lstm16", 2e-6, 2e-6},
    {"large", 5e-5, 2e-3},
    {"large_bias", 2e-4, 1e-3},
};

enum { GOLDEN_COUNT = sizeof GOLDEN_FILES / sizeof *GOLDEN_FILES };

#endif
