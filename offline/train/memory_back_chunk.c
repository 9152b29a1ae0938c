/* SPDX-License-Identifier: ISC */
/* The gradient through one chunk of one head, product by product. Every m is treated as a constant,
 * but for its small part in the denominator, where it meets epsilon. */
#include "memory_back_chunk.h"

#include "vmath.h"

static real dot(const real *a, const real *b, size_t count)
{
    vf sum = vf_zero();
    size_t i = 0;
    for (; i + W <= count; i += W)
        sum = vf_fma(vf_load(a + i), vf_load(b + i), sum);
    real total = vf_sum(sum);
    for (; i < count; i++)
        total += a[i] * b[i];
    return total;
}

/** y += factor * x */
static void add_scaled(real *y, real factor, const real *x, size_t count)
{
    for (size_t i = 0; i < count; i++)
        y[i] += factor * x[i];
}

/** The left side of a product: rows, or their transpose. */
struct side {
    const real *data;
    size_t row, column;
};

static struct side straight(struct xl_rows rows)
{
    return (struct side){rows.data, rows.stride, 1};
}

static struct side transpose(struct xl_rows rows)
{
    return (struct side){rows.data, 1, rows.stride};
}

/** c (m x n) = a b, or += if `add`; k is the length of the sums. */
static void multiply(size_t m, size_t n, size_t k, struct side a, struct xl_rows b,
                     struct xl_rows c, bool add)
{
    xl_multiply(&(struct xl_product){
        .m = m,
        .n = xl_pad(n),
        .k = k,
        .a = a.data,
        .a_row = a.row,
        .a_column = a.column,
        .b = b.data,
        .b_row = b.stride,
        .c = c.data,
        .c_row = c.stride,
        .accumulate = add,
    });
}

/** `rows` x `columns` numbers, transposed into the room for it. */
static struct xl_rows transposed(const struct xl_chunk_work *w, size_t rows, size_t columns,
                                 const real *data, size_t stride)
{
    xl_transpose_padded(data, rows, columns, stride, w->transposed);
    return (struct xl_rows){w->transposed, xl_pad(rows)};
}

static struct xl_rows packed(real *data, size_t width)
{
    return (struct xl_rows){data, xl_pad(width)};
}

/* ---- the forward pass again ----------------------------------------------------------------- */

/** to[t] = factor * weight[t] * from[t] */
static void weigh(const struct xl_chunk_head *at, real factor, const real *weight,
                  struct xl_rows from, struct xl_rows to)
{
    for (size_t t = 0; t < at->length; t++) {
        const real by = factor * weight[t];
        for (size_t i = 0; i < at->dk; i++)
            to.data[t * to.stride + i] = by * from.data[t * from.stride + i];
    }
}

void xl_chunk_advance(const struct xl_chunk_head *at, struct xl_chunk_work *w, real *c_after,
                      real *n_after)
{
    const size_t wide = xl_pad(at->dv);
    const struct xl_rows keys = packed(w->r, at->dk);
    weigh(at, at->scale, w->chunk.alpha, at->k, keys);
    for (size_t i = 0; i < at->dk * wide; i++)
        c_after[i] = w->chunk.carry * at->c[i];
    multiply(at->dk, at->dv, at->length, transpose(keys), at->v, (struct xl_rows){c_after, wide},
             true);
    for (size_t i = 0; i < at->dk; i++)
        n_after[i] = w->chunk.carry * at->n[i];
    for (size_t t = 0; t < at->length; t++)
        add_scaled(n_after, 1, keys.data + t * keys.stride, at->dk);
}

/** A, s and the denominators. */
static void attend(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    struct xl_memory_chunk *chunk = &w->chunk;
    const struct xl_rows a = {chunk->a[0], XL_MAX_CHUNK};
    const size_t columns = xl_pad(at->length);
    multiply(at->length, at->length, at->dk, straight(at->q),
             transposed(w, at->length, at->dk, at->k.data, at->k.stride), a, false);
    for (size_t t = 0; t < at->length; t++) {
        vf sum = vf_zero();
        for (size_t j = 0; j < columns; j += W) {
            const vf weight = vf_set(at->scale) * vf_load(chunk->p[t] + j);
            const vf product = weight * vf_load(chunk->a[t] + j);
            vf_store(chunk->a[t] + j, product);
            sum = sum + product;
        }
        chunk->s[t] = vf_sum(sum) + chunk->g[t] * dot(at->q.data + t * at->q.stride, at->n, at->dk);
        const real size = chunk->s[t] < 0 ? -chunk->s[t] : chunk->s[t];
        chunk->denominator[t] = (size > chunk->floor[t] ? size : chunk->floor[t]) + at->epsilon;
    }
}

/* ---- backward ------------------------------------------------------------------------------- */

/** du, the part of E that it makes, and that of y. */
static void numerator_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const size_t wide = xl_pad(at->dv);
    const struct xl_rows du = packed(w->du, at->dv);
    for (size_t t = 0; t < at->length; t++) {
        const real per = 1 / w->chunk.denominator[t];
        for (size_t i = 0; i < at->dv; i++)
            w->du[t * wide + i] = per * at->dh.data[t * at->dh.stride + i];
        for (size_t i = at->dv; i < wide; i++)
            w->du[t * wide + i] = 0;
    }
    multiply(at->length, at->length, at->dv, straight(du),
             transposed(w, at->length, at->dv, at->v.data, at->v.stride),
             (struct xl_rows){w->q[0], XL_BACK_CHUNK}, false);
    multiply(at->length, at->dk, at->dv, straight(du), transposed(w, at->dk, at->dv, at->c, wide),
             packed(w->y, at->dk), false);
}

/** ds and mu. What du is along u is taken from the parts just made of it, not from the h of the
 *  forward run: where s almost cancels, both must have made the same error. */
static void denominator_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const struct xl_memory_chunk *chunk = &w->chunk;
    const struct xl_rows y = packed(w->y, at->dk);
    for (size_t t = 0; t < at->length; t++) {
        const real s = chunk->s[t];
        const real from_state = dot(at->q.data + t * at->q.stride, y.data + t * y.stride, at->dk);
        const real along =
            (chunk->g[t] * from_state + dot(chunk->a[t], w->q[t], xl_pad(at->length))) /
            chunk->denominator[t];
        w->ds[t] = s > chunk->floor[t] ? -along : -s > chunk->floor[t] ? along : 0;
        w->mu[t] = -at->epsilon * along;
    }
}

/** Q, and the sums of W. Its diagonal stands apart: row and column share it, so that it must not
 *  blur their difference. */
static void attend_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const size_t columns = xl_pad(at->length);
    memset(w->column_sum, 0, sizeof w->column_sum);
    for (size_t t = 0; t < at->length; t++) {
        real *a = w->chunk.a[t];
        const real whole = a[t];
        vf sum = vf_zero();
        w->diagonal[t] = (w->q[t][t] + w->ds[t]) * whole;
        a[t] = 0;
        for (size_t j = 0; j < columns; j += W) {
            const vf e = vf_load(w->q[t] + j) + vf_set(w->ds[t]);
            const vf product = e * vf_load(a + j);
            vf_store(w->q[t] + j, e * vf_load(w->chunk.p[t] + j));
            vf_store(w->column_sum + j, vf_load(w->column_sum + j) + product);
            sum = sum + product;
        }
        a[t] = whole;
        w->row_sum[t] = vf_sum(sum);
    }
}

/** dq and w. */
static void queries_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const struct xl_rows y = packed(w->y, at->dk), inside = packed(w->inside, at->dk);
    const struct xl_rows q = {w->q[0], XL_BACK_CHUNK};
    multiply(at->length, at->dk, at->length, straight(q), at->k, inside, false);
    for (size_t t = 0; t < at->length; t++) {
        real *yt = y.data + t * y.stride, *to = at->dq.data + t * at->dq.stride;
        const real g = w->chunk.g[t];
        add_scaled(yt, w->ds[t], at->n, at->dk);
        for (size_t i = 0; i < at->dk; i++)
            to[i] = at->scale * inside.data[t * inside.stride + i] + g * yt[i];
        w->w[t] = g * dot(at->q.data + t * at->q.stride, yt, at->dk);
    }
}

/** dk and z. */
static void keys_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const struct xl_rows r = packed(w->r, at->dk), inside = packed(w->inside, at->dk);
    const struct xl_rows q = {w->q[0], XL_BACK_CHUNK};
    multiply(at->length, at->dk, at->dv, straight(at->v),
             transposed(w, at->dk, at->dv, at->dc, xl_pad(at->dv)), r, false);
    multiply(at->length, at->dk, at->length, transpose(q), at->q, inside, false);
    for (size_t t = 0; t < at->length; t++) {
        real *rt = r.data + t * r.stride, *to = at->dkeys.data + t * at->dkeys.stride;
        const real alpha = w->chunk.alpha[t];
        add_scaled(rt, 1, at->dn, at->dk);
        for (size_t i = 0; i < at->dk; i++)
            to[i] = at->scale * (inside.data[t * inside.stride + i] + alpha * rt[i]);
        w->z[t] = alpha * at->scale * dot(at->k.data + t * at->k.stride, rt, at->dk);
    }
}

/** dv. */
static void values_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const size_t wide = xl_pad(at->dv);
    const struct xl_rows keys = packed(w->r, at->dk), inside = packed(w->inside, at->dv);
    const struct xl_rows a = {w->chunk.a[0], XL_MAX_CHUNK};
    weigh(at, at->scale, w->chunk.alpha, at->k, keys);
    multiply(at->length, at->dv, at->length, transpose(a), packed(w->du, at->dv), inside, false);
    multiply(at->length, at->dv, at->dk, straight(keys), (struct xl_rows){at->dc, wide}, inside,
             true);
    xl_copy_rows(at->dv, at->length, inside, at->dvalues);
}

real xl_chunk_along_state(const struct xl_chunk_head *at)
{
    const size_t wide = xl_pad(at->dv);
    real sum = dot(at->n, at->dn, at->dk);
    for (size_t i = 0; i < at->dk; i++)
        sum += dot(at->c + i * wide, at->dc + i * wide, at->dv);
    return sum;
}

/** gamma, and the gradient of the state before the chunk. */
static void state_back(const struct xl_chunk_head *at, struct xl_chunk_work *w)
{
    const size_t wide = xl_pad(at->dv);
    const struct xl_rows queries = packed(w->y, at->dk);
    const real carry = w->chunk.carry;
    w->gamma = carry * xl_chunk_along_state(at);
    weigh(at, 1, w->chunk.g, at->q, queries);
    for (size_t i = 0; i < at->dk * wide; i++)
        at->dc[i] *= carry;
    multiply(at->dk, at->dv, at->length, transpose(queries), packed(w->du, at->dv),
             (struct xl_rows){at->dc, wide}, true);
    for (size_t i = 0; i < at->dk; i++)
        at->dn[i] *= carry;
    for (size_t t = 0; t < at->length; t++)
        add_scaled(at->dn, w->ds[t], queries.data + t * queries.stride, at->dk);
}

/** Sends what reaches the m of each step, and *dm that of the chunk's end, along the candidate that
 *  m came from. Leaves in *dm what reaches the m before the chunk. */
static void route_m(struct xl_chunk_work *w, size_t length, double m_before, double *dm)
{
    const struct xl_memory_chunk *chunk = &w->chunk;
    const size_t before = SIZE_MAX;
    size_t source = before;
    double best = m_before, dm_before = 0;
    for (size_t t = 0; t < length; t++) {
        const double reaches = (double)w->mu[t] + (t + 1 == length ? *dm : 0);
        if (chunk->i[t] - chunk->b[t] > best) {
            best = chunk->i[t] - chunk->b[t];
            source = t;
        }
        w->db[t] += reaches;
        if (source == before) {
            dm_before += reaches;
            continue;
        }
        w->di[source] += reaches;
        w->db[source] -= reaches;
    }
    *dm = dm_before;
}

/** Derivative of log sigmoid, good to the last digits also where the gate is all but open. */
static vf log_sigmoid_slope(vf x)
{
    const vf e = v_exp(-vf_abs(x)), one = vf_set(1);
    return vf_select(vf_less(vf_zero(), x), e, one) / (one + e);
}

/** di and df. */
static void gates_back(const struct xl_chunk_head *at, struct xl_chunk_work *w, double *dm)
{
    const size_t length = at->length;
    real slope[XL_BACK_CHUNK] = {0};
    double sum = (double)w->gamma;
    for (size_t t = 0; t < length; t++) {
        slope[t] = at->f.data[t * at->f.stride];
        w->di[t] = (double)w->column_sum[t] + (double)w->diagonal[t] + (double)w->z[t];
        w->db[t] =
            (double)w->row_sum[t] - (double)w->column_sum[t] + (double)w->w[t] - (double)w->z[t];
        sum += (double)w->z[t];
    }
    for (size_t t = 0; t < length; t += W)
        vf_store(slope + t, log_sigmoid_slope(vf_load(slope + t)));
    route_m(w, length, at->m, dm);
    for (size_t t = length; t-- > 0;) {
        sum += w->db[t];
        at->di.data[t * at->di.stride] = (real)w->di[t];
        at->df.data[t * at->df.stride] = (real)sum * slope[t];
    }
}

void xl_chunk_back(const struct xl_chunk_head *at, struct xl_chunk_work *w, double *dm)
{
    attend(at, w);
    numerator_back(at, w);
    denominator_back(at, w);
    attend_back(at, w);
    queries_back(at, w);
    keys_back(at, w);
    values_back(at, w);
    state_back(at, w);
    gates_back(at, w, dm);
}
