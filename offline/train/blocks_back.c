/* SPDX-License-Identifier: ISC */
/* Each function reads upwards against its forward twin in dsp/blocks.c or dsp/layers.c. Rows that a
 * forward function overwrote are computed again, in dx until dx is wanted. */
#include "blocks_back.h"

#include "cell.h"
#include "layers.h"
#include "memory_back.h"
#include "slopes.h"

/** Clears what follows `width` numbers of each row of `padded`: a product that treats the padding
 * as further features meets weights of zero there, and must not meet a NaN. */
static void clear_padding(size_t width, size_t padded, size_t rows, struct xl_rows x)
{
    for (size_t row = 0; row < rows; row++)
        memset(x.data + row * x.stride + width, 0, (padded - width) * sizeof(real));
}

/** The feed-forward: dy becomes the gradient of x, the rows that it was added to. */
static void ffn_back(const struct xl_ffn *ffn, const struct xl_back *back, struct xl_rows x,
                     struct xl_rows dy)
{
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), width = ffn->norm.width, hidden = xl_pad(ffn->hidden);
    const struct xl_rows gate = xl_piece(run, ffn->gated, 2 * hidden);
    const struct xl_rows dgate = xl_dpiece(back, ffn->gated, 2 * hidden);
    const struct xl_rows up = xl_columns_from(gate, hidden), dup = xl_columns_from(dgate, hidden);
    const struct xl_rows dproduct = xl_dpiece(back, ffn->product, hidden);
    const struct xl_rows du = xl_dpiece(back, ffn->u, xl_pad(width));
    xl_matrix_back(&ffn->down, back, xl_piece(run, ffn->product, hidden), dy, dproduct, false);
    xl_gate_back(ffn->activation, ffn->hidden, rows, gate, up, dproduct, dgate, dup);
    clear_padding(ffn->hidden, hidden, rows, dgate);
    clear_padding(ffn->hidden, hidden, rows, dup);
    xl_matrix_back(&ffn->up, back, xl_piece(run, ffn->u, xl_pad(width)), dgate, du, false);
    xl_norm_back(&ffn->norm, back, x, du, dy, true);
}

/** The beginning of every block, y = x + f(norm(x)): dx from dy and the gradient of norm(x). */
static void residual_back(const struct xl_norm *norm, const struct xl_back *back, struct xl_rows x,
                          struct xl_rows du, struct xl_rows dy, struct xl_rows dx)
{
    xl_copy_rows(xl_pad(norm->width), xl_run_rows(back->run), dy, dx);
    xl_norm_back(norm, back, x, du, dx, true);
}

/** SiLU(conv(x)): dx += …; `dactivated` is overwritten. */
static void convolve_back(const struct xl_conv *conv, const struct xl_back *back, struct xl_rows x,
                          struct xl_rows convolved, struct xl_rows dactivated, struct xl_rows dx)
{
    xl_activate_back(XL_SWISH, conv->width, xl_run_rows(back->run), convolved, dactivated,
                     dactivated);
    xl_conv_back(conv, back, x, dactivated, dx);
}

/* ---- memory layer --------------------------------------------------------------------------- */

static void bare_memory_back(const struct xl_memory *memory, const struct xl_back *back,
                             struct xl_memory_rows rows, struct xl_memory_rows gradient,
                             struct xl_rows dx)
{
    const size_t count = xl_run_rows(back->run);
    const size_t width = (size_t)memory->heads * (2 * memory->dk + memory->dv);
    xl_memory_back(memory, back, rows, gradient);
    xl_copy_rows(width, count, gradient.qkv, dx);
    xl_copy_rows((size_t)2 * memory->heads, count, gradient.gates, xl_columns_from(dx, width));
}

/** A memory's rows among the pieces at `base`: the work itself or its gradient. */
static struct xl_memory_rows memory_rows(const struct xl_memory *memory, size_t rows, real *base,
                                         size_t qkv, size_t gate, size_t h)
{
    return (struct xl_memory_rows){{base + qkv * rows, xl_qkv_width(memory)},
                                   {base + gate * rows, xl_gate_width(memory)},
                                   {base + h * rows, xl_memory_width(memory)}};
}

void xl_memory_layer_back(const struct xl_memory_layer *layer, const struct xl_back *back,
                          struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_memory *memory = &layer->memory;
    const struct xl_run *run = back->run;
    const size_t count = xl_run_rows(run), width = (size_t)memory->heads * memory->dv;
    const size_t keys = (size_t)memory->heads * memory->dk;
    const struct xl_memory_rows rows = {xl_piece(run, layer->qkv, xl_qkv_width(memory)),
                                        xl_piece(run, layer->gate, xl_gate_width(memory)),
                                        xl_piece(run, layer->h, xl_memory_width(memory))};
    struct xl_memory_rows gradient = {xl_dpiece(back, layer->qkv, xl_qkv_width(memory)),
                                      xl_dpiece(back, layer->gate, xl_gate_width(memory)), dy};
    (void)y;
    if (!layer->has_input) {
        bare_memory_back(memory, back, rows, gradient, dx);
        return;
    }
    const struct xl_rows o = xl_piece(run, layer->o_row, xl_pad(width));
    const struct xl_rows do_row = xl_dpiece(back, layer->o_row, xl_pad(width));
    gradient.h = xl_dpiece(back, layer->h, xl_memory_width(memory));
    xl_gate_back(XL_SIGMOID, width, count, o, rows.h, dy, do_row, gradient.h);
    xl_memory_back(memory, back, rows, gradient);
    if (layer->residual)
        xl_copy_rows(xl_pad(width), count, dy, dx);
    xl_matrix_back(&layer->o, back, x, do_row, dx, layer->residual);
    xl_matrix_back(&layer->gates, back, x, gradient.gates, dx, true);
    xl_matrix_back(&layer->q, back, x, gradient.qkv, dx, true);
    xl_matrix_back(&layer->k, back, x, xl_columns_from(gradient.qkv, keys), dx, true);
    xl_matrix_back(&layer->v, back, x, xl_columns_from(gradient.qkv, 2 * keys), dx, true);
}

/* ---- sLSTM block ---------------------------------------------------------------------------- */

/** What the feed-forward was added to: x + normed. */
static void first_half(const struct xl_slstm_block *layer, const struct xl_run *run,
                       struct xl_rows x, struct xl_rows y)
{
    const size_t width = layer->cell.width, padded = xl_pad(width), rows = xl_run_rows(run);
    xl_copy_rows(padded, rows, x, y);
    xl_add(width, rows, xl_piece(run, layer->normed, padded), y);
}

void xl_slstm_block_back(const struct xl_slstm_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t width = layer->cell.width, padded = xl_pad(width);
    const bool convolves = layer->conv.taps > 0;
    const struct xl_rows u = xl_piece(run, layer->u, padded);
    const struct xl_rows du = xl_dpiece(back, layer->u, padded);
    const struct xl_rows h = xl_piece(run, layer->h, padded);
    const struct xl_rows dh = xl_dpiece(back, layer->h, padded);
    const struct xl_rows c = convolves ? xl_piece(run, layer->activated, padded) : u;
    const struct xl_rows dc = convolves ? xl_dpiece(back, layer->activated, padded) : du;
    const struct xl_rows dgates = xl_dpiece(back, layer->gates, xl_pad_flat(4, width));
    (void)y;
    if (layer->has_ffn) {
        first_half(layer, run, x, dx);
        ffn_back(&layer->ffn, back, dx, dy);
    }
    xl_norm_back(&layer->group_norm, back, h, dy, dh, false);
    xl_cell_back(&layer->cell, back, NULL, h, dh, dgates);
    for (size_t slot = 0; slot < 4; slot++) {
        const bool first = slot == 0 || (slot == 2 && convolves); /* the first to reach its rows */
        xl_matrix_back(&layer->gate[slot], back, slot < 2 ? c : u,
                       xl_columns_from(dgates, slot * width), slot < 2 ? dc : du, !first);
    }
    if (convolves)
        convolve_back(&layer->conv, back, u, xl_piece(run, layer->convolved, padded), dc, du);
    residual_back(&layer->norm, back, x, du, dy, dx);
}

/* ---- mLSTM block ---------------------------------------------------------------------------- */

/** From the gradient of the product to those of `normed`, of `activated` (along the skip) and of
 *  z. */
static void skip_and_gate_back(const struct xl_mlstm_block *layer, const struct xl_back *back,
                               struct xl_rows dnormed, struct xl_rows dactivated, struct xl_rows dz)
{
    const struct xl_run *run = back->run;
    const size_t padded = xl_pad(layer->inner);
    const struct xl_rows normed = xl_piece(run, layer->normed, padded);
    const struct xl_rows activated = xl_piece(run, layer->activated, padded);
    const struct xl_rows z = xl_columns_from(xl_piece(run, layer->az, 2 * padded), padded);
    const struct xl_rows dproduct = xl_dpiece(back, layer->product, padded);
    for (size_t row = 0; row < xl_run_rows(run); row++)
        for (size_t i = 0; i < layer->inner; i += W) {
            real *dskip = back->gradient + layer->skip + i;
            const vf skip = vf_load(run->parameters + layer->skip + i);
            const vf a = vf_load(activated.data + row * padded + i);
            const vf gate = vf_load(z.data + row * z.stride + i);
            const vf d = vf_load(dproduct.data + row * padded + i);
            const vf sum = vf_fma(skip, a, vf_load(normed.data + row * padded + i));
            const vf dsum = d * v_swish(gate);
            vf_store(dz.data + row * dz.stride + i, d * sum * v_swish_slope(gate));
            vf_store(dnormed.data + row * padded + i, dsum);
            vf_store(dactivated.data + row * padded + i, dsum * skip);
            vf_store(dskip, vf_fma(dsum, a, vf_load(dskip)));
        }
}

void xl_mlstm_block_back(const struct xl_mlstm_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_memory *memory = &layer->memory;
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), inner = layer->inner, padded = xl_pad(inner);
    const size_t width = xl_pad(layer->norm.width);
    const struct xl_rows az = xl_piece(run, layer->az, 2 * padded);
    const struct xl_rows daz = xl_dpiece(back, layer->az, 2 * padded);
    const struct xl_rows activated = xl_piece(run, layer->activated, padded);
    const struct xl_rows dactivated = xl_dpiece(back, layer->activated, padded);
    const struct xl_rows dnormed = xl_dpiece(back, layer->normed, padded);
    const struct xl_rows du = xl_dpiece(back, layer->u, width);
    const struct xl_memory_rows cell =
        memory_rows(memory, rows, run->work, layer->qkv, layer->gate, layer->h);
    const struct xl_memory_rows dcell =
        memory_rows(memory, rows, back->dwork, layer->qkv, layer->gate, layer->h);
    (void)y;
    xl_matrix_back(&layer->down, back, xl_piece(run, layer->product, padded), dy,
                   xl_dpiece(back, layer->product, padded), false);
    skip_and_gate_back(layer, back, dnormed, dactivated, xl_columns_from(daz, padded));
    xl_norm_back(&layer->out_norm, back, cell.h, dnormed, dcell.h, false);
    xl_memory_back(memory, back, cell, dcell);
    xl_matrix_back(&layer->gates, back, cell.qkv, dcell.gates, dcell.qkv, true);
    xl_matrix_back(&layer->q, back, activated, dcell.qkv, dactivated, true);
    xl_matrix_back(&layer->k, back, activated, xl_columns_from(dcell.qkv, inner), dactivated, true);
    xl_matrix_back(&layer->v, back, az, xl_columns_from(dcell.qkv, 2 * inner), daz, false);
    convolve_back(&layer->conv, back, az, xl_piece(run, layer->convolved, padded), dactivated, daz);
    clear_padding(inner, padded, rows, daz);
    clear_padding(inner, padded, rows, xl_columns_from(daz, padded));
    xl_matrix_back(&layer->up, back, xl_piece(run, layer->u, width), daz, du, false);
    residual_back(&layer->norm, back, x, du, dy, dx);
}

/* ---- xLSTM-Large ---------------------------------------------------------------------------- */

/** d of cap tanh(x / cap), from its value. */
static void cap_gates_back(const struct xl_large_block *layer, size_t rows, struct xl_rows gates,
                           struct xl_rows dgates)
{
    const vf cap = vf_set((real)layer->gate_soft_cap);
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < 2 * (size_t)layer->memory.heads; i += W) {
            const vf t = vf_load(gates.data + row * gates.stride + i) / cap;
            real *d = dgates.data + row * dgates.stride + i;
            vf_store(d, vf_load(d) * (vf_set(1) - t * t));
        }
}

/** From the gradient of the first half's output to that of its norm's output, `du`. */
static void large_mlstm_back(const struct xl_large_block *layer, const struct xl_back *back,
                             struct xl_rows dy, struct xl_rows du)
{
    const struct xl_memory *memory = &layer->memory;
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), values = (size_t)memory->heads * memory->dv;
    const size_t keys = (size_t)memory->heads * memory->dk, padded = xl_pad(values);
    const struct xl_rows u = xl_piece(run, layer->u, xl_pad(layer->norm.width));
    const struct xl_rows dproduct = xl_dpiece(back, layer->product, padded);
    const struct xl_rows dnormed = xl_dpiece(back, layer->normed, padded);
    const struct xl_rows do_row = xl_dpiece(back, layer->o_row, padded);
    const struct xl_memory_rows cell =
        memory_rows(memory, rows, run->work, layer->qkv, layer->gate, layer->h);
    const struct xl_memory_rows dcell =
        memory_rows(memory, rows, back->dwork, layer->qkv, layer->gate, layer->h);
    xl_matrix_back(&layer->out, back, xl_piece(run, layer->product, padded), dy, dproduct, false);
    xl_gate_back(XL_SIGMOID, values, rows, xl_piece(run, layer->o_row, padded),
                 xl_piece(run, layer->normed, padded), dproduct, do_row, dnormed);
    xl_norm_back(&layer->head_norm, back, cell.h, dnormed, dcell.h, false);
    xl_memory_back(memory, back, cell, dcell);
    cap_gates_back(layer, rows, cell.gates, dcell.gates);
    xl_matrix_back(&layer->gates, back, u, dcell.gates, du, false);
    xl_matrix_back(&layer->o, back, u, do_row, du, true);
    xl_matrix_back(&layer->q, back, u, dcell.qkv, du, true);
    xl_matrix_back(&layer->k, back, u, xl_columns_from(dcell.qkv, keys), du, true);
    xl_matrix_back(&layer->v, back, u, xl_columns_from(dcell.qkv, 2 * keys), du, true);
}

void xl_large_block_back(const struct xl_large_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    const struct xl_run *run = back->run;
    const size_t rows = xl_run_rows(run), width = layer->norm.width;
    const size_t values = xl_pad((size_t)layer->memory.heads * layer->memory.dv);
    const struct xl_rows du = xl_dpiece(back, layer->u, xl_pad(width));
    (void)y;
    /* what the feed-forward was added to */
    xl_matrix_forward(&layer->out, run->parameters, rows, xl_piece(run, layer->product, values),
                      dx);
    xl_add(width, rows, x, dx);
    ffn_back(&layer->ffn, back, dx, dy);
    large_mlstm_back(layer, back, dy, du);
    residual_back(&layer->norm, back, x, du, dy, dx);
}
