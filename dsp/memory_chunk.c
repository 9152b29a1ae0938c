/* SPDX-License-Identifier: ISC */
/* mLSTM, chunkwise form: the letters are those of specification 5. */
#include "memory.h"

#include "memory_chunk.h"

#include "cell_math.h"

/** Running sums of log f are kept in double: differences of long sums cost precision
 *  (specification 15). */
static void log_gates(const struct xl_memory *memory, const struct xl_run *run,
                      struct xl_rows gates, size_t head, size_t channel,
                      struct xl_memory_chunk *chunk)
{
    double sum = 0;
    for (size_t t = 0; t < chunk->length; t++) {
        const real *g = xl_rows_from(gates, t * run->channels + channel).data;
        real lanes[W];
        vf_store(lanes, v_log_sigmoid(vf_set(g[memory->heads + head])));
        sum += (double)lanes[0];
        chunk->b[t] = sum;
        chunk->i[t] = (double)g[head];
    }
}

static real weight_of(double exponent)
{
    real lanes[W];
    vf_store(lanes, v_exp(vf_set((real)exponent)));
    return lanes[0];
}

/** m_t, g_t, P_tj for j <= t (0 beyond), and the floor exp(-m_t). */
static void inner_weights(struct xl_memory_chunk *chunk, double m_before)
{
    for (size_t t = 0; t < chunk->length; t++) {
        double m = chunk->b[t] + m_before;
        for (size_t j = 0; j <= t; j++)
            m = fmax(m, chunk->b[t] - chunk->b[j] + chunk->i[j]);
        chunk->g[t] = weight_of(chunk->b[t] + m_before - m);
        chunk->floor[t] = weight_of(-m);
        for (size_t j = 0; j < XL_MAX_CHUNK; j += W) {
            real exponent[W];
            for (size_t lane = 0; lane < W; lane++)
                exponent[lane] =
                    j + lane <= t
                        ? (real)(chunk->b[t] - chunk->b[j + lane] + chunk->i[j + lane] - m)
                        : 0;
            vf_store(chunk->p[t] + j, v_exp(vf_load(exponent)));
        }
        for (size_t j = t + 1; j < XL_MAX_CHUNK; j++)
            chunk->p[t][j] = 0;
    }
}

/** m', G and alpha_j. */
static void outer_weights(struct xl_memory_chunk *chunk, double m_before)
{
    const double last = chunk->b[chunk->length - 1];
    double m = last + m_before;
    for (size_t j = 0; j < chunk->length; j++)
        m = fmax(m, last - chunk->b[j] + chunk->i[j]);
    chunk->m_after = m;
    chunk->carry = weight_of(last + m_before - m);
    for (size_t j = 0; j < chunk->length; j++)
        chunk->alpha[j] = weight_of(last - chunk->b[j] + chunk->i[j] - m);
}

void xl_memory_chunk_weights(const struct xl_memory *memory, const struct xl_run *run,
                             struct xl_rows gates, size_t head, size_t channel,
                             struct xl_memory_chunk *chunk)
{
    const real *state = run->state + channel * run->state_stride;
    const double m = (double)state[memory->m + head] + (double)state[memory->m_low + head];
    log_gates(memory, run, gates, head, channel, chunk);
    inner_weights(chunk, m);
    outer_weights(chunk, m);
}

/** Scaled keys, each column a step, so that they can be the right side of a product. */
static void transpose_keys(const struct xl_memory *memory, const struct xl_run *run,
                           struct xl_rows k, size_t length, real *transposed)
{
    const real scale = (real)(1 / sqrt((double)memory->dk));
    memset(transposed, 0, memory->dk * XL_MAX_CHUNK * sizeof(real));
    for (size_t j = 0; j < length; j++)
        for (size_t a = 0; a < memory->dk; a++)
            transposed[a * XL_MAX_CHUNK + j] = scale * k.data[j * run->channels * k.stride + a];
}

static real dot(const real *a, const real *b, size_t count)
{
    real sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

struct head_view {
    struct xl_rows q, k, v, h; ///< of this head and channel; a step is `channels` rows
    real *c, *n;
};

static void read_out(const struct xl_memory *memory, const struct xl_run *run,
                     const struct head_view *at, struct xl_memory_chunk *chunk)
{
    const size_t step = run->channels, length = chunk->length, wide = xl_pad(memory->dv);
    real u[XL_MAX_CHUNK][XL_MAX_HEAD];
    /* A = P * (Q K^), u = g * (Q C) + A V */
    xl_multiply(&(struct xl_product){.m = length,
                                     .n = xl_pad(length),
                                     .k = memory->dk,
                                     .a = at->q.data,
                                     .a_row = step * at->q.stride,
                                     .a_column = 1,
                                     .b = chunk->keys,
                                     .b_row = XL_MAX_CHUNK,
                                     .c = chunk->a[0],
                                     .c_row = XL_MAX_CHUNK});
    xl_multiply(&(struct xl_product){.m = length,
                                     .n = wide,
                                     .k = memory->dk,
                                     .a = at->q.data,
                                     .a_row = step * at->q.stride,
                                     .a_column = 1,
                                     .b = at->c,
                                     .b_row = wide,
                                     .c = u[0],
                                     .c_row = XL_MAX_HEAD});
    for (size_t t = 0; t < length; t++) {
        real inside = 0;
        for (size_t j = 0; j < length; j++) {
            chunk->a[t][j] *= chunk->p[t][j];
            inside += chunk->a[t][j];
        }
        for (size_t i = 0; i < memory->dv; i++)
            u[t][i] *= chunk->g[t];
        chunk->s[t] =
            inside + chunk->g[t] * dot(at->q.data + t * step * at->q.stride, at->n, memory->dk);
    }
    xl_multiply(&(struct xl_product){.m = length,
                                     .n = wide,
                                     .k = length,
                                     .a = chunk->a[0],
                                     .a_row = XL_MAX_CHUNK,
                                     .a_column = 1,
                                     .b = at->v.data,
                                     .b_row = step * at->v.stride,
                                     .c = u[0],
                                     .c_row = XL_MAX_HEAD,
                                     .accumulate = true});
    for (size_t t = 0; t < length; t++) {
        const real s = chunk->s[t] < 0 ? -chunk->s[t] : chunk->s[t];
        const real floor = chunk->floor[t];
        chunk->denominator[t] = (s > floor ? s : floor) + (real)memory->epsilon;
        for (size_t i = 0; i < memory->dv; i++)
            at->h.data[t * step * at->h.stride + i] = u[t][i] / chunk->denominator[t];
    }
}

static void write_in(const struct xl_memory *memory, const struct xl_run *run,
                     const struct head_view *at, struct xl_memory_chunk *chunk)
{
    const size_t wide = xl_pad(memory->dv);
    for (size_t i = 0; i < xl_memory_matrix(memory); i++)
        at->c[i] *= chunk->carry;
    for (size_t a = 0; a < memory->dk; a++) {
        real *keys = chunk->keys + a * XL_MAX_CHUNK;
        at->n[a] = chunk->carry * at->n[a] + dot(keys, chunk->alpha, chunk->length);
        for (size_t j = 0; j < chunk->length; j++)
            keys[j] *= chunk->alpha[j];
    }
    xl_multiply(&(struct xl_product){.m = memory->dk,
                                     .n = wide,
                                     .k = chunk->length,
                                     .a = chunk->keys,
                                     .a_row = XL_MAX_CHUNK,
                                     .a_column = 1,
                                     .b = at->v.data,
                                     .b_row = run->channels * at->v.stride,
                                     .c = at->c,
                                     .c_row = wide,
                                     .accumulate = true});
}

void xl_memory_chunk_forward(const struct xl_memory *memory, const struct xl_run *run,
                             struct xl_memory_rows rows, size_t head, size_t channel,
                             struct xl_memory_chunk *chunk)
{
    real *state = run->state + channel * run->state_stride;
    const struct xl_rows qkv = xl_rows_from(rows.qkv, channel);
    const size_t keys = memory->heads * memory->dk;
    const struct head_view at = {
        .q = xl_columns_from(qkv, head * memory->dk),
        .k = xl_columns_from(qkv, keys + head * memory->dk),
        .v = xl_columns_from(qkv, 2 * keys + head * memory->dv),
        .h = xl_columns_from(xl_rows_from(rows.h, channel), head * memory->dv),
        .c = state + memory->c + head * xl_memory_matrix(memory),
        .n = state + memory->n + head * memory->dk,
    };
    xl_memory_chunk_weights(memory, run, rows.gates, head, channel, chunk);
    transpose_keys(memory, run, at.k, chunk->length, chunk->keys);
    read_out(memory, run, &at, chunk);
    write_in(memory, run, &at, chunk);
    state[memory->m + head] = (real)chunk->m_after;
    state[memory->m_low + head] = (real)(chunk->m_after - (double)state[memory->m + head]);
}

void xl_memory_chunkwise(const struct xl_memory *memory, const struct xl_run *run,
                         struct xl_memory_rows rows)
{
    struct xl_memory_chunk chunk;
    for (size_t step = 0; step < run->steps; step += XL_MAX_CHUNK) {
        const size_t left = run->steps - step, row = step * run->channels;
        const struct xl_memory_rows part = {
            xl_rows_from(rows.qkv, row), xl_rows_from(rows.gates, row), xl_rows_from(rows.h, row)};
        chunk.length = left < XL_MAX_CHUNK ? left : XL_MAX_CHUNK;
        for (size_t channel = 0; channel < run->channels; channel++)
            for (size_t head = 0; head < memory->heads; head++)
                xl_memory_chunk_forward(memory, run, part, head, channel, &chunk);
    }
}
