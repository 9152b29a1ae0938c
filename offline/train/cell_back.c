/* SPDX-License-Identifier: ISC */
/* Back-propagation through time of the recurrent cells. */
#include "back.h"

#include "cell.h"
#include "recurrent_back.h"
#include "vec.h"

/** One channel at one step. `before` are the values of the step before, `tape` those of this one.
 *  Passed by value: what vectors are stored to could else be part of it, for all that the compiler
 *  knows. */
struct place {
    const real *tape;
    const real *h, *h_before, *c_before, *n_before, *dh;
    real *later; ///< what reaches h through the next step
    real *dgates, *dinner;
    real *dc, *dn; ///< of c and n after this step, then before it
    size_t width;
};

/** Where the last vector of units begins. Units are walked from there to the first: the gates lie
 *  flat, and what a vector leaves beyond its gate's end is overwritten by the next gate's start. */
static inline size_t last_vector(size_t width)
{
    return (width - 1) / W * W;
}

/** The gradient of h, all of it; what reaches it through the next step starts again from zero. */
static inline vf take_dh(struct place at, size_t unit)
{
    const vf later = vf_load(at.later + unit);
    vf_store(at.later + unit, vf_zero());
    return vf_load(at.dh + unit) + later;
}

static inline vf taped(struct place at, size_t piece, size_t unit)
{
    return vf_load(at.tape + piece * at.width + unit);
}

/** The gradient of a gate that a limit holds, if `free` is negative: it may lead back, no farther.
 */
static inline vf within(vf gradient, vf free)
{
    return vf_select(vf_less(vf_zero(), free), gradient, vf_max(gradient, vf_zero()));
}

/** The sLSTM: m is a constant, since h does not depend on it (specification 12). */
static inline void slstm_units(struct place at)
{
    const size_t width = at.width;
    const vf one = vf_set(1);
    for (size_t u = last_vector(width) + W; u > 0;) {
        u -= W;
        const vf free_i = taped(at, XL_SLSTM_I, u), i = vf_abs(free_i);
        const vf f = taped(at, XL_SLSTM_F, u);
        const vf z = taped(at, XL_SLSTM_Z, u), o = taped(at, XL_SLSTM_O, u);
        const vf h = vf_load(at.h + u), dh = take_dh(at, u);
        const vf per_n = dh * vf_inverse(taped(at, XL_SLSTM_N, u));
        const vf dc = vf_fma(o, per_n, vf_load(at.dc + u));
        const vf dn = vf_load(at.dn + u) - h * per_n;
        const vf past = vf_load(at.c_before + u) * dc + vf_load(at.n_before + u) * dn;
        vf_store(at.dgates + u, vf_max(free_i, vf_zero()) * vf_fma(z, dc, dn));
        const vf slope = taped(at, XL_SLSTM_S, u);
        vf_store(at.dgates + width + u, within(f * past * vf_abs(slope), slope));
        vf_store(at.dgates + 2 * width + u, i * dc * (one - z * z));
        vf_store(at.dgates + 3 * width + u, dh * h * (one - o));
        vf_store(at.dc + u, f * dc);
        vf_store(at.dn + u, f * dn);
    }
}

static inline void lstm_units(struct place at)
{
    const size_t width = at.width;
    const vf one = vf_set(1);
    for (size_t u = last_vector(width) + W; u > 0;) {
        u -= W;
        const vf free_f = taped(at, XL_LSTM_F, u), f = vf_abs(free_f);
        const vf i = taped(at, XL_LSTM_I, u);
        const vf z = taped(at, XL_LSTM_Z, u), o = taped(at, XL_LSTM_O, u);
        const vf t = taped(at, XL_LSTM_TANH_C, u), dh = take_dh(at, u);
        const vf dc = vf_fma(dh * o, one - t * t, vf_load(at.dc + u));
        vf_store(at.dgates + u, dc * z * i * (one - i));
        const vf df = dc * vf_load(at.c_before + u) * f * (one - f);
        vf_store(at.dgates + width + u, within(df, free_f));
        vf_store(at.dgates + 2 * width + u, dc * i * (one - z * z));
        vf_store(at.dgates + 3 * width + u, dh * t * o * (one - o));
        vf_store(at.dc + u, dc * f);
    }
}

/** Leaves in `later` what reaches the step before past the matrices. */
static inline void gru_units(struct place at)
{
    const size_t width = at.width;
    const vf one = vf_set(1);
    for (size_t u = last_vector(width) + W; u > 0;) {
        u -= W;
        const vf r = taped(at, XL_GRU_R, u), z = taped(at, XL_GRU_Z, u);
        const vf n = taped(at, XL_GRU_N, u), dh = take_dh(at, u);
        const vf dn = dh * (one - z) * (one - n * n);
        vf_store(at.dgates + u, dn * taped(at, XL_GRU_INNER, u) * r * (one - r));
        vf_store(at.dgates + width + u, dh * (vf_load(at.h_before + u) - n) * z * (one - z));
        vf_store(at.dgates + 2 * width + u, dn);
        vf_store(at.dinner + u, dn * r);
        vf_store(at.later + u, dh * z);
    }
}

/** All arrays of a cell during the walk. The gradients of gates are those of a stretch of steps:
 * their rows begin at row `first` of the others. */
struct walk {
    const struct xl_cell *cell;
    const struct xl_back *back;
    const struct xl_cell_input *input; ///< NULL: none
    struct xl_recurrent_back r;
    struct xl_rows tape, h, dh;
    struct xl_gate_rows d;
    struct xl_rows later; ///< what a step leaves for the one before, a row for each channel
    real *transposed;     ///< the input's matrix, if it does not go along with R
    size_t first;
};

static inline struct place place_at(const struct walk *w, size_t step_row, size_t channel)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    const size_t row = step_row + channel, width = cell->width;
    real *dstate = w->back->dstate + channel * run->state_stride;
    const real *state = run->state + channel * run->state_stride;
    const bool first = row < run->channels;
    const size_t previous = first ? 0 : row - run->channels;
    const real *tape = xl_rows_from(w->tape, previous).data;
    const bool slstm = cell->type == XL_CELL_SLSTM;
    const size_t c = (slstm ? (size_t)XL_SLSTM_C : (size_t)XL_LSTM_C) * width;
    struct place at = {
        .tape = xl_rows_from(w->tape, row).data,
        .h = xl_rows_from(w->h, row).data,
        .h_before = first ? state + cell->h : xl_rows_from(w->h, previous).data,
        .dh = xl_rows_from(w->dh, row).data,
        .later = xl_rows_from(w->later, channel).data,
        .dgates = xl_rows_from(w->d.gates, row - w->first).data,
        .dinner = w->d.inner.data ? xl_rows_from(w->d.inner, row - w->first).data : NULL,
        .width = width,
    };
    if (cell->type != XL_CELL_GRU) {
        at.c_before = first ? state + cell->c : tape + c;
        at.dc = dstate + cell->c;
    }
    if (slstm) {
        at.n_before = first ? state + cell->n : tape + XL_SLSTM_N * width;
        at.dn = dstate + cell->n;
    }
    return at;
}

/** dx = base + what the step at `row` has left. */
static void give_input(const struct walk *w, size_t row)
{
    const size_t width = w->cell->width, in = w->input->matrix->in;
    for (size_t channel = 0; channel < w->back->run->channels; channel++) {
        const real *left = w->later.data + channel * w->later.stride + width;
        const real *base = xl_rows_from(w->input->base, row + channel).data;
        real *to = xl_rows_from(w->input->dx, row + channel).data;
        for (size_t i = 0; i < in; i += W) {
            const vf start = base ? vf_load(base + i) : vf_zero();
            vf_store(to + i, start + vf_load(left + i));
        }
    }
}

static void step_back(const struct walk *w, size_t row)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    for (size_t channel = run->channels; channel-- > 0;) {
        const struct place at = place_at(w, row, channel);
        if (cell->type == XL_CELL_SLSTM)
            slstm_units(at);
        else if (cell->type == XL_CELL_LSTM)
            lstm_units(at);
        else
            gru_units(at);
    }
    xl_recurrent_step_back(&w->r, run->channels, xl_gate_rows_from(&w->d, row - w->first),
                           w->later);
    if (w->r.input)
        give_input(w, row);
}

/** Gradient of R over rows first … last; those of the first step meet the state before the run.
 */
static void gradient_of_r(const struct walk *w, size_t last)
{
    const struct xl_run *run = w->back->run;
    size_t row = w->first;
    if (row == 0) {
        xl_recurrent_gradient(&w->r, run->channels, w->d,
                              (struct xl_rows){run->state + w->cell->h, run->state_stride});
        row = run->channels;
    }
    if (row < last)
        xl_recurrent_gradient(&w->r, last - row, xl_gate_rows_from(&w->d, row - w->first),
                              xl_rows_from(w->h, row - run->channels));
}

/** Gradient of the input's weights over rows first … last, and that of x if it is not there yet. */
static void input_back(const struct walk *w, size_t last)
{
    const struct xl_matrix *matrix = w->input->matrix;
    const size_t rows = last - w->first;
    const struct xl_rows dx = xl_rows_from(w->input->dx, w->first);
    const struct xl_rows base = xl_rows_from(w->input->base, w->first);
    xl_weight_gradient(matrix, w->back->gradient, rows, xl_rows_from(w->input->x, w->first),
                       w->d.gates);
    if (!dx.data || w->r.input)
        return;
    if (base.data)
        xl_copy_rows(matrix->in, rows, base, dx);
    xl_input_gradient(matrix, w->transposed, rows, w->d.gates, dx, base.data);
}

/** Lays out the scratch. What a step leaves lies there if it is to be overwritten, not added to. */
static void begin(struct walk *w)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    const struct xl_matrix *matrix = w->input && w->input->dx.data ? w->input->matrix : NULL;
    real *free = w->back->scratch;
    w->r = (struct xl_recurrent_back){
        .cell = cell,
        .input = cell->joined ? matrix : NULL,
        .parameters = run->parameters,
        .gradient = w->back->gradient,
        .transposed = free,
    };
    free += xl_recurrent_transpose(&w->r);
    w->later = (struct xl_rows){w->back->dstate + cell->h, run->state_stride};
    if (cell->joined) {
        const struct xl_rows state = w->later;
        w->later = (struct xl_rows){free, xl_recurrent_width(&w->r) + XL_PAD};
        memset(free, 0, run->channels * w->later.stride * sizeof(real));
        xl_copy_rows(cell->width, run->channels, state, w->later);
    } else if (matrix) {
        w->transposed = free;
        xl_transpose_padded(run->parameters + matrix->weight, matrix->in, matrix->out,
                            matrix->columns, free);
    }
}

void xl_cell_back(const struct xl_cell *cell, const struct xl_back *back,
                  const struct xl_cell_input *input, struct xl_rows h, struct xl_rows dh,
                  struct xl_rows dgates)
{
    enum { STRETCH_ROWS = 128 }; /* so that the gates' gradients stay in a near cache */
    const struct xl_run *run = back->run;
    const size_t padded = xl_pad(cell->width), rows = xl_run_rows(run);
    const size_t steps = (STRETCH_ROWS + run->channels - 1) / run->channels;
    const size_t stretch = input ? steps * run->channels : rows;
    const struct xl_rows none = {0};
    struct walk w = {
        .cell = cell,
        .back = back,
        .input = input,
        .tape = xl_piece(run, cell->tape, xl_tape_width(cell->type, cell->width)),
        .h = h,
        .dh = dh,
        .d = {dgates, cell->type == XL_CELL_GRU ? xl_dpiece(back, cell->inner, padded) : none},
    };
    begin(&w);
    for (size_t last = rows; last > 0; last = w.first) {
        w.first = (last - 1) / stretch * stretch;
        for (size_t row = last; row > w.first; row -= run->channels)
            step_back(&w, row - run->channels);
        gradient_of_r(&w, last);
        if (w.d.inner.data)
            xl_sum_rows(cell->width, last - w.first, w.d.inner, back->gradient + cell->inner_bias);
        if (input)
            input_back(&w, last);
    }
    if (cell->joined)
        xl_copy_rows(cell->width, run->channels, w.later,
                     (struct xl_rows){back->dstate + cell->h, run->state_stride});
}
