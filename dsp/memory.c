/* SPDX-License-Identifier: ISC */
/* mLSTM, recurrent form, and the choice between the forms. */
#include "memory.h"

#include "cell_math.h"

/** The gates of one step: old state times f, new part times i, and the floor of the denominator. */
struct step_gates {
    real i[XL_MAX_HEADS], f[XL_MAX_HEADS], floor[XL_MAX_HEADS];
};

static void step_gates(const struct xl_memory *memory, real *state, const real *gates,
                       struct step_gates *g)
{
    const vm none = vf_less(vf_zero(), vf_zero());
    for (size_t h = 0; h < memory->heads; h += W) {
        const struct xl_pair m = {vf_load(state + memory->m + h),
                                  vf_load(state + memory->m_low + h)};
        const struct xl_gates s = stabilise(
            vf_load(gates + h), v_log_sigmoid(vf_load(gates + memory->heads + h)), m, none);
        vf_store(g->i + h, s.i);
        vf_store(g->f + h, s.f);
        vf_store(g->floor + h, v_exp(-s.m.high - s.m.low));
        vf_store(state + memory->m + h, s.m.high);
        vf_store(state + memory->m_low + h, s.m.low);
    }
}

/** One head at one step: q, k, v in, the numerator's columns [first, first + W) out. */
static vf read_columns(const struct xl_memory *memory, real *c, const real *q, const real *k_scaled,
                       vf v, vf f, size_t column)
{
    const size_t row = xl_pad(memory->dv);
    vf u = vf_zero();
    for (size_t a = 0; a < memory->dk; a++) {
        real *cell = c + a * row + column;
        const vf updated = vf_fma(f, vf_load(cell), vf_set(k_scaled[a]) * v);
        vf_store(cell, updated);
        u = vf_fma(vf_set(q[a]), updated, u);
    }
    return u;
}

static void head_step(const struct xl_memory *memory, real *state, const real *qkv, size_t head,
                      const struct step_gates *g, real *h)
{
    const size_t dk = memory->dk, dv = memory->dv;
    const real *q = qkv + head * dk, *k = q + memory->heads * dk;
    const real *v = qkv + 2 * memory->heads * dk + head * dv;
    real *n = state + memory->n + head * dk;
    real *c = state + memory->c + head * xl_memory_matrix(memory);
    const real scale = g->i[head] / (real)sqrt((double)dk);
    real k_scaled[XL_MAX_HEAD];
    real s = 0;
    for (size_t a = 0; a < dk; a++) {
        k_scaled[a] = scale * k[a];
        n[a] = g->f[head] * n[a] + k_scaled[a];
        s += q[a] * n[a];
    }
    const real magnitude = s < 0 ? -s : s;
    const real floor = g->floor[head];
    const vf per = vf_set(1 / ((magnitude > floor ? magnitude : floor) + (real)memory->epsilon));
    for (size_t column = 0; column < dv; column += W)
        vf_store(h + head * dv + column,
                 per * read_columns(memory, c, q, k_scaled, vf_load(v + column), vf_set(g->f[head]),
                                    column));
}

void xl_memory_recurrent(const struct xl_memory *memory, const struct xl_run *run,
                         struct xl_memory_rows rows)
{
    for (size_t row = 0; row < xl_run_rows(run); row++) {
        real *state = run->state + row % run->channels * run->state_stride;
        struct step_gates g;
        step_gates(memory, state, xl_rows_from(rows.gates, row).data, &g);
        for (size_t head = 0; head < memory->heads; head++)
            head_step(memory, state, xl_rows_from(rows.qkv, row).data, head, &g,
                      xl_rows_from(rows.h, row).data);
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
