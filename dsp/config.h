/* SPDX-License-Identifier: ISC */
/* The configuration of a model as plain structs: what a file's JSON says, checked and completed
 * with the reference's defaults (specification 8; presets/README.md for our own words). Not
 * real-time. */
#ifndef XL_CONFIG_H
#define XL_CONFIG_H

#include "layer.h"
#include "tensors.h"

/** Limits of models. */
enum {
    XL_MAX_WIDTH = 4096, ///< numbers in a row, and most other sizes
    XL_MAX_LAYERS = 256,
    XL_MAX_FRAMES = 4096, ///< newest frames that a model may look at directly
    XL_PREFIX_BYTES = 96,
};

/** No pre-activation of a gate is larger. */
#define NO_GATE_LIMIT 1e30

/** How a file lays out a layer's names and what the layer computes. Fields that a type does not
 *  use are zero. */
struct xl_layer_config {
    enum xl_layer_type type;
    char prefix[XL_PREFIX_BYTES]; ///< of its tensors' names, with the final dot
    char suffix[16];              ///< of PyTorch's recurrent tensors: "_l0"
    unsigned out;                 ///< width of its rows
    bool bias, residual;

    enum xl_activation activation; ///< of a linear layer or of the feed-forward
    double soft_cap;               ///< of a linear layer's output
    unsigned vocabulary;

    double epsilon;             ///< of its norms
    double denominator_epsilon; ///< of an mLSTM's output
    bool centred;               ///< norm: LayerNorm
    bool factor_is_plain;       ///< norm: the stored weight is the factor, not the factor less one

    enum xl_cell_type cell;
    bool bare; ///< the reference's cell alone: no input projection
    bool exponential_forget;
    double gate_limit; ///< of a bare sLSTM or an LSTM
    unsigned heads;
    unsigned taps; ///< of the convolution

    unsigned inner, qkv_block; ///< mLSTM block
    unsigned qk;               ///< mLSTM layer and xLSTM-Large: width of q and of k
    unsigned values;           ///< xLSTM-Large: width of v

    unsigned control_frames; ///< rows in a frame of a path at control rate
    unsigned held;           ///< columns, the last ones, of which the path sees the value
    unsigned levels;         ///< columns before those, of which it sees the level
    unsigned children;       ///< layers after it that belong to it

    bool group_norm_weight;
    unsigned hidden; ///< of the feed-forward; 0: none
    bool fused;      ///< xLSTM-Large: weight_mode "fused"
    double gate_soft_cap;
};

/** A model's configuration. Owns `layers`, borrows the rest. */
struct xl_config {
    const char *format;
    const char *kind; ///< static text
    bool audio;       ///< a frame is one sample, and input samples are checked
    unsigned inputs, outputs;
    unsigned frames;  ///< newest frames in the input vector
    bool direct;      ///< direct.weight
    unsigned prewarm; ///< frames of silence before the first
    double sample_rate;
    const char *name, *author, *licence, *gear, *made_by; ///< belong to the JSON; "": not said
    double input_level_dbu, output_level_dbu, loudness_dbfs, esr; ///< NaN: not said
    size_t knob_count;
    struct xlstm_knob knobs[XLSTM_MAX_KNOBS]; ///< names belong to the JSON
    size_t layer_count;
    struct xl_layer_config *layers; ///< owned; children follow their layer
    unsigned width;                 ///< of the rows after the layers so far
    const json_t *json;             ///< borrowed: the file's configuration
};

/** Reads a file's kind and configuration; `file` must outlive the result. On failure nothing is
 *  left to free. */
bool xl_config_read(struct xl_config *config, const struct xl_tensors *file,
                    struct xlstm_error *error);

/** Frees the layers; a zeroed one is fine. */
void xl_config_free(struct xl_config *config);

#endif
