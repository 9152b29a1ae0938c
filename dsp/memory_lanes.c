/* SPDX-License-Identifier: ISC */
/* mLSTM, recurrent form, for small heads: several share a vector, and their memories stay in
 * registers while the steps run. */
#include "memory_steps.h"

#include "vec.h"

/** Lanes of C that hold row `row` of the heads in vector `vector`. */
static inline vf gather(const struct xl_memory *memory, const real *c, size_t vector, size_t row,
                        size_t size)
{
    real lanes[W] = {0};
    const size_t heads = W / size;
    for (size_t head = 0; head < heads; head++)
        memcpy(lanes + head * size,
               c + (vector * heads + head) * xl_memory_matrix(memory) + row * xl_pad(size),
               size * sizeof(real));
    return vf_load(lanes);
}

static inline void scatter(const struct xl_memory *memory, real *c, size_t vector, size_t row,
                           size_t size, vf x)
{
    real lanes[W];
    const size_t heads = W / size;
    vf_store(lanes, x);
    for (size_t head = 0; head < heads; head++)
        memcpy(c + (vector * heads + head) * xl_memory_matrix(memory) + row * xl_pad(size),
               lanes + head * size, size * sizeof(real));
}

/** The steps of one vector of values; `size`, a constant here, is dk and dv. */
static inline __attribute__((always_inline)) void run_vector(const struct xl_memory_steps *s,
                                                             size_t vector, size_t size)
{
    enum { MOST = 16 };
    const struct xl_memory *memory = s->memory;
    const size_t values = (size_t)memory->heads * size, head = vector * (W / size);
    const vf epsilon = vf_set((real)memory->epsilon);
    const real *q = s->rows.qkv.data + vector * W;
    real *h = s->rows.h.data + vector * W;
    vf c[MOST], n = vf_load(s->state + memory->n + vector * W);
    XL_UNROLL
    for (size_t a = 0; a < size; a++)
        c[a] = gather(memory, s->state + memory->c, vector, a, size);
    for (size_t t = 0; t < s->count;
         t++, q += s->channels * s->rows.qkv.stride, h += s->channels * s->rows.h.stride) {
        const vf f = vf_spread(s->gates.f + t * s->gates.stride + head, size);
        const vf k = vf_load(q + values) * vf_spread(s->gates.i + t * s->gates.stride + head, size);
        const vf floor = vf_spread(s->gates.floor + t * s->gates.stride + head, size);
        const vf v = vf_load(q + 2 * values), reading = vf_load(q);
        n = vf_fma(f, n, k);
        const vf read = vf_abs(vf_group_sum(reading * n, size));
        vf u[2] = {vf_zero(), vf_zero()};
        XL_UNROLL
        for (size_t a = 0; a < size; a++) {
            c[a] = vf_fma(f, c[a], vf_of_group(k, size, a) * v);
            u[a % 2] = vf_fma(vf_of_group(reading, size, a), c[a], u[a % 2]);
        }
        vf_store(h, (u[0] + u[1]) * vf_inverse(vf_max(read, floor) + epsilon));
    }
    vf_store(s->state + memory->n + vector * W, n);
    XL_UNROLL
    for (size_t a = 0; a < size; a++)
        scatter(memory, s->state + memory->c, vector, a, size, c[a]);
}

static void run_4(const struct xl_memory_steps *s, size_t vector)
{
    run_vector(s, vector, W < 4 ? 1 : 4);
}

static void run_8(const struct xl_memory_steps *s, size_t vector)
{
    run_vector(s, vector, W < 8 ? 1 : 8);
}

static void run_16(const struct xl_memory_steps *s, size_t vector)
{
    run_vector(s, vector, W < 16 ? 1 : 16);
}

bool xl_memory_fits_lanes(const struct xl_memory *memory)
{
    const size_t size = memory->dv;
    return memory->dk == size && (size == 4 || size == 8 || size == 16) && size <= W &&
           memory->heads * size % W == 0;
}

void xl_memory_lanes(const struct xl_memory_steps *s)
{
    const size_t size = s->memory->dv;
    for (size_t vector = 0; vector < s->memory->heads * size / W; vector++)
        (size == 4 ? run_4 : size == 8 ? run_8 : run_16)(s, vector);
}
