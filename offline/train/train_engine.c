/* SPDX-License-Identifier: ISC */
#include "train_engine.h"

#include "back.h"

#include <string.h>

extern const struct xl_engine XL_FN(xl_engine);
extern const struct xl_soap_verbs XL_FN(xl_soap_verbs);

/** The gradient of the output, as rows. */
static void take_output(const struct xl_plan *plan, const struct xl_back_call *back,
                        struct xl_rows dy)
{
    const struct xl_call *call = back->call;
    for (size_t step = 0; step < call->steps; step++)
        for (size_t channel = 0; channel < call->channels; channel++)
            for (size_t i = 0; i < plan->outputs; i++)
                dy.data[(step * call->channels + channel) * dy.stride + i] =
                    ((const real *)back->dout[channel])[step * plan->outputs + i];
}

/** The outer layer before a layer, or XL_NONE. */
static size_t layer_before(const struct xl_plan *plan, size_t layer)
{
    size_t before = XL_NONE;
    for (size_t i = 0; i < layer; i += xl_layer_span(&plan->layers[i]))
        before = i;
    return before;
}

/** Whether nobody asks for the gradient of a layer's input, and the layer can do without. */
static bool ends_here(const struct xl_back_call *back, const struct xl_layer *layer, size_t before)
{
    return before == XL_NONE && !back->din &&
           (layer->type == XL_LAYER_LINEAR || layer->type == XL_LAYER_CELL ||
            layer->type == XL_LAYER_CONTROL);
}

static void backward(const struct xl_plan *plan, const struct xl_back_call *back)
{
    const struct xl_call *call = back->call;
    const size_t rows = call->steps * call->channels, wide = plan->row_width * rows;
    real *kept = call->work, *work = back->work;
    const struct xl_rows input = {kept, xl_pad(xl_plan_features(plan))};
    struct xl_rows dy = {work, xl_pad(plan->outputs)};
    memset(back->dstate, 0, call->channels * plan->state * sizeof(real));
    take_output(plan, back, dy);
    const struct xl_rows dinput = {back->din ? work + 2 * wide : NULL, input.stride};
    for (size_t i = plan->last, before; i != XL_NONE; i = before) {
        const struct xl_layer *layer = &plan->layers[i];
        before = layer_before(plan, i);
        const struct xl_run run = {
            .parameters = call->parameters,
            .state = (real *)back->start,
            .state_stride = plan->state,
            .work = kept + xl_work_at(plan, i, rows, true),
            .steps = call->steps,
            .channels = call->channels,
        };
        const struct xl_back layer_back = {
            .run = &run,
            .gradient = back->gradient,
            .dstate = back->dstate,
            .dwork = work + 3 * wide,
            .scratch = work + 3 * wide + plan->layer_work * rows,
        };
        const struct xl_rows x =
            i ? (struct xl_rows){kept + xl_output_at(plan, before, rows, true), xl_pad(layer->in)}
              : input;
        const struct xl_rows y = {kept + xl_output_at(plan, i, rows, true), xl_pad(layer->out)};
        /* such a layer reads a row of dy for the last time when it writes that of dx */
        const bool in_place = layer->type == XL_LAYER_CELL && layer->cell.residual;
        const bool swap = (dy.data == work) != in_place;
        struct xl_rows dx = {work + (swap ? wide : 0), xl_pad(layer->in)};
        if (ends_here(back, layer, before))
            dx.data = NULL;
        if (i == plan->last && plan->direct.blocks)
            xl_matrix_back(&plan->direct, &layer_back, input, dy, dinput, false);
        xl_layer_back(layer, &layer_back, x, y, dy, dx);
        dy = dx;
    }
    if (!back->din)
        return;
    const size_t width = xl_plan_features(plan);
    xl_copy_rows(width, rows, dy, (struct xl_rows){back->din, input.stride});
    if (plan->direct.blocks)
        xl_add(width, rows, dinput, (struct xl_rows){back->din, input.stride});
}

static void unpack_one(struct xl_copy copy, const real *gradient, real *dvalues)
{
    const size_t to_step = copy.to_step[2], from_step = copy.from_step[2];
    for (size_t i = 0; i < copy.count[0]; i++)
        for (size_t j = 0; j < copy.count[1]; j++) {
            const real *from = gradient + copy.to + i * copy.to_step[0] + j * copy.to_step[1];
            real *to = dvalues + copy.from + i * copy.from_step[0] + j * copy.from_step[1];
            for (size_t k = 0; k < copy.count[2]; k++)
                to[k * from_step] += from[k * to_step];
        }
}

static void unpack(const struct xl_plan *plan, const void *gradient, void *dvalues)
{
    for (size_t i = 0; i < plan->copy_count; i++)
        if (plan->copies[i].from != XL_NONE)
            unpack_one(xl_copy_ones_first(plan->copies[i]), gradient, dvalues);
}

const struct xl_train_engine XL_FN(xl_train_engine) = {
    .engine = &XL_FN(xl_engine),
    .backward = backward,
    .unpack = unpack,
    .soap = &XL_FN(xl_soap_verbs),
};
