/* SPDX-License-Identifier: ISC */
/* mLSTM, recurrent form, and the choice between the forms. */
#include "memory.h"

#include "cell_math.h"
#include "memory_steps.h"

/* ---- gates ------------------------------------------------------------------------------------
 * All that does not depend on the step before is computed for a stretch of steps at once, numbers
 * without gaps: [step][head]. */

enum { STRETCH = 1024 }; ///< numbers, for all steps and heads

struct stretch {
    size_t steps, heads;
    real i[STRETCH + XL_PAD], f[STRETCH + XL_PAD], floor[STRETCH + XL_PAD];
};

/** Whole vectors are written, in ascending order. */
static void collect(struct stretch *s, const struct xl_run *run, struct xl_rows gates)
{
    for (size_t t = 0; t < s->steps; t++) {
        const real *row = xl_rows_from(gates, t * run->channels).data;
        for (size_t head = 0; head < s->heads; head += W) {
            vf_store(s->i + t * s->heads + head, vf_load(row + head));
            vf_store(s->f + t * s->heads + head, vf_load(row + s->heads + head));
        }
    }
    for (size_t at = 0; at < s->steps * s->heads; at += W)
        vf_store(s->f + at, v_log_sigmoid(vf_load(s->f + at)));
}

/** The stabiliser, step after step: leaves i - l in `i` and m in `floor`. Whole vectors are written
 *  in ascending order. */
static void walk_stabiliser(const struct xl_memory *memory, real *state, struct stretch *s)
{
    for (size_t head = 0; head < s->heads; head += W) {
        real *high = state + memory->m + head, *low = state + memory->m_low + head;
        struct xl_pair m = {vf_load(high), vf_load(low)};
        for (size_t t = 0; t < s->steps; t++) {
            const size_t at = t * s->heads + head, left = s->heads - head;
            const vf ahead = stabilise(&m, vf_load(s->i + at), vf_load(s->f + at));
            vf_store_part(s->i + at, ahead, left < W ? left : W);
            vf_store_part(s->floor + at, m.high + m.low, left < W ? left : W);
        }
        vf_store(high, m.high);
        vf_store(low, m.low);
    }
}

static void finish(const struct xl_memory *memory, struct stretch *s)
{
    const vf scale = vf_set((real)(1 / sqrt((double)memory->dk)));
    for (size_t at = 0; at < s->steps * s->heads; at += W) {
        const struct xl_gates g = stabilised_gates(vf_load(s->i + at));
        vf_store(s->i + at, g.i * scale);
        vf_store(s->f + at, g.f);
        vf_store(s->floor + at, v_exp(-vf_load(s->floor + at)));
    }
}

/* ---- heads, one at a time ------------------------------------------------------------------- */

/** C = f C + k v for W columns of v from `column` on; returns q C. */
static vf read_columns(const struct xl_memory *memory, real *c, const real *q, const real *k, vf v,
                       vf f, size_t column)
{
    const size_t row = xl_pad(memory->dv);
    vf u[2] = {vf_zero(), vf_zero()};
    for (size_t a = 0; a < memory->dk; a++) {
        real *cell = c + a * row + column;
        const vf updated = vf_fma(f, vf_load(cell), vf_set(k[a]) * v);
        vf_store(cell, updated);
        u[a % 2] = vf_fma(vf_set(q[a]), updated, u[a % 2]);
    }
    return u[0] + u[1];
}

static void head_step(const struct xl_memory_steps *s, size_t t, size_t head)
{
    const struct xl_memory *memory = s->memory;
    const size_t dk = memory->dk, dv = memory->dv, gate = t * s->gates.stride + head;
    const real *qkv = xl_rows_from(s->rows.qkv, t * s->channels).data;
    const real *q = qkv + head * dk, *k = q + memory->heads * dk;
    const real *v = qkv + 2 * memory->heads * dk + head * dv;
    real *h = xl_rows_from(s->rows.h, t * s->channels).data + head * dv;
    real *n = s->state + memory->n + head * dk;
    real *c = s->state + memory->c + head * xl_memory_matrix(memory);
    const vf f = vf_set(s->gates.f[gate]), i = vf_set(s->gates.i[gate]);
    real written[XL_MAX_HEAD];
    vf read = vf_zero();
    for (size_t a = 0; a < dk; a += W) {
        const size_t count = dk - a < W ? dk - a : W;
        const vf part = i * vf_load_part(k + a, count);
        const vf updated = vf_fma(f, vf_load_part(n + a, count), part);
        vf_store(written + a, part);
        vf_store_part(n + a, updated, count);
        read = vf_fma(vf_load_part(q + a, count), updated, read);
    }
    const vf size = vf_max(vf_abs(vf_group_sum(read, W)), vf_set(s->gates.floor[gate]));
    const vf per = vf_inverse(size + vf_set((real)memory->epsilon));
    for (size_t column = 0; column < dv; column += W)
        vf_store(h + column,
                 per * read_columns(memory, c, q, written, vf_load(v + column), f, column));
}

static void run_heads(const struct xl_memory_steps *s)
{
    for (size_t t = 0; t < s->count; t++)
        for (size_t head = 0; head < s->memory->heads; head++)
            head_step(s, t, head);
}

/* ---- the run -------------------------------------------------------------------------------- */

/** `steps` steps of one channel, whose rows and state these are. */
static void run_stretch(const struct xl_memory *memory, const struct xl_run *run, real *state,
                        struct xl_memory_rows rows, size_t steps)
{
    struct stretch stretch;
    stretch.steps = steps;
    stretch.heads = memory->heads;
    collect(&stretch, run, rows.gates);
    walk_stabiliser(memory, state, &stretch);
    finish(memory, &stretch);
    const struct xl_memory_steps s = {
        .memory = memory,
        .count = steps,
        .channels = run->channels,
        .state = state,
        .rows = rows,
        .gates = {memory->heads, stretch.i, stretch.f, stretch.floor},
    };
    if (xl_memory_fits_lanes(memory))
        xl_memory_lanes(&s);
    else
        run_heads(&s);
}

void xl_memory_recurrent(const struct xl_memory *memory, const struct xl_run *run,
                         struct xl_memory_rows rows)
{
    const size_t most = STRETCH / memory->heads;
    for (size_t step = 0; step < run->steps; step += most)
        for (size_t channel = 0; channel < run->channels; channel++) {
            const size_t row = step * run->channels + channel, left = run->steps - step;
            const struct xl_memory_rows part = {xl_rows_from(rows.qkv, row),
                                                xl_rows_from(rows.gates, row),
                                                xl_rows_from(rows.h, row)};
            run_stretch(memory, run, run->state + channel * run->state_stride, part,
                        left < most ? left : most);
        }
}

void xl_memory_forward(const struct xl_memory *memory, const struct xl_run *run,
                       struct xl_memory_rows rows)
{
    if (memory->chunkwise && run->steps > 1)
        xl_memory_chunkwise(memory, run, rows);
    else
        xl_memory_recurrent(memory, run, rows);
}
