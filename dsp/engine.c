/* SPDX-License-Identifier: ISC */
/* A whole model: packing of its weights, and a run from input frames through all layers. */
#include "engine.h"

#include "kernels.h"
#include "lanes.h"
#include "layers.h"
#include "slstm_math.h"

#include <math.h>
#include <string.h>

#ifndef XL_ISA_ENUM
#error "the build defines XL_ISA_ENUM, a value of enum xlstm_isa"
#endif

/* ---- weights -------------------------------------------------------------------------------- */

static void gather(const struct xl_plan *plan, const struct xl_tensors *file, void *values)
{
    for (size_t i = 0; i < plan->slot_count; i++) {
        const struct xl_slot *slot = &plan->slots[i];
        const struct xl_tensor *tensor = xl_tensors_find(file, slot->name);
        for (size_t j = 0; j < slot->count; j++)
            ((real *)values)[slot->offset + j] = (real)xl_tensor_get(tensor, j);
    }
}

static void pack_one(struct xl_copy copy, const real *values, real *packed)
{
    const size_t to_step = copy.to_step[2], from_step = copy.from_step[2];
    const real *start = copy.from == XL_NONE ? NULL : values + copy.from;
    for (size_t i = 0; i < copy.count[0]; i++)
        for (size_t j = 0; j < copy.count[1]; j++) {
            real *to = packed + copy.to + i * copy.to_step[0] + j * copy.to_step[1];
            for (size_t k = 0; start && k < copy.count[2]; k++)
                to[k * to_step] +=
                    start[i * copy.from_step[0] + j * copy.from_step[1] + k * from_step];
            for (size_t k = 0; copy.add != 0 && k < copy.count[2]; k++)
                to[k * to_step] += (real)copy.add;
        }
}

static void pack(const struct xl_plan *plan, const void *values, void *packed)
{
    memset(packed, 0, plan->packed * sizeof(real));
    for (size_t i = 0; i < plan->copy_count; i++)
        pack_one(xl_copy_ones_first(plan->copies[i]), values, packed);
}

static void rest(const struct xl_plan *plan, const void *values, void *state)
{
    memset(state, 0, plan->state * sizeof(real));
    for (size_t f = 0; f < plan->field_count; f++) {
        const struct xl_field *field = &plan->fields[f];
        if (field->initial == XL_NONE)
            continue;
        const real *from = (const real *)values + field->initial;
        for (size_t i = 0; i < field->count[0]; i++)
            for (size_t j = 0; j < field->count[1]; j++)
                for (size_t k = 0; k < field->count[2]; k++)
                    ((real *)state)[field->offset + i * field->step[0] + j * field->step[1] +
                                    k * field->step[2]] = *from++;
    }
}

/** What the rounding of m leaves goes to c and n. */
static void settle_unit(const struct xl_cell *cell, real *state)
{
    const double scale = (double)state[cell->scale] + (double)state[cell->scale_low];
    if (scale > 0) {
        const double m = -((double)state[cell->m] + log2(scale)) / (double)XL_LOG2_E;
        state[cell->m] = (real)m;
        const double rest = exp(m - (double)state[cell->m]);
        state[cell->c] = (real)((double)state[cell->c] * rest);
        state[cell->n] = (real)((double)state[cell->n] * rest);
    }
    state[cell->scale] = state[cell->scale_low] = 0;
    state[cell->c_low] = state[cell->n_low] = 0;
}

static void settle(const struct xl_plan *plan, void *state)
{
    for (size_t i = 0; i < plan->layer_count; i++) {
        const struct xl_cell *cell = xl_layer_slstm(&plan->layers[i]);
        for (size_t u = 0; cell && u < cell->width; u++)
            settle_unit(cell, (real *)state + u);
    }
}

/* ---- input ---------------------------------------------------------------------------------- */

static real checked(real x)
{
    const real clipped = x > XL_INPUT_CLIP    ? XL_INPUT_CLIP
                         : x < -XL_INPUT_CLIP ? -XL_INPUT_CLIP
                                              : x;
    return x > -XL_INPUT_LIMIT && x < XL_INPUT_LIMIT ? clipped : 0;
}

/** The same of `count` samples; whole vectors are written. */
static inline void take_samples(bool audio, const real *in, size_t count, real *to)
{
    for (size_t i = 0; i < count; i += W) {
        vf x = count - i < W ? vf_load_part(in + i, count - i) : vf_load(in + i);
        if (audio)
            x = vf_select(vf_less(vf_abs(x), vf_set(XL_INPUT_LIMIT)), vf_clamp(x, XL_INPUT_CLIP),
                          vf_zero());
        vf_store(to + i, x);
    }
}

/** The input vector of every frame of one channel: its newest frames and the knobs. The state keeps
 *  the frames that the next call still looks at. */
static void features(const struct xl_plan *plan, const struct xl_call *call, size_t channel,
                     struct xl_rows rows)
{
    const size_t width = plan->inputs, past = (size_t)(plan->frames - 1) * width;
    const real *in = call->in[channel];
    if (plan->frames == 1 && width == 1 && plan->knob_count == 0) {
        for (size_t step = 0; step < call->steps; step++)
            rows.data[(step * call->channels + channel) * rows.stride] =
                plan->audio ? checked(in[step]) : in[step];
        return;
    }
    real *window = (real *)call->state + channel * plan->state + plan->window;
    const real *previous = window;
    for (size_t step = 0; step < call->steps; step++) {
        real *row = rows.data + (step * call->channels + channel) * rows.stride;
        if (step * width >= past) {
            take_samples(plan->audio, in + step * width - past, past + width, row);
        } else {
            memcpy(row, previous, past * sizeof(real));
            for (size_t i = 0; i < width; i++)
                row[past + i] = plan->audio ? checked(in[step * width + i]) : in[step * width + i];
        }
        for (size_t k = 0; k < plan->knob_count; k++)
            row[past + width + k] = (real)call->knobs[channel * call->knob_stride + k];
        previous = row + width;
    }
    memmove(window, previous, past * sizeof(real));
}

/* ---- the run -------------------------------------------------------------------------------- */

static void emit(const struct xl_plan *plan, const struct xl_call *call, struct xl_rows y)
{
    for (size_t channel = 0; channel < call->channels; channel++) {
        real *out = call->out[channel];
        for (size_t step = 0; step < call->steps; step++)
            for (size_t i = 0; i < plan->outputs; i++)
                *out++ = y.data[(step * call->channels + channel) * y.stride + i];
    }
}

static void forward(const struct xl_plan *plan, const struct xl_call *call)
{
    const size_t rows = call->steps * call->channels;
    real *work = call->work;
    struct xl_rows input = {work, xl_pad(xl_plan_features(plan))};
    struct xl_rows x = input, y = {0};
    if (!call->keep && xl_in_lanes(plan, call->channels)) {
        xl_lanes_forward(plan, call);
        return;
    }
    for (size_t channel = 0; channel < call->channels; channel++)
        features(plan, call, channel, input);
    for (size_t i = 0; i < plan->layer_count; i += xl_layer_span(&plan->layers[i])) {
        const struct xl_layer *layer = &plan->layers[i];
        const struct xl_run run = {
            .parameters = call->parameters,
            .state = call->state,
            .state_stride = plan->state,
            .work = work + xl_work_at(plan, i, rows, call->keep),
            .steps = call->steps,
            .channels = call->channels,
        };
        y = (struct xl_rows){work + xl_output_at(plan, i, rows, call->keep), xl_pad(layer->out)};
        xl_layer_forward(layer, &run, x, y);
        x = y;
    }
    if (plan->direct.blocks)
        xl_matrix_add(&plan->direct, call->parameters, rows, input, x);
    emit(plan, call, x);
}

#define XL_TEXT_(x) #x
#define XL_TEXT(x) XL_TEXT_(x)

const struct xl_engine XL_FN(xl_engine) = {
    .isa = XL_ISA_ENUM,
    .name = XL_TEXT(XL_ISA),
    .real_bytes = sizeof(real),
    .gather = gather,
    .pack = pack,
    .rest = rest,
    .settle = settle,
    .in_lanes = xl_in_lanes,
    .forward = forward,
};
