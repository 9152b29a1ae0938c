/* SPDX-License-Identifier: ISC */
/* Streams: the audio thread's side. Everything but new and free is real-time. */
#include "model.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

struct xlstm_stream {
    const xlstm_model *model;
    unsigned channels;
    size_t block; ///< frames worked through at once
    float knobs[XLSTM_MAX_KNOBS];
    size_t state_bytes; ///< of a channel
    char *state, *work;
    const float **in; ///< channel pointers of the block at hand
    float **out;
};

/* ---- denormals ------------------------------------------------------------------------------ */

/* States decay towards zero; denormal numbers would make silence cost more than music. */
#if defined(__SSE2__)
static const unsigned FLUSH = 0x8040; ///< FTZ and DAZ

static unsigned flush_denormals(void)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr(before | FLUSH);
    return before;
}
static void restore_denormals(unsigned before)
{
    _mm_setcsr(before);
}
#elif defined(__aarch64__)
static unsigned long flush_denormals(void)
{
    unsigned long before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | 1UL << 24));
    return before;
}
static void restore_denormals(unsigned long before)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
static int flush_denormals(void)
{
    return 0;
}
static void restore_denormals(int before)
{
    (void)before;
}
#endif

/* ---- making --------------------------------------------------------------------------------- */

static size_t aligned(size_t bytes)
{
    enum { ALIGNMENT = 64 };
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/** Frames to work through at once: enough for products to be efficient, few enough for the rows of
 *  all channels to stay in the nearest cache. */
static size_t block_for(const xlstm_model *model, unsigned channels, size_t max_block)
{
    enum { FEWEST_FRAMES = 16, FRAMES_IN_LANES = 256 };
    const struct xl_plan *plan = &model->plan;
    size_t block = XL_MAX_CHUNK / channels;
    if (block < FEWEST_FRAMES)
        block = FEWEST_FRAMES;
    if (model->engine->in_lanes(plan, channels))
        block = FRAMES_IN_LANES;
    for (size_t i = 0; i < plan->layer_count; i++)
        if (xl_layer_is_chunkwise(&plan->layers[i]))
            block = XL_MAX_CHUNK;
    return max_block < 1 ? 1 : max_block < block ? max_block : block;
}

xlstm_stream *xlstm_stream_new(const xlstm_model *model, unsigned channels, size_t max_block)
{
    const struct xl_plan *plan = &model->plan;
    const size_t real = model->engine->real_bytes;
    if (channels < 1)
        return NULL;
    const size_t block = block_for(model, channels, max_block);
    const size_t head = aligned(sizeof(xlstm_stream));
    const size_t pointers = aligned(channels * sizeof(float *));
    const size_t state = aligned(channels * plan->state * real);
    const size_t work = aligned(xl_engine_work(plan, block * channels, false) * real);
    const size_t size = head + 2 * pointers + state + work;
    char *memory = aligned_alloc(aligned(1), size);
    if (!memory)
        return NULL;
    memset(memory, 0, size);
    xlstm_stream *stream = (xlstm_stream *)(void *)memory;
    *stream = (xlstm_stream){
        .model = model,
        .channels = channels,
        .block = block,
        .state_bytes = plan->state * real,
        .in = (const float **)(void *)(memory + head),
        .out = (float **)(void *)(memory + head + pointers),
        .state = memory + head + 2 * pointers,
        .work = memory + head + 2 * pointers + state,
    };
    for (size_t k = 0; k < model->info.knob_count; k++)
        stream->knobs[k] = model->info.knobs[k].initial;
    xlstm_stream_reset(stream);
    return stream;
}

void xlstm_stream_free(xlstm_stream *stream)
{
    free(stream);
}

/* ---- running -------------------------------------------------------------------------------- */

/** Weights can overflow a state that input alone cannot; then all channels start again. */
static void recover(xlstm_stream *stream, size_t numbers)
{
    bool finite = true;
    for (unsigned c = 0; c < stream->channels; c++)
        for (size_t i = 0; i < numbers; i++)
            finite &= fabsf(stream->out[c][i]) <= FLT_MAX;
    if (finite)
        return;
    for (unsigned c = 0; c < stream->channels; c++)
        memset(stream->out[c], 0, numbers * sizeof(float));
    xlstm_stream_reset(stream);
}

void xlstm_stream_process(xlstm_stream *stream, const float *const *in, float *const *out,
                          size_t frames)
{
    const struct xl_plan *plan = &stream->model->plan;
    struct xl_call call = {
        .parameters = stream->model->packed,
        .state = stream->state,
        .work = stream->work,
        .channels = stream->channels,
        .knobs = stream->knobs,
        .in = (const void *const *)stream->in,
        .out = (void *const *)stream->out,
    };
    const __typeof__(flush_denormals()) mode = flush_denormals();
    for (size_t done = 0; done < frames; done += call.steps) {
        call.steps = frames - done < stream->block ? frames - done : stream->block;
        for (unsigned c = 0; c < stream->channels; c++) {
            stream->in[c] = in[c] + done * plan->inputs;
            stream->out[c] = out[c] + done * plan->outputs;
        }
        stream->model->engine->forward(plan, &call);
        recover(stream, call.steps * plan->outputs);
    }
    restore_denormals(mode);
}

void xlstm_stream_set_knob(xlstm_stream *stream, size_t knob, float value)
{
    const struct xlstm_info *info = &stream->model->info;
    if (knob >= info->knob_count)
        return;
    const struct xlstm_knob *range = &info->knobs[knob];
    if (!(value >= range->minimum))
        value = range->minimum;
    stream->knobs[knob] = value > range->maximum ? range->maximum : value;
}

void xlstm_stream_reset(xlstm_stream *stream)
{
    for (unsigned c = 0; c < stream->channels; c++)
        memcpy(stream->state + c * stream->state_bytes, stream->model->rest, stream->state_bytes);
}

size_t xlstm_stream_save_size(const xlstm_stream *stream)
{
    return stream->channels * stream->state_bytes;
}

void xlstm_stream_save(const xlstm_stream *stream, void *saved)
{
    memcpy(saved, stream->state, xlstm_stream_save_size(stream));
}

void xlstm_stream_restore(xlstm_stream *stream, const void *saved)
{
    memcpy(stream->state, saved, xlstm_stream_save_size(stream));
}
