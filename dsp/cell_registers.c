/* SPDX-License-Identifier: ISC */
/* Recurrent cells whose gates stay in registers from the product to the units: one channel after
 * the other, for some widths, which are constants where run_in_registers() is expanded. */
#include "cell_walk.h"

#include "grouped.h"
#include "recurrence.h"

/** The gates before R h: of the row, or W x + b where the input is but a few numbers. */
static inline __attribute__((always_inline)) void start_gates(const struct walk *w, size_t channel,
                                                              int vectors, vf *gate)
{
    const real *parameters = w->run->parameters;
    const real *from =
        w->input ? parameters + w->input->bias : xl_rows_from(w->gates, w->row + channel).data;
    XL_UNROLL
    for (int v = 0; v < vectors; v++)
        gate[v] = vf_load(from + v * W);
    if (!w->input)
        return;
    const real *x = xl_rows_from(w->x, w->row + channel).data;
    const real *weight = parameters + w->input->weight;
    for (size_t k = 0; k < w->input->in; k++, weight += w->input->columns) {
        const vf factor = vf_set(x[k]);
        XL_UNROLL
        for (int v = 0; v < vectors; v++)
            gate[v] = vf_fma(factor, vf_load(weight + v * W), gate[v]);
    }
}

/** gate += R h for R in blocks of `size` that share vectors. */
static inline __attribute__((always_inline)) void add_grouped(const struct walk *w, const real *h,
                                                              int vectors, size_t size, vf *gate)
{
    const size_t padded = xl_pad(w->cell->width);
    const real *row = w->run->parameters + w->cell->recurrent;
    XL_UNROLL
    for (size_t k = 0; k < size; k++, row += 4 * padded) {
        XL_UNROLL
        for (int v = 0; v < vectors; v++) {
            const vf x = xl_of_block(h, (size_t)(v * W), size, k);
            XL_UNROLL
            for (int g = 0; g < 4; g++)
                gate[g * vectors + v] =
                    vf_fma(x, vf_load(row + (size_t)g * padded + v * W), gate[g * vectors + v]);
        }
    }
}

/** W numbers from number `at` on of those that lie flat in vectors. */
static inline __attribute__((always_inline)) vf take(const vf *flat, size_t at)
{
    return at % W ? vf_across(flat[at / W], flat[at / W + 1], vf_lanes(at % W)) : flat[at / W];
}

/** `size` is that of grouped heads, or 0. */
static inline __attribute__((always_inline)) void
run_in_registers(struct walk *w, enum xl_cell_type type, size_t width, size_t size)
{
    const struct xl_cell *cell = w->cell;
    const int vectors = (int)((4 * width + W - 1) / W);
    const struct xl_recurrence r = {
        .weight = w->run->parameters + cell->recurrent,
        .columns = xl_pad(4 * width),
        .width = width,
    };
    for (size_t step = 0; step < w->run->steps; step++) {
        for (size_t channel = 0; channel < w->run->channels; channel++) {
            vf gate[XL_MOST_SUMS + 1];
            const struct place at = place_at(w, channel);
            const real *h = w->before + channel * w->before_stride;
            start_gates(w, channel, vectors, gate);
            gate[vectors] = vf_zero(); /* may be read, by lanes that do not count */
            if (size > 0)
                add_grouped(w, h, vectors / 4, size, gate);
            else
                xl_recurrence_sums(&r, 0, h, 1, vectors, xl_partial_sums(r.columns), gate);
            XL_UNROLL
            for (size_t unit = 0; unit < width; unit += W) {
                const vf of_unit[4] = {take(gate, unit), take(gate, width + unit),
                                       take(gate, 2 * width + unit), take(gate, 3 * width + unit)};
                if (type == XL_CELL_SLSTM)
                    slstm_unit(cell, at, unit, of_unit);
                else
                    lstm_unit(cell, at, unit, of_unit);
            }
        }
        next_step(w);
    }
}

/** Whether the gates of that width fit the registers. */
#define FITS(width) (W > 1 && 2 * (width) >= W && 4 * (width) <= XL_MOST_SUMS * W)

#define WALKS(width)                                                                               \
    static void slstm_##width(struct walk *w)                                                      \
    {                                                                                              \
        run_in_registers(w, XL_CELL_SLSTM, FITS(width) ? width : W, 0);                            \
    }                                                                                              \
    static void lstm_##width(struct walk *w)                                                       \
    {                                                                                              \
        run_in_registers(w, XL_CELL_LSTM, FITS(width) ? width : W, 0);                             \
    }
WALKS(8)
WALKS(12)
WALKS(16)
WALKS(20)
WALKS(24)
WALKS(32)
WALKS(40)
WALKS(48)
WALKS(64)

static void grouped_1_of_4(struct walk *w)
{
    run_in_registers(w, XL_CELL_SLSTM, W, 4);
}

static void grouped_2_of_4(struct walk *w)
{
    run_in_registers(w, XL_CELL_SLSTM, 2 * W, 4);
}

static void grouped_1_of_8(struct walk *w)
{
    run_in_registers(w, XL_CELL_SLSTM, W, 8);
}

static void grouped_2_of_8(struct walk *w)
{
    run_in_registers(w, XL_CELL_SLSTM, 2 * W, 8);
}

static walk_function *grouped_in_registers(const struct xl_cell *cell)
{
    const size_t size = cell->width / cell->heads;
    const bool one = cell->width == W;
    if (W == 1 || (!one && cell->width != 2 * W))
        return NULL;
    return size == 4   ? one ? grouped_1_of_4 : grouped_2_of_4
           : size == 8 ? one ? grouped_1_of_8 : grouped_2_of_8
                       : NULL;
}

walk_function *xl_walk_in_registers(const struct xl_cell *cell, size_t channels)
{
    enum { NEAR_CACHE = 48 * 1024 }; /* a larger R is better read for two channels at once */
    static const struct {
        unsigned width;
        walk_function *slstm, *lstm;
    } WALKS[] = {
        {8, slstm_8, lstm_8},    {12, slstm_12, lstm_12}, {16, slstm_16, lstm_16},
        {20, slstm_20, lstm_20}, {24, slstm_24, lstm_24}, {32, slstm_32, lstm_32},
        {40, slstm_40, lstm_40}, {48, slstm_48, lstm_48}, {64, slstm_64, lstm_64},
    };
    if (cell->grouped)
        return grouped_in_registers(cell);
    const size_t bytes = (size_t)4 * cell->width * cell->width * sizeof(real);
    if (XL_REGISTERS == 32 && channels > 1 && bytes > NEAR_CACHE)
        return NULL;
    for (size_t i = 0; cell->joined && i < sizeof WALKS / sizeof *WALKS; i++)
        if (cell->width == WALKS[i].width && FITS(cell->width))
            return cell->type == XL_CELL_SLSTM ? WALKS[i].slstm : WALKS[i].lstm;
    return NULL;
}
