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
    real log_f[XL_MAX_CHUNK] = {0};
    double sum = 0;
    for (size_t t = 0; t < chunk->length; t++) {
        const real *g = xl_rows_from(gates, t * run->channels + channel).data;
        log_f[t] = g[memory->heads + head];
        chunk->i[t] = (double)g[head];
    }
    for (size_t t = 0; t < chunk->length; t += W)
        vf_store(log_f + t, v_log_sigmoid(vf_load(log_f + t)));
    for (size_t t = 0; t < chunk->length; t++) {
        sum += (double)log_f[t];
        chunk->b[t] = sum;
    }
}

static real weight_of(double exponent)
{
    real lanes[W];
    vf_store(lanes, v_exp(vf_set((real)exponent)));
    return lanes[0];
}

/** m_t, g_t, P_tj for j <= t (0 beyond), and the floor exp(-m_t). What competes for m_t, less b_t,
 *  is the m before the chunk and `ahead`, i_j - b_j, of the steps so far. Returns the largest. */
static double inner_weights(struct xl_memory_chunk *chunk, const double *ahead, double m_before)
{
    const size_t columns = xl_pad(chunk->length);
    double best = m_before;
    for (size_t t = 0; t < chunk->length; t++) {
        real exponent[XL_MAX_CHUNK];
        best = ahead[t] > best ? ahead[t] : best;
        for (size_t j = 0; j <= t; j++)
            exponent[j] = (real)(ahead[j] - best);
        for (size_t j = t + 1; j < xl_pad(t + 1); j++)
            exponent[j] = 0;
        for (size_t j = 0; j <= t; j += W)
            vf_store(chunk->p[t] + j, v_exp(vf_load(exponent + j)));
        for (size_t j = t + 1; j < columns; j++)
            chunk->p[t][j] = 0;
        chunk->g[t] = (real)(m_before - best);
        chunk->floor[t] = (real)(-best - chunk->b[t]);
    }
    for (size_t t = 0; t < chunk->length; t += W) {
        vf_store(chunk->g + t, v_exp(vf_load(chunk->g + t)));
        vf_store(chunk->floor + t, v_exp(vf_load(chunk->floor + t)));
    }
    return best;
}

/** m', G and alpha_j. */
static void outer_weights(struct xl_memory_chunk *chunk, const double *ahead, double m_before,
                          double best)
{
    chunk->m_after = chunk->b[chunk->length - 1] + best;
    chunk->carry = weight_of(m_before - best);
    for (size_t j = 0; j < chunk->length; j++)
        chunk->alpha[j] = (real)(ahead[j] - best);
    for (size_t j = 0; j < chunk->length; j += W)
        vf_store(chunk->alpha + j, v_exp(vf_load(chunk->alpha + j)));
}

void xl_memory_chunk_weights(const struct xl_memory *memory, const struct xl_run *run,
                             struct xl_rows gates, size_t head, size_t channel,
                             struct xl_memory_chunk *chunk)
{
    const real *state = run->state + channel * run->state_stride;
    const double m = (double)state[memory->m + head] + (double)state[memory->m_low + head];
    double ahead[XL_MAX_CHUNK];
    log_gates(memory, run, gates, head, channel, chunk);
    for (size_t j = 0; j < chunk->length; j++)
        ahead[j] = chunk->i[j] - chunk->b[j];
    outer_weights(chunk, ahead, m, inner_weights(chunk, ahead, m));
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
