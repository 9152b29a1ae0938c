/* SPDX-License-Identifier: ISC */
/* Recurrent cells over time: the recurrent product of a step, then the units. */
#include "cell.h"

#include "cell_math.h"
#include "grouped.h"
#include "recurrence.h"

/** One channel at one step: where its state, output and tape lie. */
struct place {
    real *state;
    real *h;
    real *tape; ///< NULL outside of training
};

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

/** All arrays of a cell during a run. */
struct walk {
    const struct xl_cell *cell;
    const struct xl_run *run;
    const struct xl_matrix *input; ///< what `gates` lack yet, of x; NULL: nothing
    struct xl_rows x, gates, inner, h, tape;
    struct gate_reader reader;
    const real *before; ///< h of the step before, channel 0
    size_t before_stride;
    size_t row; ///< first row of the step
};

static inline struct place place_at(const struct walk *w, size_t channel)
{
    return (struct place){
        .state = w->run->state + channel * w->run->state_stride,
        .h = xl_rows_from(w->h, w->row + channel).data,
        .tape = w->tape.data ? xl_rows_from(w->tape, w->row + channel).data : NULL,
    };
}

static void next_step(struct walk *w)
{
    w->before = xl_rows_from(w->h, w->row).data;
    w->before_stride = w->h.stride;
    w->row += w->run->channels;
}

/* ---- units ------------------------------------------------------------------------------------
 */

static inline void record(const struct xl_cell *cell, real *tape, size_t unit, size_t count,
                          const vf *values)
{
    for (size_t i = 0; i < count; i++)
        vf_store(tape + i * xl_pad(cell->width) + unit, values[i]);
}

static inline __attribute__((always_inline)) void
slstm_unit(const struct xl_cell *cell, struct place at, size_t u, const vf gate[4])
{
    struct xl_slstm s = {
        .c = vf_load(at.state + cell->c + u),
        .n = vf_load(at.state + cell->n + u),
        .m = {vf_load(at.state + cell->m + u), vf_load(at.state + cell->m_low + u)},
    };
    slstm_step(&s, gate[0], gate[1], gate[2], gate[3], cell->exponential_forget);
    vf_store(at.h + u, s.h);
    vf_store(at.state + cell->c + u, s.c);
    vf_store(at.state + cell->n + u, s.n);
    vf_store(at.state + cell->m + u, s.m.high);
    vf_store(at.state + cell->m_low + u, s.m.low);
    if (at.tape) {
        const vf slope = cell->exponential_forget ? vf_set(1) : v_sigmoid(-gate[1]);
        record(cell, at.tape, u, XL_SLSTM_TAPE,
               (const vf[]){s.gates.i, s.gates.f, s.z, s.o, slope, s.c, s.n});
    }
}

static inline __attribute__((always_inline)) void
lstm_unit(const struct xl_cell *cell, struct place at, size_t u, const vf gate[4])
{
    struct xl_lstm s = {.c = vf_load(at.state + cell->c + u)};
    lstm_step(&s, gate[0], gate[1], gate[2], gate[3]);
    vf_store(at.h + u, s.h);
    vf_store(at.state + cell->c + u, s.c);
    if (at.tape)
        record(cell, at.tape, u, XL_LSTM_TAPE, (const vf[]){s.i, s.f, s.z, s.o, s.c, s.tanh_c});
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

static inline __attribute__((always_inline)) void units(const struct walk *w, bool whole,
                                                        enum xl_cell_type type)
{
    vf gate[4];
    for (size_t channel = 0; channel < w->run->channels; channel++) {
        const struct place at = place_at(w, channel);
        const real *gates = xl_rows_from(w->gates, w->row + channel).data;
        for (size_t u = 0; u < w->cell->width; u += W) {
            read_gates(&w->reader, gates, u, whole, gate);
            if (type == XL_CELL_SLSTM)
                slstm_unit(w->cell, at, u, gate);
            else
                lstm_unit(w->cell, at, u, gate);
        }
    }
}

static void slstm_units(const struct walk *w)
{
    units(w, true, XL_CELL_SLSTM);
}

static void slstm_units_across(const struct walk *w)
{
    units(w, false, XL_CELL_SLSTM);
}

static void lstm_units(const struct walk *w)
{
    units(w, true, XL_CELL_LSTM);
}

static void lstm_units_across(const struct walk *w)
{
    units(w, false, XL_CELL_LSTM);
}

static void gru_units(const struct walk *w)
{
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
            vf_store(at.h + u, s.h);
            if (at.tape)
                record(cell, at.tape, u, XL_GRU_TAPE, (const vf[]){s.r, s.z, s.n, inner});
        }
    }
}

/* ---- gates in registers -----------------------------------------------------------------------
 * For widths of one or two vectors. */

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

/** `size` is that of grouped heads, or 0. */
static inline __attribute__((always_inline)) void
run_in_registers(struct walk *w, int vectors, enum xl_cell_type type, size_t size)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_recurrence r = {
        .weight = w->run->parameters + cell->recurrent,
        .columns = (size_t)(4 * vectors * W),
        .width = (size_t)(vectors * W),
    };
    for (size_t step = 0; step < w->run->steps; step++) {
        for (size_t channel = 0; channel < w->run->channels; channel++) {
            vf gate[8];
            const struct place at = place_at(w, channel);
            const real *h = w->before + channel * w->before_stride;
            start_gates(w, channel, 4 * vectors, gate);
            if (size > 0)
                add_grouped(w, h, vectors, size, gate);
            else
                xl_recurrence_sums(&r, 0, h, 1, 4 * vectors, 2, gate);
            XL_UNROLL
            for (int v = 0; v < vectors; v++) {
                const vf *g = gate + v;
                const vf of_unit[4] = {g[0], g[vectors], g[2 * vectors], g[3 * vectors]};
                if (type == XL_CELL_SLSTM)
                    slstm_unit(cell, at, (size_t)(v * W), of_unit);
                else
                    lstm_unit(cell, at, (size_t)(v * W), of_unit);
            }
        }
        next_step(w);
    }
}

/** The walk for a cell of so many vectors, for one matrix R or for grouped heads of that size. */
#define WALK(name, type, vectors, size)                                                            \
    static void name(struct walk *w)                                                               \
    {                                                                                              \
        run_in_registers(w, vectors, type, size);                                                  \
    }
WALK(lstm_1, XL_CELL_LSTM, 1, 0)
WALK(lstm_2, XL_CELL_LSTM, 2, 0)
WALK(slstm_1, XL_CELL_SLSTM, 1, 0)
WALK(slstm_2, XL_CELL_SLSTM, 2, 0)
WALK(slstm_1_of_4, XL_CELL_SLSTM, 1, 4)
WALK(slstm_2_of_4, XL_CELL_SLSTM, 2, 4)
WALK(slstm_1_of_8, XL_CELL_SLSTM, 1, 8)
WALK(slstm_2_of_8, XL_CELL_SLSTM, 2, 8)

typedef void walk_function(struct walk *w);

/** The walk for this cell, or NULL. */
static walk_function *in_registers(const struct xl_cell *cell)
{
    const size_t size = cell->width / cell->heads;
    const bool one = cell->width == W;
    if (W == 1 || (!one && cell->width != 2 * W))
        return NULL;
    if (cell->joined && cell->type == XL_CELL_LSTM)
        return one ? lstm_1 : lstm_2;
    if (cell->joined)
        return one ? slstm_1 : slstm_2;
    if (cell->grouped && size == 4)
        return one ? slstm_1_of_4 : slstm_2_of_4;
    if (cell->grouped && size == 8)
        return one ? slstm_1_of_8 : slstm_2_of_8;
    return NULL;
}

/* ---- any cell ---------------------------------------------------------------------------------
 */

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

/** The function for the units of a step. */
static void (*units_of(const struct walk *w))(const struct walk *)
{
    switch (w->cell->type) {
    case XL_CELL_SLSTM:
        return w->reader.whole ? slstm_units : slstm_units_across;
    case XL_CELL_LSTM:
        return w->reader.whole ? lstm_units : lstm_units_across;
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
    void (*const finish)(const struct walk *) = units_of(w);
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
        finish(w);
        next_step(w);
    }
}

/** An sLSTM unit that has stored nothing yet starts its m at the first i (specification 4, 3): from
 *  this m every i is larger by more than XL_GATE_RANGE. */
static void wake(const struct xl_cell *cell, const struct xl_run *run)
{
    const vf asleep = vf_set((real)-1e9);
    for (size_t channel = 0; channel < run->channels; channel++) {
        real *state = run->state + channel * run->state_stride;
        for (size_t u = 0; u < cell->width; u += W) {
            const vm empty = vf_equal(vf_load(state + cell->n + u), vf_zero());
            vf_store(state + cell->m + u, vf_select(empty, asleep, vf_load(state + cell->m + u)));
        }
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
    part.tape = xl_rows_from(w->tape, row);
    if (input && !w->input)
        xl_matrix_forward(input, run->parameters, xl_run_rows(&stretch), part.x, w->gates);
    (fast ? fast : run_together)(&part);
    w->before = part.before;
    w->before_stride = part.before_stride;
}

void xl_cell_forward(const struct xl_cell *cell, const struct xl_run *run,
                     const struct xl_matrix *input, struct xl_rows x, struct xl_rows gates,
                     struct xl_rows h)
{
    enum {
        FEW = 4,            ///< inputs that are multiplied within the walk
        STRETCH_ROWS = 256, ///< rows whose gates stay in a near cache, if they are made here
    };
    const size_t padded = xl_pad(cell->width);
    const struct xl_rows none = {0};
    walk_function *const fast = in_registers(cell);
    struct walk w = {
        .cell = cell,
        .run = run,
        .input = fast && input && input->in <= FEW ? input : NULL,
        .x = x,
        .gates = gates,
        .inner = cell->type == XL_CELL_GRU ? xl_piece(run, cell->inner, padded) : none,
        .h = h,
        .tape = cell->tape == XL_NONE
                    ? none
                    : xl_piece(run, cell->tape, xl_cell_tape(cell->type) * padded),
        .before = run->state + cell->h,
        .before_stride = run->state_stride,
        .reader = gate_reader(cell->width),
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
