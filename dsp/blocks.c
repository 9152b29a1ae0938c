/* SPDX-License-Identifier: ISC */
/* NX-AI's residual blocks: sLSTM and mLSTM (specification 6), xLSTM-Large (specification 13). */
#include "layers.h"

#include "cell.h"
#include "memory.h"
#include "vmath.h"

/** SiLU(conv(x)) to `activated`, conv(x) itself to `convolved`. */
static void convolve(const struct xl_conv *conv, const struct xl_run *run, struct xl_rows x,
                     struct xl_rows convolved, struct xl_rows activated)
{
    xl_conv_forward(conv, run->parameters, run->state, run->state_stride, run->steps, run->channels,
                    x, convolved);
    xl_activate(XL_SWISH, conv->width, xl_run_rows(run), convolved, activated);
}

void xl_slstm_block_forward(const struct xl_slstm_block *layer, const struct xl_run *run,
                            struct xl_rows x, struct xl_rows y)
{
    const size_t rows = xl_run_rows(run), width = layer->cell.width, padded = xl_pad(width);
    const struct xl_rows u = xl_piece(run, layer->u, padded);
    const struct xl_rows gates = xl_piece(run, layer->gates, xl_pad_flat(4, width));
    const struct xl_rows h = xl_piece(run, layer->h, padded);
    const struct xl_rows normed = xl_piece(run, layer->normed, padded);
    const struct xl_rows none = {0};
    struct xl_rows c = u;
    xl_norm_forward(&layer->norm, run->parameters, rows, x, u);
    if (layer->conv.taps > 0) {
        c = xl_piece(run, layer->activated, padded);
        convolve(&layer->conv, run, u, xl_piece(run, layer->convolved, padded), c);
    }
    for (size_t slot = 0; slot < 4; slot++) /* i and f see the convolution, z and o do not */
        xl_matrix_forward(&layer->gate[slot], run->parameters, rows, slot < 2 ? c : u,
                          xl_columns_from(gates, slot * width));
    xl_cell_forward(&layer->cell, run, NULL, u, gates, h, none);
    xl_norm_forward(&layer->group_norm, run->parameters, rows, h, normed);
    xl_sum(width, rows, x, normed, y);
    if (layer->has_ffn)
        xl_ffn_forward(&layer->ffn, run, y);
}

/** product = (normed + skip * activated) * SiLU(z) */
static void skip_and_gate(const struct xl_mlstm_block *layer, const struct xl_run *run,
                          struct xl_rows normed, struct xl_rows activated, struct xl_rows z,
                          struct xl_rows product)
{
    for (size_t row = 0; row < xl_run_rows(run); row++)
        for (size_t i = 0; i < layer->inner; i += W) {
            const vf sum = vf_fma(vf_load(run->parameters + layer->skip + i),
                                  vf_load(activated.data + row * activated.stride + i),
                                  vf_load(normed.data + row * normed.stride + i));
            vf_store(product.data + row * product.stride + i,
                     sum * v_swish(vf_load(z.data + row * z.stride + i)));
        }
}

void xl_mlstm_block_forward(const struct xl_mlstm_block *layer, const struct xl_run *run,
                            struct xl_rows x, struct xl_rows y)
{
    const size_t rows = xl_run_rows(run), inner = layer->inner, padded = xl_pad(inner);
    const size_t width = layer->norm.width;
    const real *parameters = run->parameters;
    const struct xl_rows u = xl_piece(run, layer->u, xl_pad(width));
    const struct xl_rows az = xl_piece(run, layer->az, 2 * padded);
    const struct xl_rows convolved = xl_piece(run, layer->convolved, padded);
    const struct xl_rows activated = xl_piece(run, layer->activated, padded);
    const struct xl_rows qkv = xl_piece(run, layer->qkv, xl_qkv_width(&layer->memory));
    const struct xl_rows gates = xl_piece(run, layer->gate, xl_gate_width(&layer->memory));
    const struct xl_rows h = xl_piece(run, layer->h, xl_memory_width(&layer->memory));
    const struct xl_rows normed = xl_piece(run, layer->normed, padded);
    const struct xl_rows product = xl_piece(run, layer->product, padded);

    xl_norm_forward(&layer->norm, parameters, rows, x, u);
    xl_matrix_forward(&layer->up, parameters, rows, u, az);
    convolve(&layer->conv, run, az, convolved, activated);
    xl_matrix_forward(&layer->q, parameters, rows, activated, qkv);
    xl_matrix_forward(&layer->k, parameters, rows, activated, xl_columns_from(qkv, inner));
    xl_matrix_forward(&layer->v, parameters, rows, az, xl_columns_from(qkv, 2 * inner));
    xl_matrix_forward(&layer->gates, parameters, rows, qkv, gates);
    xl_memory_forward(&layer->memory, run, (struct xl_memory_rows){qkv, gates, h});
    xl_norm_forward(&layer->out_norm, parameters, rows, h, normed);
    skip_and_gate(layer, run, normed, activated, xl_columns_from(az, padded), product);
    xl_matrix_forward(&layer->down, parameters, rows, product, y);
    xl_add(width, rows, x, y);
}

static void cap_gates(const struct xl_large_block *layer, const struct xl_run *run,
                      struct xl_rows gates)
{
    const real cap = (real)layer->gate_soft_cap;
    for (size_t row = 0; row < xl_run_rows(run); row++)
        for (size_t i = 0; i < 2 * (size_t)layer->memory.heads; i += W) {
            real *gate = gates.data + row * gates.stride + i;
            vf_store(gate, v_soft_cap(vf_load(gate), cap));
        }
}

void xl_large_block_forward(const struct xl_large_block *layer, const struct xl_run *run,
                            struct xl_rows x, struct xl_rows y)
{
    const struct xl_memory *memory = &layer->memory;
    const size_t rows = xl_run_rows(run), width = layer->norm.width;
    const size_t keys = (size_t)memory->heads * memory->dk;
    const size_t values = (size_t)memory->heads * memory->dv;
    const real *parameters = run->parameters;
    const struct xl_rows u = xl_piece(run, layer->u, xl_pad(width));
    const struct xl_rows qkv = xl_piece(run, layer->qkv, xl_qkv_width(memory));
    const struct xl_rows o = xl_piece(run, layer->o_row, xl_pad(values));
    const struct xl_rows gates = xl_piece(run, layer->gate, xl_gate_width(memory));
    const struct xl_rows h = xl_piece(run, layer->h, xl_memory_width(memory));
    const struct xl_rows normed = xl_piece(run, layer->normed, xl_pad(values));
    const struct xl_rows product = xl_piece(run, layer->product, xl_pad(values));

    xl_norm_forward(&layer->norm, parameters, rows, x, u);
    xl_matrix_forward(&layer->q, parameters, rows, u, qkv);
    xl_matrix_forward(&layer->k, parameters, rows, u, xl_columns_from(qkv, keys));
    xl_matrix_forward(&layer->v, parameters, rows, u, xl_columns_from(qkv, 2 * keys));
    xl_matrix_forward(&layer->o, parameters, rows, u, o);
    xl_matrix_forward(&layer->gates, parameters, rows, u, gates);
    cap_gates(layer, run, gates);
    xl_memory_forward(memory, run, (struct xl_memory_rows){qkv, gates, h});
    xl_norm_forward(&layer->head_norm, parameters, rows, h, normed);
    xl_gate(XL_SIGMOID, values, rows, o, normed, product);
    xl_matrix_forward(&layer->out, parameters, rows, product, y);
    xl_add(width, rows, x, y);
    xl_ffn_forward(&layer->ffn, run, y);
}
