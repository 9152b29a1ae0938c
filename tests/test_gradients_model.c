/* SPDX-License-Identifier: ISC */
#include "test_gradients_model.h"

#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANNELS = 16 };

static void give_up(const char *name, const char *why)
{
    fprintf(stderr, "%s: %s\n", name, why);
    exit(1);
}

static void *must(const struct random_model *m, void *pointer)
{
    if (!pointer)
        give_up(m->about->name, "out of memory");
    return pointer;
}

/* ---- numbers -------------------------------------------------------------------------------- */

/** Uniform in -1 … 1, as a float. */
static double draw(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return (double)(float)((double)(int64_t)(z ^ z >> 31) * 0x1p-63);
}

static double *draw_all(const struct random_model *m, size_t count, double spread, uint64_t seed)
{
    double *numbers = must(m, calloc(count + 1, sizeof *numbers));
    for (size_t i = 0; i < count; i++)
        numbers[i] = (double)(float)(spread * draw(&seed));
    return numbers;
}

static size_t bytes_of(const struct random_model *m)
{
    return m->engine->engine->real_bytes;
}

static double get(const struct random_model *m, size_t array, size_t i)
{
    return bytes_of(m) == sizeof(float) ? (double)((const float *)m->memory[array])[i]
                                        : ((const double *)m->memory[array])[i];
}

static void put(const struct random_model *m, size_t array, const double *from, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_of(m) == sizeof(float))
            ((float *)m->memory[array])[i] = (float)from[i];
        else
            ((double *)m->memory[array])[i] = from[i];
    }
}

static double *taken(const struct random_model *m, size_t array, size_t count)
{
    double *to = must(m, calloc(count + 1, sizeof *to));
    for (size_t i = 0; i < count; i++)
        to[i] = get(m, array, i);
    return to;
}

/* ---- sizes ---------------------------------------------------------------------------------- */

static size_t rows_of(const struct random_model *m)
{
    return m->about->steps * m->about->channels;
}

size_t model_inputs(const struct random_model *m)
{
    return rows_of(m) * m->plan.inputs;
}

size_t model_outputs(const struct random_model *m)
{
    return rows_of(m) * m->plan.outputs;
}

static size_t features_of(const struct random_model *m)
{
    return xl_pad(xl_plan_features(&m->plan));
}

static size_t size_of(const struct random_model *m, size_t array)
{
    const struct xl_plan *plan = &m->plan;
    const size_t rows = rows_of(m), states = m->about->channels * plan->state;
    const size_t sizes[MODEL_ARRAYS] = {
        [MODEL_VALUES] = plan->values,
        [MODEL_PACKED] = plan->packed + XL_PAD,
        [MODEL_START] = states,
        [MODEL_STATE] = states,
        [MODEL_WORK] = xl_engine_work(plan, rows, true),
        [MODEL_BACK_WORK] = xl_back_work(plan, rows),
        [MODEL_GRADIENT] = plan->packed + XL_PAD,
        [MODEL_DVALUES] = plan->values,
        [MODEL_DSTATE] = states,
        [MODEL_DIN] = rows * features_of(m),
        [MODEL_IN] = model_inputs(m),
        [MODEL_OUT] = model_outputs(m),
        [MODEL_DOUT] = model_outputs(m),
    };
    return sizes[array];
}

/** Fills an array with bytes that make every number NaN, or zero. */
static void fill(const struct random_model *m, size_t array, bool nan)
{
    memset(m->memory[array], nan ? 0xff : 0, size_of(m, array) * bytes_of(m));
}

/* ---- making --------------------------------------------------------------------------------- */

/** A normaliser of an sLSTM is never below 1 once it has stored something. */
static void lift_normalisers(struct random_model *m)
{
    const struct xl_plan *plan = &m->plan;
    for (size_t i = 0; i < plan->field_count; i++) {
        const struct xl_field *f = &plan->fields[i];
        if (plan->layers[f->layer].type == XL_LAYER_MEMORY || strcmp(f->name, "n") != 0 ||
            plan->layers[f->layer].type == XL_LAYER_MLSTM_BLOCK ||
            plan->layers[f->layer].type == XL_LAYER_LARGE_BLOCK)
            continue;
        for (size_t channel = 0; channel < m->about->channels; channel++)
            for (size_t u = 0; u < f->count[0] * f->count[1]; u++)
                m->start[channel * plan->state + f->offset + u] += 2;
    }
}

/** Named fields at random, everything else of the state zero. */
static void draw_start(struct random_model *m)
{
    const struct xl_plan *plan = &m->plan;
    uint64_t seed = 3;
    m->start = must(m, calloc(m->about->channels * plan->state, sizeof *m->start));
    for (size_t channel = 0; channel < m->about->channels; channel++)
        for (size_t i = 0; i < plan->field_count; i++) {
            const struct xl_field *f = &plan->fields[i];
            double *to = m->start + channel * plan->state + f->offset;
            for (size_t x = 0; x < f->count[0]; x++)
                for (size_t y = 0; y < f->count[1]; y++)
                    for (size_t z = 0; z < f->count[2]; z++)
                        to[x * f->step[0] + y * f->step[1] + z * f->step[2]] = draw(&seed);
        }
    lift_normalisers(m);
}

static void draw_input(struct random_model *m)
{
    m->in = draw_all(m, model_inputs(m), 1, 2);
    if (!m->tokens)
        return;
    const double most = m->plan.layers[0].embedding.vocabulary - 1;
    for (size_t i = 0; i < model_inputs(m); i++)
        m->in[i] = round((m->in[i] + 1) / 2 * most);
}

static void build(struct random_model *m)
{
    struct xlstm_error error;
    json_error_t json_error;
    m->file.format = "test";
    snprintf(m->file.kind, sizeof m->file.kind, "%s", m->about->kind);
    m->file.config = json_loads(m->about->config, 0, &json_error);
    if (!m->file.config)
        give_up(m->about->name, json_error.text);
    if (!xl_config_read(&m->config, &m->file, &error) ||
        !xl_plan_build(&m->plan, &m->config, NULL, true, &error) ||
        !xl_plan_build(&m->plain, &m->config, NULL, false, &error))
        give_up(m->about->name, error.text);
    m->tokens = m->plan.layers[0].type == XL_LAYER_EMBEDDING;
}

void model_open(struct random_model *m, const struct model_case *about,
                const struct xl_train_engine *engine)
{
    uint64_t seed = 5;
    *m = (struct random_model){.about = about, .engine = engine};
    if (about->channels > MAX_CHANNELS)
        give_up(about->name, "too many channels");
    build(m);
    m->values = draw_all(m, m->plan.values, about->spread > 0 ? about->spread : 1, 1);
    m->loss = draw_all(m, model_outputs(m), 1, 4);
    draw_start(m);
    draw_input(m);
    m->knobs = must(m, calloc(about->channels * XLSTM_MAX_KNOBS, sizeof *m->knobs));
    m->dknobs = must(m, calloc(about->channels * XLSTM_MAX_KNOBS, sizeof *m->dknobs));
    for (size_t i = 0; i < about->channels * XLSTM_MAX_KNOBS; i++)
        m->knobs[i] = (float)draw(&seed);
    m->out = must(m, calloc(model_outputs(m), sizeof *m->out));
    m->din = must(m, calloc(model_inputs(m), sizeof *m->din));
    for (size_t i = 0; i < MODEL_ARRAYS; i++)
        m->memory[i] = must(m, xl_engine_alloc(engine->engine, size_of(m, i)));
}

void model_close(struct random_model *m)
{
    void *const arrays[] = {m->values, m->start, m->in,      m->loss,   m->knobs,
                            m->out,    m->din,   m->dvalues, m->dstart, m->dknobs};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t i = 0; i < MODEL_ARRAYS; i++)
        free(m->memory[i]);
    xl_plan_free(&m->plan);
    xl_plan_free(&m->plain);
    xl_config_free(&m->config);
    json_decref(m->file.config);
}

/* ---- running -------------------------------------------------------------------------------- */

/** Pointers to channel 0, 1, … of an array, from step `first` on. */
static void point(const struct random_model *m, size_t array, size_t width, size_t first,
                  void **channels)
{
    for (size_t c = 0; c < m->about->channels; c++)
        channels[c] =
            (char *)m->memory[array] + (c * m->about->steps + first) * width * bytes_of(m);
}

static void prepare(struct random_model *m)
{
    const struct xl_engine *engine = m->engine->engine;
    put(m, MODEL_VALUES, m->values, m->plan.values);
    put(m, MODEL_IN, m->in, model_inputs(m));
    put(m, MODEL_START, m->start, size_of(m, MODEL_START));
    put(m, MODEL_STATE, m->start, size_of(m, MODEL_START));
    engine->pack(&m->plan, m->memory[MODEL_VALUES], m->memory[MODEL_PACKED]);
}

/** Forward over steps first … first + count, and backward if `backward`. */
static void run(struct random_model *m, const struct xl_plan *plan, size_t first, size_t count,
                bool keep, bool backward)
{
    void *in[MAX_CHANNELS], *out[MAX_CHANNELS], *dout[MAX_CHANNELS];
    point(m, MODEL_IN, plan->inputs, first, in);
    point(m, MODEL_OUT, plan->outputs, first, out);
    point(m, MODEL_DOUT, plan->outputs, first, dout);
    const struct xl_call call = {
        .parameters = m->memory[MODEL_PACKED],
        .state = m->memory[MODEL_STATE],
        .work = m->memory[MODEL_WORK],
        .keep = keep,
        .knobs = m->knobs,
        .knob_stride = XLSTM_MAX_KNOBS,
        .steps = count,
        .channels = m->about->channels,
        .in = (const void *const *)in,
        .out = out,
    };
    const struct xl_back_call back = {
        .call = &call,
        .start = m->memory[MODEL_START],
        .dout = (const void *const *)dout,
        .gradient = m->memory[MODEL_GRADIENT],
        .dstate = m->memory[MODEL_DSTATE],
        .din = m->memory[MODEL_DIN],
        .work = m->memory[MODEL_BACK_WORK],
    };
    m->engine->engine->forward(plan, &call);
    if (backward)
        m->engine->backward(plan, &back);
}

static void take_output(struct random_model *m)
{
    for (size_t i = 0; i < model_outputs(m); i++)
        m->out[i] = get(m, MODEL_OUT, i);
}

void model_forward(struct random_model *m, bool training)
{
    const size_t steps = m->about->steps, first = steps / 3;
    const struct xl_plan *plan = training ? &m->plan : &m->plain;
    prepare(m);
    fill(m, MODEL_WORK, true);
    run(m, plan, 0, first, training, false);
    run(m, plan, first, steps - first, training, false);
    take_output(m);
}

double model_loss(struct random_model *m)
{
    double sum = 0;
    prepare(m);
    run(m, &m->plan, 0, m->about->steps, true, false);
    take_output(m);
    for (size_t i = 0; i < model_outputs(m); i++)
        sum += m->loss[i] * m->out[i];
    return sum;
}

/** From the gradient of the input vectors to that of the frames and knobs in them. */
static void take_inputs(struct random_model *m)
{
    const struct xl_plan *plan = &m->plan;
    const size_t inputs = plan->inputs, channels = m->about->channels, steps = m->about->steps;
    memset(m->din, 0, model_inputs(m) * sizeof *m->din);
    memset(m->dknobs, 0, channels * XLSTM_MAX_KNOBS * sizeof *m->dknobs);
    for (size_t row = 0; row < rows_of(m); row++) {
        const size_t step = row / channels, channel = row % channels;
        const size_t at = row * features_of(m);
        for (size_t frame = 0; frame < plan->frames; frame++) {
            const size_t age = plan->frames - 1 - frame;
            for (size_t i = 0; age <= step && i < inputs; i++)
                m->din[(channel * steps + step - age) * inputs + i] +=
                    get(m, MODEL_DIN, at + frame * inputs + i);
        }
        for (size_t k = 0; k < plan->knob_count; k++)
            m->dknobs[channel * XLSTM_MAX_KNOBS + k] +=
                get(m, MODEL_DIN, at + plan->frames * inputs + k);
    }
}

void model_backward(struct random_model *m)
{
    static const size_t UNREAD[] = {MODEL_WORK, MODEL_BACK_WORK, MODEL_DSTATE, MODEL_DIN};
    prepare(m);
    put(m, MODEL_DOUT, m->loss, model_outputs(m));
    for (size_t i = 0; i < sizeof UNREAD / sizeof *UNREAD; i++)
        fill(m, UNREAD[i], true);
    fill(m, MODEL_GRADIENT, false);
    fill(m, MODEL_DVALUES, false);
    run(m, &m->plan, 0, m->about->steps, true, true);
    m->engine->unpack(&m->plan, m->memory[MODEL_GRADIENT], m->memory[MODEL_DVALUES]);
    take_output(m);
    take_inputs(m);
    free(m->dvalues);
    free(m->dstart);
    m->dvalues = taken(m, MODEL_DVALUES, m->plan.values);
    m->dstart = taken(m, MODEL_DSTATE, size_of(m, MODEL_DSTATE));
}
