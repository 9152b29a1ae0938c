/* SPDX-License-Identifier: ISC */
/* Back-propagation through time of the recurrent cells. */
#include "back.h"

#include "cell.h"
#include "vec.h"

/** One channel at one step. `before` are the values of the step before, `tape` those of this one.
 */
struct place {
    const real *tape;
    const real *h, *h_before, *c_before, *n_before;
    real *dh, *dgates, *dinner;
    real *dstate;
    size_t padded;
};

/** Stores the lanes of x that lie below `width`; what follows belongs to the next gate. */
static void store_part(real *to, vf x, size_t first, size_t width)
{
    if (first + W <= width) {
        vf_store(to + first, x);
        return;
    }
    real lanes[W];
    vf_store(lanes, x);
    memcpy(to + first, lanes, (width - first) * sizeof(real));
}

static vf taped(const struct place *at, size_t piece, size_t unit)
{
    return vf_load(at->tape + piece * at->padded + unit);
}

/** The sLSTM: m is a constant, since h does not depend on it (specification 12). */
static void slstm_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    const vf one = vf_set(1);
    for (size_t u = 0; u < width; u += W) {
        const vf i = taped(at, XL_SLSTM_I, u), f = taped(at, XL_SLSTM_F, u);
        const vf z = taped(at, XL_SLSTM_Z, u), o = taped(at, XL_SLSTM_O, u);
        const vf h = vf_load(at->h + u), dh = vf_load(at->dh + u);
        real *dstate_c = at->dstate + cell->c + u, *dstate_n = at->dstate + cell->n + u;
        const vf per_n = dh / taped(at, XL_SLSTM_N, u);
        const vf dc = vf_fma(o, per_n, vf_load(dstate_c));
        const vf dn = vf_load(dstate_n) - h * per_n;
        const vf past = vf_load(at->c_before + u) * dc + vf_load(at->n_before + u) * dn;
        store_part(at->dgates, i * vf_fma(z, dc, dn), u, width);
        store_part(at->dgates + width, f * past * taped(at, XL_SLSTM_S, u), u, width);
        store_part(at->dgates + 2 * width, i * dc * (one - z * z), u, width);
        store_part(at->dgates + 3 * width, dh * h * (one - o), u, width);
        vf_store(dstate_c, f * dc);
        vf_store(dstate_n, f * dn);
    }
}

static void lstm_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    const vf one = vf_set(1);
    for (size_t u = 0; u < width; u += W) {
        const vf i = taped(at, XL_LSTM_I, u), f = taped(at, XL_LSTM_F, u);
        const vf z = taped(at, XL_LSTM_Z, u), o = taped(at, XL_LSTM_O, u);
        const vf t = taped(at, XL_LSTM_TANH_C, u), dh = vf_load(at->dh + u);
        real *dstate = at->dstate + cell->c + u;
        const vf dc = vf_fma(dh * o, one - t * t, vf_load(dstate));
        store_part(at->dgates, dc * z * i * (one - i), u, width);
        store_part(at->dgates + width, dc * vf_load(at->c_before + u) * f * (one - f), u, width);
        store_part(at->dgates + 2 * width, dc * i * (one - z * z), u, width);
        store_part(at->dgates + 3 * width, dh * t * o * (one - o), u, width);
        vf_store(dstate, dc * f);
    }
}

/** Leaves in the state's h what reaches the step before past the matrices. */
static void gru_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    const vf one = vf_set(1);
    for (size_t u = 0; u < width; u += W) {
        const vf r = taped(at, XL_GRU_R, u), z = taped(at, XL_GRU_Z, u);
        const vf n = taped(at, XL_GRU_N, u), dh = vf_load(at->dh + u);
        const vf dn = dh * (one - z) * (one - n * n);
        store_part(at->dgates, dn * taped(at, XL_GRU_INNER, u) * r * (one - r), u, width);
        store_part(at->dgates + width, dh * (vf_load(at->h_before + u) - n) * z * (one - z), u,
                   width);
        store_part(at->dgates + 2 * width, dn, u, width);
        vf_store(at->dinner + u, dn * r);
        vf_store(at->dstate + cell->h + u, dh * z);
    }
}

/** All arrays of a cell during the walk. */
struct walk {
    const struct xl_cell *cell;
    const struct xl_back *back;
    struct xl_rows tape, h, dh, dgates, dinner;
};

/** Calls for each product of R: block, gate, its rows of gradients and the place of its weights. */
struct part {
    size_t unit, width, columns, weight;
    struct xl_rows d;
    size_t outs;
};

static size_t part_count(const struct xl_cell *cell)
{
    return cell->joined ? 1 : cell->blocks * xl_cell_gates(cell->type);
}

static struct part part_at(const struct walk *w, size_t index)
{
    const struct xl_cell *cell = w->cell;
    const size_t gates = xl_cell_gates(cell->type);
    if (cell->joined)
        return (struct part){
            0,         cell->width,        xl_pad(gates * cell->width), cell->recurrent,
            w->dgates, gates * cell->width};
    const size_t block = index / gates, gate = index % gates, unit = block * cell->block;
    const bool inside = cell->type == XL_CELL_GRU && gate == gates - 1;
    const size_t columns = xl_pad(cell->block);
    return (struct part){unit,
                         cell->block,
                         columns,
                         cell->recurrent + index * cell->block * columns,
                         inside ? xl_columns_from(w->dinner, unit)
                                : xl_columns_from(w->dgates, gate * cell->width + unit),
                         cell->block};
}

/** Rows of gradients of one gate of a grouped cell. */
static struct xl_rows of_gate(const struct walk *w, size_t gate)
{
    return xl_columns_from(w->dgates, gate * w->cell->width);
}

static void transpose_grouped(const struct walk *w)
{
    const size_t step = w->cell->width / w->cell->heads * xl_pad(w->cell->width);
    for (size_t gate = 0; gate < 4; gate++) {
        const struct xl_matrix r = xl_grouped_gate(w->cell, gate);
        xl_grouped_transpose(&r, w->back->run->parameters + r.weight,
                             w->back->scratch + gate * step);
    }
}

static void recur_back_grouped(const struct walk *w, size_t row, struct xl_rows to)
{
    const size_t padded = xl_pad(w->cell->width);
    const size_t step = w->cell->width / w->cell->heads * padded;
    struct xl_matrix t = xl_grouped_gate(w->cell, 0);
    t.columns = padded;
    for (size_t gate = 0; gate < 4; gate++)
        xl_grouped_forward(&t, w->back->scratch + gate * step, NULL, w->back->run->channels,
                           xl_rows_from(of_gate(w, gate), row), to, true);
}

static void grouped_gradient(const struct walk *w, size_t rows, struct xl_rows h_before,
                             size_t first)
{
    for (size_t gate = 0; gate < 4; gate++) {
        const struct xl_matrix r = xl_grouped_gate(w->cell, gate);
        xl_grouped_gradient(&r, rows, h_before, xl_rows_from(of_gate(w, gate), first),
                            w->back->gradient + r.weight);
    }
}

static void transpose_parts(const struct walk *w)
{
    real *to = w->back->scratch;
    if (w->cell->grouped) {
        transpose_grouped(w);
        return;
    }
    for (size_t i = 0; i < part_count(w->cell); i++) {
        const struct part p = part_at(w, i);
        xl_transpose(w->back->run->parameters + p.weight, p.width, p.outs, p.columns, to);
        to += p.outs * xl_pad(p.width);
    }
}

/** to += R^T dgates for the channels of the step that begins at `row`. */
static void recur_back(const struct walk *w, size_t row, struct xl_rows to)
{
    const real *transposed = w->back->scratch;
    if (w->cell->grouped) {
        recur_back_grouped(w, row, to);
        return;
    }
    for (size_t i = 0; i < part_count(w->cell); i++) {
        const struct part p = part_at(w, i);
        const size_t columns = xl_pad(p.width);
        xl_multiply(&(struct xl_product){
            .m = w->back->run->channels,
            .n = columns,
            .k = p.outs,
            .a = xl_rows_from(p.d, row).data,
            .a_row = p.d.stride,
            .a_column = 1,
            .b = transposed,
            .b_row = columns,
            .c = to.data + p.unit,
            .c_row = to.stride,
            .accumulate = true,
        });
        transposed += p.outs * columns;
    }
}

/** dR += dgates h of the step before, over `rows` rows of both. */
static void recurrent_gradient(const struct walk *w, size_t rows, struct xl_rows h_before,
                               size_t first)
{
    if (w->cell->grouped) {
        grouped_gradient(w, rows, h_before, first);
        return;
    }
    for (size_t i = 0; i < part_count(w->cell); i++) {
        const struct part p = part_at(w, i);
        xl_multiply(&(struct xl_product){
            .m = p.width,
            .n = p.columns,
            .k = rows,
            .a = h_before.data + p.unit,
            .a_row = 1,
            .a_column = h_before.stride,
            .b = xl_rows_from(p.d, first).data,
            .b_row = p.d.stride,
            .c = w->back->gradient + p.weight,
            .c_row = p.columns,
            .accumulate = true,
        });
    }
}

static struct place place_at(const struct walk *w, size_t row)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    const size_t channel = row % run->channels, padded = xl_pad(cell->width);
    const real *state = run->state + channel * run->state_stride;
    const bool first = row < run->channels;
    const size_t previous = first ? 0 : row - run->channels;
    const real *tape = xl_rows_from(w->tape, previous).data;
    const bool slstm = cell->type == XL_CELL_SLSTM;
    const size_t c = (slstm ? (size_t)XL_SLSTM_C : (size_t)XL_LSTM_C) * padded;
    struct place at = {
        .tape = xl_rows_from(w->tape, row).data,
        .h = xl_rows_from(w->h, row).data,
        .h_before = first ? state + cell->h : xl_rows_from(w->h, previous).data,
        .dh = xl_rows_from(w->dh, row).data,
        .dgates = xl_rows_from(w->dgates, row).data,
        .dinner = w->dinner.data ? xl_rows_from(w->dinner, row).data : NULL,
        .dstate = w->back->dstate + channel * run->state_stride,
        .padded = padded,
    };
    if (cell->type != XL_CELL_GRU)
        at.c_before = first ? state + cell->c : tape + c;
    if (slstm)
        at.n_before = first ? state + cell->n : tape + XL_SLSTM_N * padded;
    return at;
}

static void step_back(const struct walk *w, size_t row)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    const struct xl_rows state = {w->back->dstate + cell->h, run->state_stride};
    for (size_t channel = 0; channel < run->channels; channel++) {
        const struct place at = place_at(w, row + channel);
        xl_add(cell->width, 1, (struct xl_rows){at.dstate + cell->h, 0},
               (struct xl_rows){at.dh, 0});
        if (cell->type == XL_CELL_GRU) {
            gru_units(cell, &at);
            continue;
        }
        memset(at.dstate + cell->h, 0, at.padded * sizeof(real));
        if (cell->type == XL_CELL_SLSTM)
            slstm_units(cell, &at);
        else
            lstm_units(cell, &at);
    }
    recur_back(w, row, state);
}

void xl_cell_back(const struct xl_cell *cell, const struct xl_back *back, struct xl_rows h,
                  struct xl_rows dh, struct xl_rows dgates)
{
    const struct xl_run *run = back->run;
    const size_t padded = xl_pad(cell->width), rows = xl_run_rows(run);
    const bool gru = cell->type == XL_CELL_GRU;
    const struct xl_rows none = {0};
    const struct walk w = {
        .cell = cell,
        .back = back,
        .tape = xl_piece(run, cell->tape, xl_cell_tape(cell->type) * padded),
        .h = h,
        .dh = dh,
        .dgates = dgates,
        .dinner = gru ? xl_dpiece(back, cell->inner, padded) : none,
    };
    transpose_parts(&w);
    for (size_t row = rows; row > 0; row -= run->channels)
        step_back(&w, row - run->channels);
    recurrent_gradient(&w, run->channels, (struct xl_rows){run->state + cell->h, run->state_stride},
                       0);
    if (rows > run->channels)
        recurrent_gradient(&w, rows - run->channels, h, run->channels);
    if (gru)
        xl_sum_rows(cell->width, rows, w.dinner, back->gradient + cell->inner_bias);
}
