/* SPDX-License-Identifier: ISC */
/* mLSTM backward: the chunks of a channel forward again, then in reverse. */
#include "memory_back.h"

#include "memory_back_chunk.h"
#include <math.h>
#include <string.h>

/** One channel of the run. `image` is its memory with the state in a boundary image. */
struct channel {
    const struct xl_memory *memory;
    struct xl_memory image;
    const struct xl_back *back;
    struct xl_memory_rows rows, gradient;
    size_t index;
    real *boundaries;
    double dm[XL_MAX_HEADS];
};

static real *boundary(const struct channel *c, size_t chunk)
{
    return c->boundaries + chunk * xl_boundary_width(c->memory);
}

/** The channel's steps of `rows` from a chunk on, from column `column`. */
static struct xl_rows steps_of(const struct channel *c, struct xl_rows rows, size_t chunk,
                               size_t column)
{
    const size_t channels = c->back->run->channels;
    const size_t row = chunk * XL_BACK_CHUNK * channels + c->index;
    return (struct xl_rows){rows.data + row * rows.stride + column, channels * rows.stride};
}

static struct xl_chunk_head head_at(const struct channel *c, size_t chunk, size_t head)
{
    const struct xl_memory *memory = c->memory;
    const struct xl_memory_rows *in = &c->rows, *out = &c->gradient;
    const size_t heads = memory->heads, dk = memory->dk, dv = memory->dv, keys = heads * dk;
    const size_t left = c->back->run->steps - chunk * XL_BACK_CHUNK;
    const real *state = boundary(c, chunk);
    real *dstate = c->back->dstate + c->index * c->back->run->state_stride;
    return (struct xl_chunk_head){
        .length = left < XL_BACK_CHUNK ? left : XL_BACK_CHUNK,
        .dk = dk,
        .dv = dv,
        .scale = (real)(1 / sqrt((double)dk)),
        .epsilon = (real)memory->epsilon,
        .q = steps_of(c, in->qkv, chunk, head * dk),
        .k = steps_of(c, in->qkv, chunk, keys + head * dk),
        .v = steps_of(c, in->qkv, chunk, 2 * keys + head * dv),
        .f = steps_of(c, in->gates, chunk, heads + head),
        .dh = steps_of(c, out->h, chunk, head * dv),
        .dq = steps_of(c, out->qkv, chunk, head * dk),
        .dkeys = steps_of(c, out->qkv, chunk, keys + head * dk),
        .dvalues = steps_of(c, out->qkv, chunk, 2 * keys + head * dv),
        .di = steps_of(c, out->gates, chunk, head),
        .df = steps_of(c, out->gates, chunk, heads + head),
        .c = state + c->image.c + head * xl_memory_matrix(memory),
        .n = state + c->image.n + head * dk,
        .m = (double)state[c->image.m + head] + (double)state[c->image.m_low + head],
        .dc = dstate + memory->c + head * xl_memory_matrix(memory),
        .dn = dstate + memory->n + head * dk,
    };
}

/** The weights of a chunk that starts from a boundary. */
static void weights(const struct channel *c, size_t chunk, size_t head, struct xl_memory_chunk *to)
{
    const struct xl_run from_boundary = {
        .state = boundary(c, chunk),
        .state_stride = 0, /* the image is this channel's alone */
        .channels = c->back->run->channels,
    };
    const size_t row = chunk * XL_BACK_CHUNK * from_boundary.channels;
    xl_memory_chunk_weights(&c->image, &from_boundary, xl_rows_from(c->rows.gates, row), head,
                            c->index, to);
}

static void first_boundary(const struct channel *c)
{
    const struct xl_memory *from = c->memory, *to = &c->image;
    const struct xl_run *run = c->back->run;
    const real *state = run->state + c->index * run->state_stride;
    real *image = boundary(c, 0);
    memcpy(image + to->c, state + from->c, from->heads * xl_memory_matrix(from) * sizeof(real));
    memcpy(image + to->n, state + from->n, (size_t)from->heads * from->dk * sizeof(real));
    memcpy(image + to->m, state + from->m, from->heads * sizeof(real));
    memcpy(image + to->m_low, state + from->m_low, from->heads * sizeof(real));
}

/** Runs the chunks forward again and keeps the states between them. */
static void replay(const struct channel *c, struct xl_chunk_work *w)
{
    first_boundary(c);
    for (size_t chunk = 0; chunk + 1 < xl_boundary_count(c->back->run->steps); chunk++)
        for (size_t head = 0; head < c->memory->heads; head++) {
            const struct xl_chunk_head at = head_at(c, chunk, head);
            real *next = boundary(c, chunk + 1);
            w->chunk.length = at.length;
            weights(c, chunk, head, &w->chunk);
            xl_chunk_advance(&at, w, next + c->image.c + head * xl_memory_matrix(c->memory),
                             next + c->image.n + head * at.dk);
            const real m = (real)w->chunk.m_after;
            next[c->image.m + head] = m;
            next[c->image.m_low + head] = (real)(w->chunk.m_after - (double)m);
        }
}

static void chunk_back(struct channel *c, size_t chunk, size_t head, struct xl_chunk_work *w)
{
    const struct xl_chunk_head at = head_at(c, chunk, head);
    w->chunk.length = at.length;
    weights(c, chunk, head, &w->chunk);
    xl_chunk_back(&at, w, &c->dm[head]);
}

/** Gradient of the m that the run started from: it scales C and n as well. */
static void start_back(const struct channel *c)
{
    real *dm = c->back->dstate + c->index * c->back->run->state_stride + c->memory->m;
    for (size_t head = 0; head < c->memory->heads; head++) {
        const struct xl_chunk_head at = head_at(c, 0, head);
        dm[head] = (real)c->dm[head] + xl_chunk_along_state(&at);
    }
}

void xl_memory_back(const struct xl_memory *memory, const struct xl_back *back,
                    struct xl_memory_rows rows, struct xl_memory_rows gradient)
{
    const size_t chunks = xl_boundary_count(back->run->steps);
    struct xl_chunk_work w;
    w.transposed = back->scratch + chunks * xl_boundary_width(memory);
    for (size_t channel = 0; channel < back->run->channels; channel++) {
        struct channel c = {
            .memory = memory,
            .image = xl_boundary_memory(memory),
            .back = back,
            .rows = rows,
            .gradient = gradient,
            .index = channel,
            .boundaries = back->scratch,
        };
        replay(&c, &w);
        for (size_t chunk = chunks; chunk-- > 0;)
            for (size_t head = 0; head < memory->heads; head++)
                chunk_back(&c, chunk, head, &w);
        start_back(&c);
    }
}
