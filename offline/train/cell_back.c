/* SPDX-License-Identifier: ISC */
/* Back-propagation through time of the recurrent cells. */
#include "back.h"

#include "cell.h"
#include "recurrent_back.h"
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
static inline void store_part(real *to, vf x, size_t first, size_t width)
{
    if (first + W <= width)
        vf_store(to + first, x);
    else
        vf_store_part(to + first, x, width - first);
}

static inline vf taped(const struct place *at, size_t piece, size_t unit)
{
    return vf_load(at->tape + piece * at->padded + unit);
}

/** The gradient of a gate that a limit holds, if `free` is negative: it may lead back, no farther.
 */
static inline vf within(vf gradient, vf free)
{
    return vf_select(vf_less(vf_zero(), free), gradient, vf_max(gradient, vf_zero()));
}

/** The sLSTM: m is a constant, since h does not depend on it (specification 12). */
static void slstm_units(const struct xl_cell *cell, const struct place *at)
{
    const size_t width = cell->width;
    const vf one = vf_set(1);
    for (size_t u = 0; u < width; u += W) {
        const vf free_i = taped(at, XL_SLSTM_I, u), i = vf_abs(free_i);
        const vf f = taped(at, XL_SLSTM_F, u);
        const vf z = taped(at, XL_SLSTM_Z, u), o = taped(at, XL_SLSTM_O, u);
        const vf h = vf_load(at->h + u), dh = vf_load(at->dh + u);
        real *dstate_c = at->dstate + cell->c + u, *dstate_n = at->dstate + cell->n + u;
        const vf per_n = dh * vf_inverse(taped(at, XL_SLSTM_N, u));
        const vf dc = vf_fma(o, per_n, vf_load(dstate_c));
        const vf dn = vf_load(dstate_n) - h * per_n;
        const vf past = vf_load(at->c_before + u) * dc + vf_load(at->n_before + u) * dn;
        store_part(at->dgates, vf_max(free_i, vf_zero()) * vf_fma(z, dc, dn), u, width);
        const vf slope = taped(at, XL_SLSTM_S, u);
        store_part(at->dgates + width, within(f * past * vf_abs(slope), slope), u, width);
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
        const vf free_f = taped(at, XL_LSTM_F, u), f = vf_abs(free_f);
        const vf i = taped(at, XL_LSTM_I, u);
        const vf z = taped(at, XL_LSTM_Z, u), o = taped(at, XL_LSTM_O, u);
        const vf t = taped(at, XL_LSTM_TANH_C, u), dh = vf_load(at->dh + u);
        real *dstate = at->dstate + cell->c + u;
        const vf dc = vf_fma(dh * o, one - t * t, vf_load(dstate));
        store_part(at->dgates, dc * z * i * (one - i), u, width);
        const vf df = dc * vf_load(at->c_before + u) * f * (one - f);
        store_part(at->dgates + width, within(df, free_f), u, width);
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

/** All arrays of a cell during the walk. The gradients of gates are those of a stretch of steps:
 * their rows begin at row `first` of the others. */
struct walk {
    const struct xl_cell *cell;
    const struct xl_back *back;
    struct xl_rows tape, h, dh;
    struct xl_gate_rows d;
    size_t first;
};

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
        .dgates = xl_rows_from(w->d.gates, row - w->first).data,
        .dinner = w->d.inner.data ? xl_rows_from(w->d.inner, row - w->first).data : NULL,
        .dstate = w->back->dstate + channel * run->state_stride,
        .padded = padded,
    };
    if (cell->type != XL_CELL_GRU)
        at.c_before = first ? state + cell->c : tape + c;
    if (slstm)
        at.n_before = first ? state + cell->n : tape + XL_SLSTM_N * padded;
    return at;
}

/** dh += what reaches it through the next step; that starts again from zero. */
static inline void take_state(const struct xl_cell *cell, const struct place *at)
{
    real *from = at->dstate + cell->h;
    for (size_t u = 0; u < cell->width; u += W) {
        vf_store(at->dh + u, vf_load(at->dh + u) + vf_load(from + u));
        vf_store(from + u, vf_zero());
    }
}

static void step_back(const struct walk *w, const struct xl_recurrent_back *r, size_t row)
{
    const struct xl_cell *cell = w->cell;
    const struct xl_run *run = w->back->run;
    for (size_t channel = 0; channel < run->channels; channel++) {
        const struct place at = place_at(w, row + channel);
        take_state(cell, &at);
        if (cell->type == XL_CELL_SLSTM)
            slstm_units(cell, &at);
        else if (cell->type == XL_CELL_LSTM)
            lstm_units(cell, &at);
        else
            gru_units(cell, &at);
    }
    xl_recurrent_step_back(r, run->channels, xl_gate_rows_from(&w->d, row - w->first),
                           (struct xl_rows){w->back->dstate + cell->h, run->state_stride});
}

/** Gradient of R over rows first … last; those of the first step meet the state before the run.
 */
static void gradient_of_r(const struct walk *w, const struct xl_recurrent_back *r, size_t last)
{
    const struct xl_run *run = w->back->run;
    size_t row = w->first;
    if (row == 0) {
        xl_recurrent_gradient(r, run->channels, w->d,
                              (struct xl_rows){run->state + w->cell->h, run->state_stride});
        row = run->channels;
    }
    if (row < last)
        xl_recurrent_gradient(r, last - row, xl_gate_rows_from(&w->d, row - w->first),
                              xl_rows_from(w->h, row - run->channels));
}

/** Gradient of the input's weights over rows first … last, and that of x. */
static void input_back(const struct walk *w, const struct xl_cell_input *input,
                       const real *transposed, size_t last)
{
    const struct xl_matrix *matrix = input->matrix;
    const size_t rows = last - w->first;
    xl_weight_gradient(matrix, w->back->gradient, rows, xl_rows_from(input->x, w->first),
                       w->d.gates);
    if (input->dx.data)
        xl_input_gradient(matrix, transposed, rows, w->d.gates, xl_rows_from(input->dx, w->first),
                          input->add);
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
        .tape = xl_piece(run, cell->tape, xl_cell_tape(cell->type) * padded),
        .h = h,
        .dh = dh,
        .d = {dgates, cell->type == XL_CELL_GRU ? xl_dpiece(back, cell->inner, padded) : none},
    };
    struct xl_recurrent_back r = {cell, run->parameters, back->gradient, back->scratch};
    real *transposed = back->scratch + xl_recurrent_transpose(&r);
    if (input && input->dx.data)
        xl_transpose(run->parameters + input->matrix->weight, input->matrix->in, input->matrix->out,
                     input->matrix->columns, transposed);
    for (size_t last = rows; last > 0; last = w.first) {
        w.first = (last - 1) / stretch * stretch;
        for (size_t row = last; row > w.first; row -= run->channels)
            step_back(&w, &r, row - run->channels);
        gradient_of_r(&w, &r, last);
        if (w.d.inner.data)
            xl_sum_rows(cell->width, last - w.first, w.d.inner, back->gradient + cell->inner_bias);
        if (input)
            input_back(&w, input, transposed, last);
    }
}
