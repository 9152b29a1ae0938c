/* SPDX-License-Identifier: ISC */
/* What a model is once its file has been understood: layers as plain sizes and offsets.
 *
 * Three arrays carry the numbers of a model, and everything here is an offset into one of them:
 *   parameters  weights packed for the kernels, shared by all streams (see plan.h)
 *   state       what a channel remembers from frame to frame, one image for each channel
 *   work        what a run over `rows` frames computes on the way: pieces of rows x width numbers
 * A row is one frame of one channel; row = step * channels + channel. A piece of a layer's work
 * begins at `offset * rows`. Every row is padded to a multiple of XL_PAD numbers, so that kernels
 * work on whole vectors; what the padding holds is never looked at.
 *
 * The training code runs the same forward functions and reads the pieces as its tape. */
#ifndef XL_LAYER_H
#define XL_LAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Sizes that kernels and files agree on. */
enum {
    XL_PAD = 16,       ///< numbers that a row is padded to: the widest vector of any kernel
    XL_MAX_CHUNK = 64, ///< frames that the chunkwise mLSTM takes at most in one chunk
    XL_MAX_HEADS = 64,
    XL_MAX_HEAD = 256, ///< widest head of an mLSTM
};

/** Logarithms of powers, about -20 for silence and 0 for full scale, are counted from silence and
 * in this unit: 0 to 2. */
#define XL_LOG_SILENCE (-20)
#define XL_LOG_SCALE 10

#define XL_NONE SIZE_MAX ///< offset of something that a layer does not have

/** A width rounded up to whole rows of XL_PAD. */
static inline size_t xl_pad(size_t width)
{
    return (width + XL_PAD - 1) / XL_PAD * XL_PAD;
}

/** Width of a row that holds `parts` vectors of `width` numbers without gaps, written in ascending
 *  order by kernels that write whole vectors. */
static inline size_t xl_pad_flat(size_t parts, size_t width)
{
    return xl_pad((parts - 1) * width + xl_pad(width));
}

/** Functions after a linear layer or inside a feed-forward, number by number. */
enum xl_activation {
    XL_IDENTITY,
    XL_TANH,
    XL_SIGMOID,
    XL_SWISH,
    XL_GELU,
    XL_RELU,
    XL_RELU2,
    XL_SELU,
};

/** y = W x + b, block-diagonal if `blocks` > 1: block i maps inputs i*in … to outputs i*out ….
 *  Packed [block][in][columns] with `columns` = padded out; `bias` [blocks * out], padded. Small
 *  square blocks are `grouped`: [in][columns], the blocks side by side, so that several share a
 *  vector; `columns` is at least the padded blocks * out. */
struct xl_matrix {
    unsigned blocks, in, out;
    bool grouped;
    size_t columns;
    size_t weight, bias;
};

/** Whether `blocks` square blocks of `size` are grouped. */
static inline bool xl_is_grouped(unsigned blocks, unsigned size)
{
    return blocks > 1 && (size == 2 || size == 4 || size == 8);
}

/** Causal depthwise convolution over time (specification 3). Packed weight [tap][padded width],
 *  tap 0 meets the oldest frame. State: the last taps - 1 input rows, oldest first. */
struct xl_conv {
    unsigned width, taps;
    size_t weight, bias;
    size_t state;
};

/** Normalisation of each of `groups` runs of `width` numbers. `weight` is the factor itself. */
struct xl_norm {
    unsigned groups, width;
    bool centred; ///< LayerNorm; otherwise RMSNorm
    double epsilon;
    size_t weight, bias;
};

/** Recurrent cells with a vector for memory. */
enum xl_cell_type { XL_CELL_SLSTM, XL_CELL_LSTM, XL_CELL_GRU };

/** A recurrent cell: gates from pre-activations that already hold input and bias, plus R h, where
 *  R is block-diagonal over heads. The gates of a row lie flat: gate g of unit p at g * width + p,
 *  in the order i, f, z, o (sLSTM, LSTM) or r, z, n (GRU). Packed R: if `joined`, one matrix
 *  [width][padded gates]; if `grouped`, a grouped matrix for each gate, [in][gate][padded width];
 *  otherwise [block][gate][in][padded block]. State: h, c, n, m, scale and the low parts of sums,
 *  each of padded width, as far as the type has them. At rest scale is 0 and m that of the
 *  specification; for the rest see slstm_math.h, where m is the exponent. */
struct xl_cell {
    enum xl_cell_type type;
    unsigned width, heads;
    bool exponential_forget; ///< sLSTM: forget gate exp instead of sigmoid
    double gate_limit;       ///< sLSTM: i within -limit … limit; LSTM too: f up to limit
    bool joined, grouped;
    unsigned blocks, block; ///< blocks of R and width of each
    size_t recurrent;
    size_t inner_bias; ///< GRU: bias inside the reset gate's product, padded width
    size_t h, c, c_low, n, n_low, m, scale, scale_low;
    size_t inner; ///< GRU, work piece: the product that the reset gate scales
    size_t tape;  ///< work piece, only for training: see cell.h
};

/** The grouped matrix of gate `gate` of such a cell. */
static inline struct xl_matrix xl_grouped_gate(const struct xl_cell *cell, size_t gate)
{
    const size_t padded = xl_pad(cell->width);
    const unsigned size = cell->width / cell->heads;
    return (struct xl_matrix){.blocks = cell->heads,
                              .in = size,
                              .out = size,
                              .grouped = true,
                              .columns = 4 * padded,
                              .weight = cell->recurrent + gate * padded,
                              .bias = XL_NONE};
}

/** The mLSTM cell (specification 5): heads x (dk x dv) memories. State: C [head][dk][padded dv],
 *  n [head][dk], m and m_low [padded heads]. Input rows hold q, k (heads x dk each) and v (heads x
 *  dv) flat, gate rows i and f (heads each) flat. */
struct xl_memory {
    unsigned heads, dk, dv;
    bool chunkwise; ///< run several steps at once in the chunkwise form
    double epsilon;
    size_t c, n, m, m_low;
};

/** Widths of its rows. */
static inline size_t xl_qkv_width(const struct xl_memory *memory)
{
    const size_t read = (size_t)(memory->heads - 1) * memory->dv + xl_pad(memory->dv);
    const size_t written = xl_pad((size_t)memory->heads * memory->dv);
    return xl_pad((size_t)2 * memory->heads * memory->dk + (read > written ? read : written));
}
static inline size_t xl_gate_width(const struct xl_memory *memory)
{
    return xl_pad_flat(2, memory->heads);
}
static inline size_t xl_memory_width(const struct xl_memory *memory)
{
    return xl_pad_flat(memory->heads, memory->dv);
}

/** Gated feed-forward: down(act(gate(u)) * up(u)), u = norm(x). `up` yields gate and up, each
 *  padded. Work pieces: u, up (gate and up), product. */
struct xl_ffn {
    struct xl_norm norm;
    struct xl_matrix up, down;
    unsigned hidden;
    enum xl_activation activation;
    size_t u, gated, product;
};

/** Which member of struct xl_layer counts. */
enum xl_layer_type {
    XL_LAYER_LINEAR,
    XL_LAYER_EMBEDDING,
    XL_LAYER_NORM,
    XL_LAYER_CONV,
    XL_LAYER_CELL,   ///< bare sLSTM, LSTM or GRU
    XL_LAYER_MEMORY, ///< bare mLSTM
    XL_LAYER_SLSTM_BLOCK,
    XL_LAYER_MLSTM_BLOCK,
    XL_LAYER_LARGE_BLOCK,
    XL_LAYER_FOLLOWER,
    XL_LAYER_CONTROL,
};

/** y = activation(W x + b), plus x if residual. */
struct xl_linear_layer {
    struct xl_matrix matrix;
    enum xl_activation activation;
    double soft_cap; ///< 0: none
    bool residual;
    size_t pre; ///< work piece: before the activation
};

/** weight [vocabulary][padded width]; the input is a token number. */
struct xl_embedding_layer {
    unsigned vocabulary;
    size_t weight;
};

/** Work pieces: gates (flat). `has_input` is false for the bare cell of the reference, whose input
 *  rows are the pre-activations. */
struct xl_cell_layer {
    bool has_input, residual;
    struct xl_matrix input; ///< its bias is the cell's; without input only the bias is set
    struct xl_cell cell;
    size_t gates, h;
};

/** Bare mLSTM: h = sigmoid(o) * cell(q, k, v, i, f). Without input its rows are q|k|v|i|f and
 *  there is no output gate. Work pieces: qkv (flat), gates (i, f flat), o, h. */
struct xl_memory_layer {
    bool has_input, residual;
    struct xl_matrix q, k, v, o, gates;
    struct xl_memory memory;
    size_t qkv, gate, o_row, h;
};

/** Specification 6. Work pieces: u, convolved, activated, gates (flat), h. */
struct xl_slstm_block {
    struct xl_norm norm, group_norm;
    struct xl_conv conv; ///< taps 0: none
    struct xl_matrix gate[4];
    struct xl_cell cell;
    bool has_ffn;
    struct xl_ffn ffn;
    size_t u, convolved, activated, gates, h, normed;
};

/** Specification 6. Work pieces: u, az (both halves padded), convolved, activated, qkv (flat),
 *  gate (i, f flat), h, normed, product. */
struct xl_mlstm_block {
    struct xl_norm norm, out_norm;
    struct xl_matrix up, q, k, v, gates, down;
    struct xl_conv conv;
    struct xl_memory memory;
    unsigned inner;
    size_t skip;
    size_t u, az, convolved, activated, qkv, gate, h, normed, product;
};

/** Specification 13. Work pieces: u, qkv (flat), o, gate (i, f flat), h, normed, product. */
struct xl_large_block {
    struct xl_norm norm, head_norm;
    struct xl_matrix q, k, v, o, gates, out;
    struct xl_memory memory;
    double gate_soft_cap;
    struct xl_ffn ffn;
    size_t u, qkv, o_row, gate, h, normed, product;
};

/** The sLSTM's normaliser alone, as its logarithm L = log(n) + m: log(exp(i) + sigmoid(f) exp(L)),
 *  from gates [i, f] = W x + R h + b, each padded; h = L / XL_LOG_SCALE follows the logarithm of a
 *  power. State: h. Work pieces: gates, and the tape of training (old share,
 *  slope of log f). */
struct xl_follower_layer {
    unsigned width;
    struct xl_matrix input, recurrent;
    size_t h, gates, tape;
};

/** What a path at control rate sees of the level of a column in a frame: the logarithms of the mean
 *  square and of the largest square. */
enum xl_pooled { XL_POOLED_POWER, XL_POOLED_PEAK, XL_POOLED };

/** Numbers for each frame that a path sees: the levels of some columns, then the newest value of
 *  each that is held. */
static inline unsigned xl_control_seen(unsigned levels, unsigned held)
{
    return XL_POOLED * levels + held;
}

/** A path at control rate: frames of `frames` input rows are pooled (xl_control_seen), the
 * layers that follow in the plan run once for each frame. Their `out` outputs s make q = [exp(G s)
 * - 1, s], which glides linearly over the next frame: y = [x (1 + q), s]. State: sums of squares
 * and largest squares of the frame so far [2][padded levels], rows counted (channel 0 counts for
 * all), previous and present q. Work pieces: pooled, output rows of each of its layers, their work,
 * G s of each frame, q of each frame, q as it glides. */
struct xl_control_layer {
    unsigned frames, in, out;
    unsigned held;         ///< columns, the last ones, of which the value counts
    unsigned levels;       ///< columns before those, of which the level counts
    struct xl_matrix gain; ///< G
    size_t squares, count, previous, present;
    size_t pooled, rows, layer_work, logarithm, q, glide;
    unsigned children; ///< layers that follow it in the plan and belong to it
    size_t row_width;  ///< room for each of their rows
};

/** A layer of a plan. */
struct xl_layer {
    enum xl_layer_type type;
    unsigned in, out;   ///< widths of its input and output rows
    size_t work;        ///< numbers of work for each row
    size_t work_before; ///< the same of all layers before it
    unsigned ordinal;   ///< place among its neighbours, children not counted
    union {
        struct xl_linear_layer linear;
        struct xl_embedding_layer embedding;
        struct xl_norm norm;
        struct xl_conv conv;
        struct xl_cell_layer cell;
        struct xl_memory_layer memory;
        struct xl_slstm_block slstm_block;
        struct xl_mlstm_block mlstm_block;
        struct xl_large_block large_block;
        struct xl_follower_layer follower;
        struct xl_control_layer control;
    };
};

/** Its sLSTM, or NULL. */
static inline const struct xl_cell *xl_layer_slstm(const struct xl_layer *layer)
{
    if (layer->type == XL_LAYER_SLSTM_BLOCK)
        return &layer->slstm_block.cell;
    return layer->type == XL_LAYER_CELL && layer->cell.cell.type == XL_CELL_SLSTM
               ? &layer->cell.cell
               : NULL;
}

/** Whether it runs an mLSTM in chunks, for which long blocks pay. */
static inline bool xl_layer_is_chunkwise(const struct xl_layer *layer)
{
    return (layer->type == XL_LAYER_MEMORY && layer->memory.memory.chunkwise) ||
           (layer->type == XL_LAYER_MLSTM_BLOCK && layer->mlstm_block.memory.chunkwise) ||
           (layer->type == XL_LAYER_LARGE_BLOCK && layer->large_block.memory.chunkwise);
}

/** Layers that a layer stands for in the plan: itself and its children. */
static inline size_t xl_layer_span(const struct xl_layer *layer)
{
    return 1 + (layer->type == XL_LAYER_CONTROL ? layer->control.children : 0);
}

#endif
