/* SPDX-License-Identifier: ISC */
#include "recurrent_back.h"

#include "tape.h"

#include <string.h>

/* ---- grouped heads -------------------------------------------------------------------------- */

/** Numbers of one gate's transposed matrix. */
static size_t grouped_size(const struct xl_cell *cell)
{
    return cell->width / cell->heads * xl_pad(cell->width);
}

static void grouped_step_back(const struct xl_recurrent_back *r, size_t channels,
                              struct xl_rows dgates, struct xl_rows dh)
{
    struct xl_matrix t = xl_grouped_gate(r->cell, 0);
    t.columns = xl_pad(r->cell->width);
    for (size_t gate = 0; gate < 4; gate++)
        xl_grouped_forward(&t, r->transposed + gate * grouped_size(r->cell), NULL, channels,
                           xl_columns_from(dgates, gate * r->cell->width), dh, true);
}

static void grouped_gradient(const struct xl_recurrent_back *r, size_t rows, struct xl_rows dgates,
                             struct xl_rows h_before)
{
    for (size_t gate = 0; gate < 4; gate++) {
        const struct xl_matrix m = xl_grouped_gate(r->cell, gate);
        xl_grouped_gradient(&m, rows, h_before, xl_columns_from(dgates, gate * r->cell->width),
                            r->gradient + m.weight);
    }
}

/* ---- matrices ------------------------------------------------------------------------------- */

/** A matrix of R: the units that it reads, its place among the weights, the gates that it makes. */
struct part {
    size_t unit, width, columns, weight, outs;
    struct xl_rows d;
};

static size_t part_count(const struct xl_cell *cell)
{
    return cell->joined ? 1 : cell->blocks * xl_cell_gates(cell->type);
}

static struct part part_at(const struct xl_cell *cell, size_t index, const struct xl_gate_rows *d)
{
    const size_t gates = xl_cell_gates(cell->type);
    if (cell->joined)
        return (struct part){
            0,       cell->width, xl_pad(gates * cell->width), cell->recurrent, gates * cell->width,
            d->gates};
    const size_t block = index / gates, gate = index % gates, unit = block * cell->block;
    const bool inside = cell->type == XL_CELL_GRU && gate == gates - 1;
    const size_t columns = xl_pad(cell->block);
    return (struct part){unit,
                         cell->block,
                         columns,
                         cell->recurrent + index * cell->block * columns,
                         cell->block,
                         inside ? xl_columns_from(d->inner, unit)
                                : xl_columns_from(d->gates, gate * cell->width + unit)};
}

/** The rows of the transposed R, each with that of the transposed input behind it. */
static size_t joined_transpose(const struct xl_recurrent_back *r)
{
    const struct xl_cell *cell = r->cell;
    const size_t outs = xl_cell_gates(cell->type) * cell->width, columns = xl_pad(outs);
    const struct xl_rows to = {r->transposed, xl_recurrent_width(r)};
    memset(to.data, 0, outs * to.stride * sizeof(real));
    xl_transpose(r->parameters + cell->recurrent, cell->width, outs, columns, to);
    if (r->input)
        xl_transpose(r->parameters + r->input->weight, r->input->in, outs, columns,
                     xl_columns_from(to, cell->width));
    return outs * to.stride;
}

size_t xl_recurrent_transpose(const struct xl_recurrent_back *r)
{
    if (r->cell->joined)
        return joined_transpose(r);
    const struct xl_gate_rows none = {{0}, {0}};
    real *to = r->transposed;
    for (size_t gate = 0; r->cell->grouped && gate < 4; gate++, to += grouped_size(r->cell)) {
        const struct xl_matrix m = xl_grouped_gate(r->cell, gate);
        xl_grouped_transpose(&m, r->parameters + m.weight, to);
    }
    for (size_t i = 0; !r->cell->grouped && i < part_count(r->cell); i++) {
        const struct part p = part_at(r->cell, i, &none);
        xl_transpose_padded(r->parameters + p.weight, p.width, p.outs, p.columns, to);
        to += p.outs * xl_pad(p.width);
    }
    return (size_t)(to - r->transposed);
}

void xl_recurrent_step_back(const struct xl_recurrent_back *r, size_t channels,
                            struct xl_gate_rows d, struct xl_rows dh)
{
    const real *transposed = r->transposed;
    if (r->cell->grouped) {
        grouped_step_back(r, channels, d.gates, dh);
        return;
    }
    for (size_t i = 0; i < part_count(r->cell); i++) {
        const struct part p = part_at(r->cell, i, &d);
        const bool joined = r->cell->joined;
        const size_t columns = joined ? xl_recurrent_width(r) : xl_pad(p.width);
        xl_multiply(&(struct xl_product){
            .m = channels,
            .n = columns,
            .k = p.outs,
            .a = p.d.data,
            .a_row = p.d.stride,
            .a_column = 1,
            .b = transposed,
            .b_row = columns,
            .c = dh.data + p.unit,
            .c_row = dh.stride,
            .accumulate = !joined,
        });
        transposed += p.outs * columns;
    }
}

void xl_recurrent_gradient(const struct xl_recurrent_back *r, size_t rows, struct xl_gate_rows d,
                           struct xl_rows h_before)
{
    if (r->cell->grouped) {
        grouped_gradient(r, rows, d.gates, h_before);
        return;
    }
    for (size_t i = 0; i < part_count(r->cell); i++) {
        const struct part p = part_at(r->cell, i, &d);
        xl_outer_sum(&(struct xl_outer){.m = p.width,
                                        .n = p.columns,
                                        .rows = rows,
                                        .x = xl_columns_from(h_before, p.unit),
                                        .dy = p.d,
                                        .to = r->gradient + p.weight,
                                        .to_row = p.columns});
    }
}
