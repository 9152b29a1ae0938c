/* SPDX-License-Identifier: ISC */
#include "lanes.h"

#include "lanes_layers.h"
#include "run.h"
#include "vec.h"

/** W channels, or fewer, on their way through a call. All arrays hold vectors. */
struct group {
    const struct xl_plan *plan;
    const struct xl_call *call;
    size_t first, count; ///< channels
    real *in;            ///< the input's frames, the window's before them
    real *out;           ///< outputs of all steps
    real *state, *x, *y, *fresh;
    real *weights; ///< of all layers, in the order that their steps read them in
};

bool xl_in_lanes(const struct xl_plan *plan, size_t channels)
{
    const size_t wide = 16; /* shorter vectors gain nothing: one channel fills them as well */
    const size_t groups = (channels + W - 1) / W;
    /* one lane in eight may be idle */
    bool fit = W >= wide && 8 * channels >= 7 * groups * W && plan->layer_count > 0;
    for (size_t i = 0; fit && i < plan->layer_count; i++)
        fit = xl_lanes_layer_fits(&plan->layers[i]);
    return fit && plan->direct.blocks <= 1 && plan->layers[plan->last].out == plan->outputs;
}

/* ---- in and out ----------------------------------------------------------------------------- */

/** The states of the channels as vectors; those of lanes without a channel are zero. */
static void take_states(const struct group *g)
{
    const size_t size = g->plan->state;
    const real *states = (const real *)g->call->state + g->first * size;
    for (size_t lane = 0; lane < W; lane++)
        for (size_t i = 0; i < size; i++)
            g->state[i * W + lane] = lane < g->count ? states[lane * size + i] : 0;
    for (size_t i = 0; i < g->plan->layer_count; i++)
        xl_lanes_layer_wake(&g->plan->layers[i], g->state);
}

static void give_states(const struct group *g)
{
    const size_t size = g->plan->state;
    real *states = (real *)g->call->state + g->first * size;
    for (size_t lane = 0; lane < g->count; lane++)
        for (size_t i = 0; i < size; i++)
            states[lane * size + i] = g->state[i * W + lane];
}

/** Numbers of the input that the window keeps. */
static size_t past(const struct xl_plan *plan)
{
    return (size_t)(plan->frames - 1) * plan->inputs;
}

static void take_input(const struct group *g)
{
    const size_t before = past(g->plan), count = g->call->steps * g->plan->inputs;
    const real *window = g->state + g->plan->window * W;
    real *fresh = g->in + before * W;
    for (size_t i = 0; i < before; i++)
        vf_store(g->in + i * W, vf_load(window + i * W));
    for (size_t lane = 0; lane < W; lane++) {
        const real *in = lane < g->count ? g->call->in[g->first + lane] : NULL;
        for (size_t i = 0; i < count; i++)
            fresh[i * W + lane] = in ? in[i] : 0;
    }
    for (size_t i = 0; g->plan->audio && i < count; i++) {
        const vf x = vf_load(fresh + i * W);
        vf_store(fresh + i * W, vf_select(vf_less(vf_abs(x), vf_set(XL_INPUT_LIMIT)),
                                          vf_clamp(x, XL_INPUT_CLIP), vf_zero()));
    }
}

static void keep_window(const struct group *g)
{
    const size_t kept = past(g->plan);
    const real *last = g->in + g->call->steps * g->plan->inputs * W;
    for (size_t i = 0; i < kept; i++)
        vf_store(g->state + (g->plan->window + i) * W, vf_load(last + i * W));
}

static void give_output(const struct group *g)
{
    const size_t count = g->call->steps * g->plan->outputs;
    for (size_t lane = 0; lane < g->count; lane++) {
        real *out = g->call->out[g->first + lane];
        for (size_t i = 0; i < count; i++)
            out[i] = g->out[i * W + lane];
    }
}

/* ---- the run -------------------------------------------------------------------------------- */

/** The input vector of a step: frames, which lie there already, and behind them the knobs. */
static const real *features(const struct group *g, size_t step)
{
    const struct xl_plan *plan = g->plan;
    const real *frames = g->in + step * plan->inputs * W;
    const size_t count = (size_t)plan->frames * plan->inputs;
    if (plan->knob_count == 0)
        return frames;
    for (size_t i = 0; i < count; i++)
        vf_store(g->x + i * W, vf_load(frames + i * W));
    for (size_t k = 0; k < plan->knob_count; k++)
        for (size_t lane = 0; lane < W; lane++) {
            const size_t channel = lane < g->count ? g->first + lane : g->first;
            g->x[(count + k) * W + lane] = (real)g->call->knobs[channel * g->call->knob_stride + k];
        }
    return g->x;
}

/** The first layer reads the features, which may lie in g->x, and the others take turns. */
static void run_step(const struct group *g, size_t step)
{
    const struct xl_plan *plan = g->plan;
    const real *parameters = g->call->parameters, *input = features(g, step), *x = input;
    real *const turns[2] = {g->y, g->y + plan->row_width * W};
    const real *weights = g->weights;
    real *out = g->out + step * plan->outputs * W;
    for (size_t i = 0; i < plan->layer_count; i++) {
        real *y = i + 1 == plan->layer_count ? out : turns[i % 2];
        xl_lanes_layer_step(&plan->layers[i], parameters, weights, g->state, x, y, g->fresh);
        weights += xl_lanes_layer_weights(&plan->layers[i]);
        x = y;
    }
    if (plan->direct.blocks)
        xl_lanes_matrix_add(&plan->direct, parameters, input, out);
}

static void run_group(const struct group *g)
{
    take_states(g);
    take_input(g);
    for (size_t step = 0; step < g->call->steps; step++)
        run_step(g, step);
    keep_window(g);
    give_states(g);
    give_output(g);
}

void xl_lanes_forward(const struct xl_plan *plan, const struct xl_call *call)
{
    real *work = call->work;
    const size_t row = plan->row_width * W;
    struct group g = {.plan = plan, .call = call, .in = work, .out = work + call->steps * row};
    g.state = g.out + call->steps * row;
    g.x = g.state + plan->state * W;
    g.y = g.x + row;
    g.fresh = g.y + 2 * row;
    g.weights = g.fresh + row;
    for (size_t i = 0, at = 0; i < plan->layer_count; i++) {
        xl_lanes_layer_pack(&plan->layers[i], call->parameters, g.weights + at);
        at += xl_lanes_layer_weights(&plan->layers[i]);
    }
    for (; g.first < call->channels; g.first += W) {
        g.count = call->channels - g.first < W ? call->channels - g.first : W;
        run_group(&g);
    }
}
