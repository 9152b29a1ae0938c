/* SPDX-License-Identifier: ISC */
/* The audio thread's part of convolution: never allocates. */
#include "convolver.h"

#include <string.h>

/** Four numbers that the CPU works on at once; compilers have it for every CPU. */
typedef float quad __attribute__((vector_size(16)));

enum {
    LANES = sizeof(quad) / sizeof(float),
    QUADS = 4,            ///< what the registers hold along with all else
    TILE = QUADS * LANES, ///< outputs of the head that are summed at once
};

void convolver_reset(struct convolver *convolver)
{
    convolver->at = 0;
    convolver->added = 1;
    convolver->newest = 0;
    convolver->known = 0;
    memset(convolver->window, 0, CONVOLVER_WINDOW * sizeof *convolver->window);
    memset(convolver->wave, 0, CONVOLVER_WINDOW * sizeof *convolver->wave);
    memset(convolver->sum, 0, sizeof *convolver->sum);
}

/** Outputs of the head; `in` points into the window, with a whole part before it. */
static void head_tile(const struct convolver *convolver, const float *in, float *out)
{
    quad sums[QUADS] = {{0.0f}}, inputs[QUADS];
    for (uint32_t k = 0; k < convolver->head_taps; ++k) {
        memcpy(inputs, in - k, sizeof inputs);
        for (unsigned q = 0; q < QUADS; ++q)
            sums[q] += convolver->head[k] * inputs[q];
    }
    memcpy(out, sums, sizeof sums);
}

static float head_one(const struct convolver *convolver, const float *in)
{
    float sum = 0.0f;
    for (uint32_t k = 0; k < convolver->head_taps; ++k)
        sum += convolver->head[k] * in[-(int)k];
    return sum;
}

static void run_head(const struct convolver *convolver, const float *in, float *out,
                     uint32_t frames)
{
    uint32_t i = 0;
    for (; i + TILE <= frames; i += TILE)
        head_tile(convolver, in + i, out + i);
    for (; i < frames; ++i)
        out[i] = head_one(convolver, in + i);
}

/** sum += a * b. */
static void multiply_add(struct spectrum *restrict sum, const struct spectrum *restrict a,
                         const struct spectrum *restrict b)
{
    for (unsigned i = 0; i < CONVOLVER_BINS; ++i) {
        sum->re[i] += a->re[i] * b->re[i] - a->im[i] * b->im[i];
        sum->im[i] += a->re[i] * b->im[i] + a->im[i] * b->re[i];
    }
}

/** Adds a part of the response, times the block that is `age` blocks older than the newest. */
static void add_part(struct convolver *convolver, uint32_t part, uint32_t age)
{
    if (age >= convolver->known)
        return;
    const uint32_t place = (convolver->newest + convolver->parts - age) % convolver->parts;
    multiply_add(convolver->sum, &convolver->response[part], &convolver->heard[place]);
}

/** Adds all parts that are due by now but the first, which needs the present block whole. */
static void add_parts(struct convolver *convolver)
{
    const uint32_t due = 1 + (convolver->parts - 1) * convolver->at / CONVOLVER_PART;
    for (; convolver->added < due; ++convolver->added)
        add_part(convolver, convolver->added, convolver->added - 1);
}

/** At the end of a block: the tail of the next. */
static void end_block(struct convolver *convolver)
{
    float *window = convolver->window;
    if (convolver->parts > 0) {
        fftwf_execute(convolver->forward);
        convolver->newest = (convolver->newest + 1) % convolver->parts;
        convolver->known += convolver->known < convolver->parts;
        convolver->heard[convolver->newest] = *convolver->spectrum;
        add_part(convolver, 0, 0);
        fftwf_execute(convolver->back);
        memset(convolver->sum, 0, sizeof *convolver->sum);
    }
    memcpy(window, window + CONVOLVER_PART, CONVOLVER_PART * sizeof *window);
    convolver->at = 0;
    convolver->added = 1;
}

/** Convolves frames up to the end of the present block. */
static void run_piece(struct convolver *convolver, const float *in, float *out, uint32_t frames)
{
    float *now = convolver->window + CONVOLVER_PART + convolver->at;
    const float *tail = convolver->wave + CONVOLVER_PART + convolver->at;
    memcpy(now, in, frames * sizeof *now);
    run_head(convolver, now, out, frames);
    for (uint32_t i = 0; i < frames; ++i)
        out[i] += tail[i];
    convolver->at += frames;
    if (convolver->parts > 1)
        add_parts(convolver);
    if (convolver->at == CONVOLVER_PART)
        end_block(convolver);
}

void convolver_run(struct convolver *convolver, const float *in, float *out, uint32_t frames)
{
    for (uint32_t from = 0, piece; from < frames; from += piece) {
        const uint32_t room = CONVOLVER_PART - convolver->at;
        piece = frames - from < room ? frames - from : room;
        run_piece(convolver, in + from, out + from, piece);
    }
}
