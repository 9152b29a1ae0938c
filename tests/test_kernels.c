/* SPDX-License-Identifier: ISC */
/* The kernels of every instruction set against the same code in plain C and double, in layers of
 * all shapes that vectors do not like, forward and backward; and the promises that a channel's bits
 * depend on nothing but that channel. */
#include "engine.h"
#include "model.h"
#include "network.h"
#include "random.h"
#include "suite.h"
#include "train_engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Sums of float products in another order; a wrong element is off by far more. */
static const double TOLERANCE = 2e-4;

enum { STEPS = 37, MOST_CHANNELS = 29 };

/* ---- networks ------------------------------------------------------------------------------- */

/** A layer of width %1$u behind a projection from one input. */
#define NETWORK(layer) "{\"embedding_dim\": %1$u, \"layers\": [" layer "]}"
#define HEADS(count)                                                                               \
    NETWORK("{\"type\": \"slstm\", \"hidden_size\": %1$u, \"num_heads\": " count "}")
#define MEMORY(heads, keys)                                                                        \
    NETWORK("{\"type\": \"mlstm\", \"hidden_size\": %1$u, \"num_heads\": " heads                   \
            ", \"qk_size\": " keys "}")

struct shape {
    const char *config;
    unsigned sizes[16]; ///< ended by 0
};

static const struct shape SHAPES[] = {
    {"{\"in_proj\": false, \"layers\": [{\"type\": \"slstm\", \"hidden_size\": %1$u}]}",
     {1, 3, 4, 7, 8, 16, 17, 20, 24, 32, 40, 48, 50, 64, 72}},
    {"{\"in_proj\": false, \"input_frames\": 3, \"direct\": true, \"layers\": [{\"type\": "
     "\"lstm\", "
     "\"hidden_size\": %1$u}]}",
     {1, 3, 7, 8, 16, 17, 20, 32, 40, 50, 64}},
    {NETWORK("{\"type\": \"slstm\", \"hidden_size\": %1$u, \"residual\": true}"),
     {1, 7, 8, 16, 20, 32, 40}},
    {NETWORK("{\"type\": \"slstm\", \"hidden_size\": %1$u, \"forget_gate\": \"exponential\"}"),
     {3, 8, 16, 20, 32}},
    {NETWORK("{\"type\": \"lstm\", \"hidden_size\": %1$u}"), {3, 16, 17, 20, 40, 50}},
    {NETWORK("{\"type\": \"gru\", \"hidden_size\": %1$u}"), {1, 3, 7, 16, 17, 20, 40, 50}},
    {HEADS("4"), {4, 8, 12, 16, 20, 32, 40, 64}},
    {HEADS("2"), {2, 6, 8, 14, 16, 32, 34}},
    {HEADS("5"), {10, 20, 40}},
    {MEMORY("1", "%1$u"), {1, 3, 4, 7, 8, 16, 17, 20, 40}},
    {MEMORY("2", "%1$u"), {2, 6, 8, 16, 32, 34}},
    {MEMORY("4", "%1$u"), {4, 16, 20, 32, 64}},
    {MEMORY("2", "6"), {2, 10, 16, 40}},
    {NETWORK("{\"type\": \"linear\", \"out_features\": %1$u, \"activation\": \"gelu\"}"),
     {1, 3, 7, 17, 20, 40, 50}},
    {NETWORK("{\"type\": \"layer_norm\"}"), {3, 4, 7, 8, 16, 17, 20, 32, 40, 50}},
    {NETWORK("{\"type\": \"mlstm_block\", \"mlstm\": {\"num_heads\": 4, \"qkv_proj_blocksize\": 4, "
             "\"round_proj_up_to_multiple_of\": 16}}"),
     {8, 16, 20, 24, 40}},
    {NETWORK("{\"type\": \"mlstm_block\", \"mlstm\": {\"num_heads\": 2, \"qkv_proj_blocksize\": 2, "
             "\"conv1d_kernel_size\": 2, \"round_proj_up_to_multiple_of\": 2}}"),
     {3, 7, 17}},
    {NETWORK(
         "{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 4, \"conv1d_kernel_size\": 4}, "
         "\"feedforward\": {\"proj_factor\": 1.3, \"act_fn\": \"gelu\", "
         "\"round_proj_up_to_multiple_of\": 8}}"),
     {4, 8, 16, 20, 32, 40}},
};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES };

struct network {
    char text[512];
    json_t *json;
    struct xl_config config;
    struct xl_plan plan;
    double *values;
};

static double loudness = 1; ///< factor of all weights

static void network_open(struct network *n, const struct shape *shape, unsigned size, bool tape)
{
    struct xl_tensors file;
    struct xlstm_error error;
    struct random random = {size};
    snprintf(n->text, sizeof n->text, shape->config, size);
    n->json = json_loads(n->text, 0, NULL);
    if (!network_config(n->json, &file, &n->config, &error) ||
        !xl_plan_build(&n->plan, &n->config, NULL, tape, &error)) {
        printf("%s: %s\n", n->text, error.text);
        abort();
    }
    n->values = calloc(n->plan.values + 1, sizeof *n->values);
    for (size_t i = 0; i < n->plan.slot_count; i++) {
        const struct xl_slot *slot = &n->plan.slots[i];
        const double width = slot->rank > 1 ? (double)slot->shape[slot->rank - 1] : 4;
        for (size_t j = 0; j < slot->count; j++)
            n->values[slot->offset + j] = loudness * random_between(&random, -1, 1) / sqrt(width);
    }
}

static void network_close(struct network *n)
{
    free(n->values);
    xl_plan_free(&n->plan);
    xl_config_free(&n->config);
    json_decref(n->json);
}

/* ---- runs ----------------------------------------------------------------------------------- */

/** A network on an engine. Numbers of the engine go in and out as doubles. */
struct machine {
    const struct network *network;
    const struct xl_engine *engine;
    size_t channels;
    void *packed, *state, *start, *work;
    void *in[MOST_CHANNELS], *out[MOST_CHANNELS];
};

static void *room(const struct machine *m, size_t count)
{
    void *memory = xl_engine_alloc(m->engine, count + XL_PAD);
    if (!memory)
        abort();
    return memory;
}

static void put(const struct machine *m, void *array, size_t i, double value)
{
    if (m->engine->real_bytes == sizeof(float))
        ((float *)array)[i] = (float)value;
    else
        ((double *)array)[i] = (double)(float)value; /* both see the same number */
}

static double get(const struct machine *m, const void *array, size_t i)
{
    return m->engine->real_bytes == sizeof(float) ? (double)((const float *)array)[i]
                                                  : ((const double *)array)[i];
}

static void machine_rest(struct machine *m, const void *values)
{
    const struct xl_plan *plan = &m->network->plan;
    for (size_t c = 0; c < m->channels; c++)
        m->engine->rest(plan, values, (char *)m->state + c * plan->state * m->engine->real_bytes);
}

/** `first` is the number of the first channel: it decides what a channel hears. */
static void machine_open(struct machine *m, const struct network *network,
                         const struct xl_engine *engine, size_t channels, size_t first, bool keep)
{
    const struct xl_plan *plan = &network->plan;
    *m = (struct machine){.network = network, .engine = engine, .channels = channels};
    void *values = room(m, plan->values);
    for (size_t i = 0; i < plan->values; i++)
        put(m, values, i, network->values[i]);
    m->packed = room(m, plan->packed);
    m->state = room(m, channels * plan->state);
    m->start = room(m, channels * plan->state);
    m->work = room(m, xl_engine_work(plan, channels * STEPS, keep));
    engine->pack(plan, values, m->packed);
    machine_rest(m, values);
    free(values);
    for (size_t c = 0; c < channels; c++) {
        struct random random = {first + c + 100};
        m->in[c] = room(m, STEPS);
        m->out[c] = room(m, STEPS);
        for (size_t i = 0; i < STEPS; i++)
            put(m, m->in[c], i, random_between(&random, -1, 1));
    }
}

static void machine_close(struct machine *m)
{
    free(m->packed);
    free(m->state);
    free(m->start);
    free(m->work);
    for (size_t c = 0; c < m->channels; c++) {
        free(m->in[c]);
        free(m->out[c]);
    }
}

static struct xl_call call_of(struct machine *m, size_t first, size_t steps, bool keep,
                              const void *in[MOST_CHANNELS], void *out[MOST_CHANNELS])
{
    for (size_t c = 0; c < m->channels; c++) {
        in[c] = (char *)m->in[c] + first * m->engine->real_bytes;
        out[c] = (char *)m->out[c] + first * m->engine->real_bytes;
    }
    return (struct xl_call){.parameters = m->packed,
                            .state = m->state,
                            .work = m->work,
                            .keep = keep,
                            .steps = steps,
                            .channels = m->channels,
                            .in = in,
                            .out = out};
}

/** Runs all steps in calls of `block`. */
static void machine_run(struct machine *m, size_t block)
{
    const void *in[MOST_CHANNELS];
    void *out[MOST_CHANNELS];
    for (size_t done = 0; done < STEPS; done += block) {
        const size_t steps = STEPS - done < block ? STEPS - done : block;
        const struct xl_call call = call_of(m, done, steps, false, in, out);
        m->engine->forward(&m->network->plan, &call);
    }
}

/** Difference relative to the largest number, where that is above 1. */
static double difference(const double *a, const double *b, size_t count)
{
    double largest = 1, worst = 0;
    for (size_t i = 0; i < count; i++) {
        const double d = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
        worst = d <= worst ? worst : d;
    }
    return worst / largest;
}

static double outputs_differ(const struct machine *a, const struct machine *b)
{
    double found[STEPS], wanted[STEPS], worst = 0;
    for (size_t c = 0; c < a->channels; c++) {
        for (size_t i = 0; i < STEPS; i++) {
            found[i] = get(a, a->out[c], i);
            wanted[i] = get(b, b->out[c], i);
        }
        worst = fmax(worst, difference(found, wanted, STEPS));
    }
    return worst;
}

/** Calls for every network of every shape. */
static void for_each_network(bool tape, void (*check)(const struct network *))
{
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (const unsigned *size = SHAPES[s].sizes; size < SHAPES[s].sizes + 16 && *size; size++) {
            struct network n;
            network_open(&n, &SHAPES[s], *size, tape);
            check(&n);
            network_close(&n);
        }
}

static const struct xl_engine *next_engine(enum xlstm_isa *isa)
{
    const struct xl_engine *engine = NULL;
    while (!engine && *isa < XLSTM_ISA_NEON) {
        *isa = (enum xlstm_isa)(*isa + 1);
        engine = xl_engine_find(*isa);
    }
    return engine;
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void check_forward(const struct network *n)
{
    struct machine exact, m;
    enum xlstm_isa isa = XLSTM_ISA_AUTO;
    machine_open(&exact, n, &xl_engine_f64, 3, 0, false);
    machine_run(&exact, STEPS);
    for (const struct xl_engine *engine; (engine = next_engine(&isa));) {
        machine_open(&m, n, engine, 3, 0, false);
        machine_run(&m, STEPS);
        const double error = outputs_differ(&m, &exact);
        if (!(error <= TOLERANCE))
            printf("\n%s on %s: error %.1e\n", n->text, engine->name, error);
        CU_ASSERT(error <= TOLERANCE);
        machine_close(&m);
    }
    machine_close(&exact);
}

static void test_forward(void)
{
    for_each_network(false, check_forward);
}

/** A run of several channels gives each the bits that it has alone, and in calls of any length. */
static void check_bits(const struct network *n)
{
    struct machine together, alone;
    enum xlstm_isa isa = XLSTM_ISA_AUTO;
    for (const struct xl_engine *engine; (engine = next_engine(&isa));) {
        machine_open(&together, n, engine, MOST_CHANNELS, 0, false);
        machine_run(&together, STEPS);
        for (size_t c = 0; c < MOST_CHANNELS; c++) {
            machine_open(&alone, n, engine, 1, c, false);
            machine_run(&alone, c ? 3 * c : STEPS);
            const bool same =
                memcmp(alone.out[0], together.out[c], STEPS * engine->real_bytes) == 0;
            if (!same)
                printf("\n%s on %s: other bits in channel %zu\n", n->text, engine->name, c);
            CU_ASSERT(same);
            machine_close(&alone);
        }
        machine_close(&together);
    }
}

static void test_bits(void)
{
    for_each_network(false, check_bits);
}

/** Gates so large that sLSTM units are brought back to range, each when it needs it. */
static void test_bits_of_loud_gates(void)
{
    loudness = 40;
    for (const unsigned *size = SHAPES[0].sizes; *size; size++) {
        struct network n;
        network_open(&n, &SHAPES[0], *size, false);
        check_bits(&n);
        network_close(&n);
    }
    loudness = 1;
}

/** Gradient of the values for a loss that weighs every output; for free(). */
static double *gradient_of(const struct network *n, const struct xl_engine *engine)
{
    struct machine m;
    const void *in[MOST_CHANNELS], *dout[MOST_CHANNELS];
    void *out[MOST_CHANNELS];
    const struct xl_plan *plan = &n->plan;
    const struct xl_train_engine *train = xl_train_engine_find(engine);
    machine_open(&m, n, engine, 3, 0, true);
    memcpy(m.start, m.state, m.channels * plan->state * engine->real_bytes);
    const struct xl_call call = call_of(&m, 0, STEPS, true, in, out);
    const struct xl_back_call back = {
        .call = &call,
        .start = m.start,
        .dout = dout,
        .gradient = room(&m, plan->packed),
        .dstate = room(&m, m.channels * plan->state),
        .work = room(&m, xl_back_work(plan, m.channels * STEPS)),
    };
    void *dvalues = room(&m, plan->values);
    for (size_t c = 0; c < m.channels; c++)
        dout[c] = m.in[c]; /* any numbers do */
    engine->forward(plan, &call);
    train->backward(plan, &back);
    train->unpack(plan, back.gradient, dvalues);
    double *gradient = calloc(plan->values + 1, sizeof *gradient);
    for (size_t i = 0; i < plan->values; i++)
        gradient[i] = get(&m, dvalues, i);
    free(dvalues);
    free(back.gradient);
    free(back.dstate);
    free(back.work);
    machine_close(&m);
    return gradient;
}

static void check_backward(const struct network *n)
{
    enum xlstm_isa isa = XLSTM_ISA_AUTO;
    double *exact = gradient_of(n, &xl_engine_f64);
    for (const struct xl_engine *engine; (engine = next_engine(&isa));) {
        double *found = gradient_of(n, engine);
        const double error = difference(found, exact, n->plan.values);
        if (!(error <= TOLERANCE))
            printf("\n%s on %s: gradient's error %.1e\n", n->text, engine->name, error);
        CU_ASSERT(error <= TOLERANCE);
        free(found);
    }
    free(exact);
}

static void test_backward(void)
{
    for_each_network(true, check_backward);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"layers of all shapes on every instruction set", test_forward},
        {"a channel's bits depend on that channel alone", test_bits},
        {"a channel's bits, with gates beyond the range of numbers", test_bits_of_loud_gates},
        {"gradients of all shapes on every instruction set", test_backward},
    };
    return run_suite("kernels", TESTS, sizeof TESTS / sizeof *TESTS);
}
