/* SPDX-License-Identifier: ISC */
/* Recurrent cells over time: the recurrent product of a step for all channels, then the units. */
#include "cell_walk.h"

#include "recurrence.h"

/* ---- units ---------------------------------------------------------------------------------- */

/** How to read the gates of a row. They lie flat: where the width is no whole number of vectors,
 *  some start within one. */
struct gate_reader {
    bool whole; ///< all of them start at a vector
    size_t start[4];
    vi lanes[4];
};

static struct gate_reader gate_reader(size_t width)
{
    struct gate_reader r = {.whole = width % W == 0};
    for (size_t gate = 0; gate < 4; gate++) {
        r.start[gate] = gate * width / W * W;
        r.lanes[gate] = vf_lanes(gate * width % W);
    }
    return r;
}

static inline __attribute__((always_inline)) void
read_gates(const struct gate_reader *r, const real *gates, size_t u, bool whole, vf gate[4])
{
    XL_UNROLL
    for (size_t g = 0; g < 4; g++) {
        const real *from = gates + r->start[g] + u;
        gate[g] = whole ? vf_load(from) : vf_load_across(from, r->lanes[g]);
    }
}

static inline __attribute__((always_inline)) void
units(const struct walk *w, const struct gate_reader *reader, bool whole, enum xl_cell_type type)
{
    vf gate[4];
    for (size_t channel = 0; channel < w->run->channels; channel++) {
        const struct place at = place_at(w, channel);
        const real *gates = xl_rows_from(w->gates, w->row + channel).data;
        for (size_t u = 0; u < w->cell->width; u += W) {
            read_gates(reader, gates, u, whole, gate);
            if (type == XL_CELL_SLSTM)
                slstm_unit(w->cell, at, u, gate);
            else
                lstm_unit(w->cell, at, u, gate);
        }
    }
}

static void slstm_units(const struct walk *w, const struct gate_reader *reader)
{
    units(w, reader, true, XL_CELL_SLSTM);
}

static void slstm_units_across(const struct walk *w, const struct gate_reader *reader)
{
    units(w, reader, false, XL_CELL_SLSTM);
}

static void lstm_units(const struct walk *w, const struct gate_reader *reader)
{
    units(w, reader, true, XL_CELL_LSTM);
}

static void lstm_units_across(const struct walk *w, const struct gate_reader *reader)
{
    units(w, reader, false, XL_CELL_LSTM);
}

static void gru_units(const struct walk *w, const struct gate_reader *reader)
{
    (void)reader;
    const struct xl_cell *cell = w->cell;
    const size_t width = cell->width;
    for (size_t channel = 0; channel < w->run->channels; channel++) {
        const struct place at = place_at(w, channel);
        const real *gates = xl_rows_from(w->gates, w->row + channel).data;
        for (size_t u = 0; u < width; u += W) {
            struct xl_gru s = {.h = vf_load(w->before + channel * w->before_stride + u)};
            const vf inner = vf_load(xl_rows_from(w->inner, w->row + channel).data + u);
            gru_step(&s, vf_load(gates + u), vf_load(gates + width + u),
                     vf_load(gates + 2 * width + u), inner);
            put_h(&at, u, s.h);
            if (at.tape)
                record(cell, at.tape, u, XL_GRU_TAPE, (const vf[]){s.r, s.z, s.n, inner});
        }
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

/** gates += R h, R in blocks; the GRU's last gate goes to `inner` instead, with its bias. */
static void recur_blocks(const struct walk *w)
{
    const struct xl_cell *cell = w->cell;
    const size_t count = xl_cell_gates(cell->type);
    const struct xl_rows gates = xl_rows_from(w->gates, w->row);
    const struct xl_rows inner = xl_rows_from(w->inner, w->row);
    struct xl_product p = {
        .m = w->run->channels,
        .n = xl_pad(cell->block),
        .k = cell->block,
        .a_row = w->before_stride,
        .a_column = 1,
        .b = w->run->parameters + cell->recurrent,
        .b_row = xl_pad(cell->block),
    };
    for (size_t block = 0; block < cell->blocks; block++)
        for (size_t gate = 0; gate < count; gate++) {
            const size_t unit = block * cell->block;
            const bool inside = cell->type == XL_CELL_GRU && gate == count - 1;
            p.a = w->before + unit;
            p.c = inside ? inner.data + unit : gates.data + gate * cell->width + unit;
            p.c_row = inside ? inner.stride : gates.stride;
            p.accumulate = !inside;
            p.bias = inside ? w->run->parameters + cell->inner_bias + unit : NULL;
            xl_multiply(&p);
            p.b += p.k * p.b_row;
        }
}

typedef void units_function(const struct walk *, const struct gate_reader *);

static units_function *units_of(enum xl_cell_type type, const struct gate_reader *reader)
{
    switch (type) {
    case XL_CELL_SLSTM:
        return reader->whole ? slstm_units : slstm_units_across;
    case XL_CELL_LSTM:
        return reader->whole ? lstm_units : lstm_units_across;
    case XL_CELL_GRU:
        break;
    }
    return gru_units;
}

/** gates += R h for grouped heads. */
static void recur_grouped(const struct walk *w)
{
    const struct xl_rows h = {(real *)w->before, w->before_stride};
    for (size_t gate = 0; gate < 4; gate++) {
        const struct xl_matrix r = xl_grouped_gate(w->cell, gate);
        xl_grouped_forward(&r, w->run->parameters + r.weight, NULL, w->run->channels, h,
                           xl_columns_from(xl_rows_from(w->gates, w->row), gate * w->cell->width),
                           true);
    }
}

static void run_together(struct walk *w)
{
    const struct gate_reader reader = gate_reader(w->cell->width);
    units_function *const finish = units_of(w->cell->type, &reader);
    struct xl_recurrence r = {
        .weight = w->run->parameters + w->cell->recurrent,
        .columns = xl_pad(4 * (size_t)w->cell->width),
        .width = w->cell->width,
        .gates_stride = w->gates.stride,
    };
    xl_recurrence_plan(&r);
    for (size_t step = 0; step < w->run->steps; step++) {
        r.h_stride = w->before_stride;
        if (w->cell->joined)
            xl_recur(&r, w->run->channels, w->before, xl_rows_from(w->gates, w->row).data);
        else if (w->cell->grouped)
            recur_grouped(w);
        else
            recur_blocks(w);
        finish(w, &reader);
        next_step(w);
    }
}

/** Channels at rest start. */
static void wake(const struct xl_cell *cell, const struct xl_run *run)
{
    for (size_t channel = 0; channel < run->channels; channel++) {
        real *state = run->state + channel * run->state_stride;
        for (size_t u = 0; u < cell->width; u += W)
            slstm_wake_state(cell, state, u, 1);
    }
}

/** What one walk works on: `steps` steps from `first` on, in rows of the run. */
static void walk_stretch(struct walk *w, const struct xl_run *run, const struct xl_matrix *input,
                         walk_function *fast, size_t first, size_t steps)
{
    struct xl_run stretch = *run;
    struct walk part = *w;
    const size_t row = first * run->channels;
    stretch.steps = steps;
    part.run = &stretch;
    part.x = xl_rows_from(w->x, row);
    part.h = xl_rows_from(w->h, row);
    part.sum = xl_rows_from(w->sum, row);
    part.tape = xl_rows_from(w->tape, row);
    if (input && !w->input)
        xl_matrix_forward(input, run->parameters, xl_run_rows(&stretch), part.x, w->gates);
    (fast ? fast : run_together)(&part);
    w->before = part.before;
    w->before_stride = part.before_stride;
}

void xl_cell_forward(const struct xl_cell *cell, const struct xl_run *run,
                     const struct xl_matrix *input, struct xl_rows x, struct xl_rows gates,
                     struct xl_rows h, struct xl_rows sum)
{
    enum {
        FEW = 4,            ///< inputs that are multiplied within the walk
        STRETCH_ROWS = 256, ///< rows whose gates stay in a near cache, if they are made here
    };
    const size_t padded = xl_pad(cell->width);
    const struct xl_rows none = {0};
    walk_function *const fast = xl_walk_in_registers(cell, run->channels);
    struct walk w = {
        .cell = cell,
        .run = run,
        .input = fast && input && input->in <= FEW ? input : NULL,
        .x = x,
        .gates = gates,
        .inner = cell->type == XL_CELL_GRU ? xl_piece(run, cell->inner, padded) : none,
        .h = h,
        .sum = sum,
        .tape = cell->tape == XL_NONE
                    ? none
                    : xl_piece(run, cell->tape, xl_tape_width(cell->type, cell->width)),
        .before = run->state + cell->h,
        .before_stride = run->state_stride,
    };
    const size_t fit = (STRETCH_ROWS + run->channels - 1) / run->channels;
    const size_t most = input && !w.input ? fit : run->steps;
    if (cell->type == XL_CELL_SLSTM)
        wake(cell, run);
    for (size_t step = 0; step < run->steps; step += most) {
        const size_t left = run->steps - step;
        walk_stretch(&w, run, input, fast, step, left < most ? left : most);
    }
    for (size_t channel = 0; channel < run->channels && run->steps > 0; channel++)
        memcpy(run->state + channel * run->state_stride + cell->h,
               w.before + channel * w.before_stride, padded * sizeof(real));
}
