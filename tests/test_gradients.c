/* SPDX-License-Identifier: ISC */
/* Gradients of every golden file that has them, against automatic differentiation in float64. */
#include "golden.h"
#include "golden_list.h"
#include "suite.h"
#include "train_engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double DOUBLE_TOLERANCE = 1e-11;

struct gradients {
    struct golden g;
    const struct xl_train_engine *engine;
    void *start, *in, *out, *dout, *packed, *dvalues, *dstate, *din, *work;
};

static void *room(const struct gradients *t, size_t count)
{
    void *memory = calloc(count + XL_PAD, t->engine->engine->real_bytes);
    if (!memory)
        abort();
    return memory;
}

static double get(const struct gradients *t, const void *array, size_t i)
{
    return t->engine->engine->real_bytes == sizeof(float) ? (double)((const float *)array)[i]
                                                          : ((const double *)array)[i];
}

static void put(const struct gradients *t, void *array, size_t i, double value)
{
    if (t->engine->engine->real_bytes == sizeof(float))
        ((float *)array)[i] = (float)value;
    else
        ((double *)array)[i] = value;
}

static void fill(const struct gradients *t, void *array, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(t, array, i, values[i]);
}

/** Forward and backward over the whole file with the file's loss. */
static void compute(struct gradients *t)
{
    const struct xl_plan *plan = &t->g.plan;
    const struct xl_call call = {
        .parameters = t->g.packed,
        .state = t->g.state,
        .work = t->g.work,
        .keep = true,
        .steps = t->g.steps,
        .channels = 1,
        .in = (const void *const[]){t->in},
        .out = (void *const[]){t->out},
    };
    const struct xl_back_call back = {
        .call = &call,
        .start = t->start,
        .dout = (const void *const[]){t->dout},
        .gradient = t->packed,
        .dstate = t->dstate,
        .din = t->din,
        .work = t->work,
    };
    golden_rest(&t->g);
    memcpy(t->start, t->g.state, plan->state * t->engine->engine->real_bytes);
    t->engine->engine->forward(plan, &call);
    t->engine->backward(plan, &back);
    t->engine->unpack(plan, t->packed, t->dvalues);
}

static void open_gradients(struct gradients *t, const char *name,
                           const struct xl_train_engine *engine)
{
    size_t count;
    t->engine = engine;
    golden_open(&t->g, name, engine->engine, true);
    const struct xl_plan *plan = &t->g.plan;
    const size_t features = xl_pad(xl_plan_features(plan));
    t->start = room(t, plan->state);
    t->in = room(t, t->g.steps * plan->inputs);
    t->out = room(t, t->g.steps * plan->outputs);
    t->dout = room(t, t->g.steps * plan->outputs);
    t->packed = room(t, plan->packed);
    t->dvalues = room(t, plan->values);
    t->dstate = room(t, plan->state);
    t->din = room(t, t->g.steps * features);
    t->work = room(t, xl_back_work(plan, t->g.steps));
    double *loss = golden_tensor(&t->g, "loss.w", &count);
    fill(t, t->dout, loss, count);
    fill(t, t->in, t->g.in, t->g.steps * plan->inputs);
    free(loss);
}

static void close_gradients(struct gradients *t)
{
    free(t->start);
    free(t->in);
    free(t->out);
    free(t->dout);
    free(t->packed);
    free(t->dvalues);
    free(t->dstate);
    free(t->din);
    free(t->work);
    golden_close(&t->g);
}

/** What was computed for the golden tensor `name` ("grad." taken off), or NULL. */
static double *computed(const struct gradients *t, const char *name, size_t count)
{
    const struct xl_plan *plan = &t->g.plan;
    const struct xl_slot *slot = xl_plan_slot(plan, name);
    const size_t width = plan->inputs, stride = xl_pad(xl_plan_features(plan));
    double *values = calloc(count + 1, sizeof *values);
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++) {
        if (slot)
            values[i] = get(t, t->dvalues, slot->offset + i);
        else if (strcmp(name, "in.x") == 0)
            values[i] = get(t, t->din, i / width * stride + i % width);
        else
            values[i] = NAN;
    }
    for (size_t f = 0; f < plan->field_count; f++) {
        char state[32];
        const struct xl_field *field = &plan->fields[f];
        snprintf(state, sizeof state, "state.0.0.%s", field->name);
        if (strcmp(name, state) == 0)
            for (size_t i = 0; i < count; i++)
                values[i] = get(t, t->dstate,
                                field->offset + i / field->count[1] * field->step[0] +
                                    i % field->count[1] * field->step[1]);
    }
    return values;
}

/** Names the tensors whose error is beyond `tolerance`. */
static double worst_error(const struct gradients *t, double tolerance)
{
    double worst = 0;
    for (size_t i = 0; i < t->g.file.count; i++) {
        const char *name = t->g.file.tensors[i].name;
        size_t count;
        if (strncmp(name, "grad.", 5) != 0 || strcmp(name, "grad.in.x_parallel") == 0)
            continue;
        double *expected = golden_tensor(&t->g, name, &count);
        double *found = computed(t, name + 5, count);
        const double error = golden_error(found, expected, count);
        if (!(error <= worst))
            worst = error;
        if (!(error <= tolerance))
            printf("\n%s: %g", name, error);
        free(expected);
        free(found);
    }
    return worst;
}

static double file_error(const struct golden_file *file, const struct xl_train_engine *engine,
                         double tolerance)
{
    struct gradients t;
    open_gradients(&t, file->name, engine);
    compute(&t);
    const double error = worst_error(&t, tolerance);
    close_gradients(&t);
    return error;
}

static void test_golden_gradients(void)
{
    static const enum xlstm_isa ISAS[] = {XLSTM_ISA_GENERIC, XLSTM_ISA_SSE2, XLSTM_ISA_AVX2,
                                          XLSTM_ISA_AVX512, XLSTM_ISA_NEON};
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        const struct golden_file *file = &GOLDEN_FILES[i];
        if (file->gradient_tolerance == 0)
            continue;
        printf("\n%-24s %9.0e", file->name, file->gradient_tolerance);
        for (size_t k = 0; k < sizeof ISAS / sizeof *ISAS; k++) {
            const struct xl_engine *engine = xl_engine_find(ISAS[k]);
            if (!engine)
                continue;
            const double error =
                file_error(file, xl_train_engine_find(engine), file->gradient_tolerance);
            printf(" %9.1e", error);
            CU_ASSERT(error <= file->gradient_tolerance);
        }
        const double error = file_error(file, &xl_train_engine_f64, DOUBLE_TOLERANCE);
        printf(" %9.1e", error);
        CU_ASSERT(error <= DOUBLE_TOLERANCE);
    }
    printf("\n");
}

int main(void)
{
    static const struct test TESTS[] = {
        {"gradients of every golden file", test_golden_gradients},
    };
    return run_suite("gradients", TESTS, sizeof TESTS / sizeof *TESTS);
}
