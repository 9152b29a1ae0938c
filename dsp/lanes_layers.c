/* SPDX-License-Identifier: ISC */
/* Each sum runs in the order of kernels.c, product.c and recurrence.h, for the same bits. */
#include "lanes_layers.h"

#include "cell_math.h"
#include "recurrence.h"
#include "slstm_state.h"

enum { LONGEST_DOT = 256 }; ///< of the one piece that a sum of kernels.c consists of

static inline real *at(real *numbers, size_t i)
{
    return numbers + i * W;
}

static inline vf number(const real *numbers, size_t i)
{
    return vf_load(numbers + i * W);
}

/* ---- matrices ------------------------------------------------------------------------------- */

static bool matrix_fits(const struct xl_matrix *m)
{
    return m->blocks == 1 && !m->grouped && m->in > 0 && (m->out > 1 || m->in <= LONGEST_DOT);
}

static inline vf bias_of(const struct xl_matrix *m, const real *parameters, size_t output)
{
    return m->bias == XL_NONE ? vf_zero() : vf_set(parameters[m->bias + output]);
}

/** The one output of a matrix: W partial sums, halved until one is left. */
static vf dot(const struct xl_matrix *m, const real *parameters, const real *x)
{
    vf sum[W];
    XL_UNROLL
    for (size_t i = 0; i < W; i++)
        sum[i] = vf_zero();
    const real *weight = parameters + m->weight;
    for (size_t first = 0; first < m->in; first += W) {
        XL_UNROLL
        for (size_t i = 0; i < W; i++)
            if (first + i < m->in)
                sum[i] =
                    vf_fma(number(x, first + i), vf_set(weight[(first + i) * m->columns]), sum[i]);
    }
    XL_UNROLL
    for (size_t half = W / 2; half > 0; half /= 2) {
        XL_UNROLL
        for (size_t i = 0; i < half; i++)
            sum[i] = sum[i] + sum[i + half];
    }
    return sum[0];
}

static inline __attribute__((always_inline)) void outputs(const struct xl_matrix *m,
                                                          const real *parameters, const real *x,
                                                          real *y, size_t first, int count,
                                                          bool accumulate)
{
    enum { MOST = 8 };
    vf sum[MOST];
    XL_UNROLL
    for (int i = 0; i < count; i++) {
        const vf start = accumulate ? number(y, first + (size_t)i) : vf_zero();
        sum[i] = start + bias_of(m, parameters, first + (size_t)i);
    }
    const real *weight = parameters + m->weight + first;
    for (size_t k = 0; k < m->in; k++, weight += m->columns) {
        const vf in = number(x, k);
        XL_UNROLL
        for (int i = 0; i < count; i++)
            sum[i] = vf_fma(in, vf_set(weight[i]), sum[i]);
    }
    XL_UNROLL
    for (int i = 0; i < count; i++)
        vf_store(at(y, first + (size_t)i), sum[i]);
}

static inline void matrix(const struct xl_matrix *m, const real *parameters, const real *x, real *y,
                          bool accumulate)
{
    enum { TOGETHER = 8 };
    size_t output = 0;
    if (m->out == 1) {
        const vf bias = bias_of(m, parameters, 0);
        const vf start = accumulate ? (vf)(vf_load(y) + bias) : bias;
        vf_store(y, start + dot(m, parameters, x));
        return;
    }
    for (; output + TOGETHER <= m->out; output += TOGETHER)
        outputs(m, parameters, x, y, output, TOGETHER, accumulate);
    for (; output < m->out; output++)
        outputs(m, parameters, x, y, output, 1, accumulate);
}

void xl_lanes_matrix_add(const struct xl_matrix *m, const real *parameters, const real *x, real *y)
{
    matrix(m, parameters, x, y, true);
}

static void linear_step(const struct xl_linear_layer *layer, const real *parameters, const real *x,
                        real *y)
{
    matrix(&layer->matrix, parameters, x, y, false);
    for (size_t i = 0; i < layer->matrix.out; i++) {
        vf out = v_activation(layer->activation, number(y, i));
        if (layer->soft_cap > 0)
            out = v_soft_cap(out, (real)layer->soft_cap);
        vf_store(at(y, i), layer->residual ? (vf)(out + number(x, i)) : out);
    }
}

/* ---- cells ---------------------------------------------------------------------------------- */

/** A cell at one step. Passed by value: what vectors are stored to could else be part of it, for
 * all that the compiler knows. */
struct step {
    struct xl_cell cell;
    size_t in;
    const real *weights, *x;
    real *state, *h; ///< h: of this step, apart from the state's
};

static inline __attribute__((always_inline)) void slstm_unit(const struct step *s, size_t u,
                                                             const vf gate[4])
{
    const struct xl_cell *cell = &s->cell;
    struct xl_slstm_gates in = slstm_limit(cell->gate_limit, gate[0], gate[1]);
    if (vf_any(slstm_beyond(number(s->state, cell->m + u), in.i, in.f)))
        in = slstm_recentre_state(cell, s->state, u, W, in);
    struct xl_slstm unit = slstm_load(cell, s->state, u, W);
    slstm_step(&unit, in.i, slstm_growth(in.f), gate[2], gate[3]);
    vf_store(at(s->h, u), unit.h);
    slstm_store(cell, s->state, u, W, &unit);
}

static inline __attribute__((always_inline)) void lstm_unit(const struct step *s, size_t u,
                                                            const vf gate[4])
{
    const struct xl_cell *cell = &s->cell;
    struct xl_lstm unit = {.c = number(s->state, cell->c + u)};
    lstm_step(&unit, gate[0], vf_min(gate[1], vf_set((real)cell->gate_limit)), gate[2], gate[3]);
    vf_store(at(s->h, u), unit.h);
    vf_store(at(s->state, cell->c + u), unit.c);
}

enum { TOGETHER = XL_REGISTERS == 32 ? 2 : 1 }; ///< units whose sums are under way

/** sum[4 * i + gate] += weight x for `count` units. */
static inline __attribute__((always_inline)) void add_product(vf x, const real *weight, int count,
                                                              vf *sum)
{
    XL_UNROLL
    for (int i = 0; i < 4 * count; i++)
        sum[i] = vf_fma(x, vf_set(weight[i]), sum[i]);
}

/** The gates of `count` units, whose weights begin at `weight`; `parts` partial sums as in
 *  recurrence.h. */
static inline __attribute__((always_inline)) void add_up(const struct step *s, const real *weight,
                                                         int count, int parts, vf *gates)
{
    vf sum[2][4 * TOGETHER];
    const size_t width = s->cell.width, row = 4 * (size_t)count;
    const real *h = at(s->state, s->cell.h), *end = at((real *)h, width - width % (size_t)parts);
    XL_UNROLL
    for (int i = 0; i < 4 * count; i++) {
        sum[0][i] = vf_set(weight[i]);
        sum[1][i] = vf_zero();
    }
    weight += row;
    for (size_t k = 0; k < s->in; k++, weight += row)
        add_product(number(s->x, k), weight, count, sum[0]);
    for (; h < end; h += (size_t)parts * W) {
        XL_UNROLL
        for (int part = 0; part < parts; part++, weight += row)
            add_product(vf_keep(number(h, (size_t)part)), weight, count, sum[part]);
    }
    if (parts == 2 && width % 2)
        add_product(vf_load(h), weight, count, sum[0]);
    XL_UNROLL
    for (int i = 0; i < 4 * count; i++)
        gates[i] = parts == 2 ? (vf)(sum[0][i] + sum[1][i]) : sum[0][i];
}

/** `count` units from `first` on. */
static inline __attribute__((always_inline)) void
units(const struct step *s, size_t first, int count, int parts, enum xl_cell_type type)
{
    vf gates[4 * TOGETHER];
    add_up(s, s->weights + first * 4 * (1 + s->in + s->cell.width), count, parts, gates);
    XL_UNROLL
    for (int i = 0; i < count; i++) {
        if (type == XL_CELL_SLSTM)
            slstm_unit(s, first + (size_t)i, gates + 4 * i);
        else
            lstm_unit(s, first + (size_t)i, gates + 4 * i);
    }
}

static inline __attribute__((always_inline)) void all_units(struct step s, int parts,
                                                            enum xl_cell_type type)
{
    const size_t width = s.cell.width;
    size_t unit = 0;
    for (; unit + TOGETHER <= width; unit += TOGETHER)
        units(&s, unit, TOGETHER, parts, type);
    for (; unit < width; unit++)
        units(&s, unit, 1, parts, type);
}

static void slstm_cell(struct step s)
{
    all_units(s, 1, XL_CELL_SLSTM);
}

static void slstm_cell_split(struct step s)
{
    all_units(s, 2, XL_CELL_SLSTM);
}

static void lstm_cell(struct step s)
{
    all_units(s, 1, XL_CELL_LSTM);
}

static void lstm_cell_split(struct step s)
{
    all_units(s, 2, XL_CELL_LSTM);
}

/** The weights of units `first` to first + count: for each number that they are met by (1 for the
 *  bias, x, h) a row of four gates of each unit. */
static real *pack_units(const struct xl_cell_layer *layer, const real *parameters, size_t first,
                        size_t count, real *to)
{
    const size_t width = layer->cell.width, in = layer->input.in, r = xl_pad(4 * width);
    for (size_t k = 0; k < 1 + in + width; k++) {
        const real *from = parameters + first;
        from += k == 0    ? layer->input.bias
                : k <= in ? layer->input.weight + (k - 1) * layer->input.columns
                          : layer->cell.recurrent + (k - 1 - in) * r;
        for (size_t unit = 0; unit < count; unit++)
            for (size_t gate = 0; gate < 4; gate++)
                *to++ = from[gate * width + unit];
    }
    return to;
}

static void cell_step(const struct xl_cell_layer *layer, const real *weights, real *state,
                      const real *x, real *y, real *fresh)
{
    const struct xl_cell *cell = &layer->cell;
    const bool split = xl_partial_sums(xl_pad((size_t)4 * cell->width)) == 2;
    const struct step s = {*cell, layer->input.in, weights, x, state, fresh};
    if (cell->type == XL_CELL_SLSTM)
        (split ? slstm_cell_split : slstm_cell)(s);
    else
        (split ? lstm_cell_split : lstm_cell)(s);
    for (size_t u = 0; u < cell->width; u++) {
        const vf h = number(fresh, u);
        vf_store(at(state, cell->h + u), h);
        vf_store(at(y, u), layer->residual ? (vf)(number(x, u) + h) : h);
    }
}

/* ---- any ------------------------------------------------------------------------------------ */

bool xl_lanes_layer_fits(const struct xl_layer *layer)
{
    const struct xl_cell_layer *cell = &layer->cell;
    if (layer->type == XL_LAYER_LINEAR)
        return matrix_fits(&layer->linear.matrix);
    return layer->type == XL_LAYER_CELL && cell->has_input && cell->cell.joined &&
           !cell->cell.exponential_forget && cell->input.out > 1 && matrix_fits(&cell->input);
}

size_t xl_lanes_layer_weights(const struct xl_layer *layer)
{
    const struct xl_cell_layer *l = &layer->cell;
    return layer->type == XL_LAYER_CELL
               ? xl_pad((size_t)4 * l->cell.width * (1 + l->input.in + l->cell.width))
               : 0;
}

void xl_lanes_layer_pack(const struct xl_layer *layer, const real *parameters, real *weights)
{
    if (layer->type != XL_LAYER_CELL)
        return;
    const size_t width = layer->cell.cell.width;
    for (size_t unit = 0; unit < width; unit += TOGETHER)
        weights = pack_units(&layer->cell, parameters, unit,
                             width - unit < TOGETHER ? width - unit : TOGETHER, weights);
}

void xl_lanes_layer_step(const struct xl_layer *layer, const real *parameters, const real *weights,
                         real *state, const real *x, real *y, real *fresh)
{
    if (layer->type == XL_LAYER_LINEAR)
        linear_step(&layer->linear, parameters, x, y);
    else
        cell_step(&layer->cell, weights, state, x, y, fresh);
}

void xl_lanes_layer_wake(const struct xl_layer *layer, real *state)
{
    if (layer->type != XL_LAYER_CELL || layer->cell.cell.type != XL_CELL_SLSTM)
        return;
    const struct xl_cell *cell = &layer->cell.cell;
    for (size_t u = 0; u < cell->width; u++)
        slstm_wake_state(cell, state, u, W);
}
