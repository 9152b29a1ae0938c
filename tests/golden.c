/* SPDX-License-Identifier: ISC */
#include "golden.h"

#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *name, const char *why)
{
    fprintf(stderr, "%s: %s\n", name, why);
    exit(1);
}

unsigned char *read_test_file(const char *name, size_t *size)
{
    char path[1024];
    const char *folder = getenv("XLSTM_TEST_DATA");
    snprintf(path, sizeof path, "%s/%s", folder ? folder : TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        give_up(path, "cannot open");
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        give_up(path, "cannot read");
    fclose(file);
    return bytes;
}

double *golden_tensor(const struct golden *g, const char *name, size_t *count)
{
    const struct xl_tensor *tensor = xl_tensors_find(&g->file, name);
    if (!tensor)
        return NULL;
    *count = (size_t)xl_tensor_elements(tensor);
    double *values = malloc((*count + 1) * sizeof *values);
    for (size_t i = 0; values && i < *count; i++) {
        if (tensor->dtype == XL_I64) {
            int64_t number;
            memcpy(&number, tensor->data + i * sizeof number, sizeof number);
            values[i] = (double)number;
        } else {
            values[i] = xl_tensor_get(tensor, i);
        }
    }
    return values;
}

static void *must(void *pointer)
{
    if (!pointer)
        give_up("test", "out of memory or missing tensor");
    return pointer;
}

void golden_open(struct golden *g, const char *name, const struct xl_engine *engine, bool tape)
{
    char path[256];
    size_t size, count;
    struct xlstm_error error;
    *g = (struct golden){.engine = engine, .keep = tape};
    snprintf(path, sizeof path, "golden/%s.safetensors", name);
    g->bytes = read_test_file(path, &size);
    if (!xl_tensors_read(&g->file, g->bytes, size, &error) ||
        !xl_config_read(&g->config, &g->file, &error) ||
        !xl_plan_build(&g->plan, &g->config, &g->file, tape, &error) ||
        !xl_plan_check(&g->plan, &g->file, &error))
        give_up(path, error.text);
    g->in = must(golden_tensor(g, "in.x", &count));
    g->steps = count / g->plan.inputs;
    g->y = must(golden_tensor(g, "out.y", &count));
    g->out = must(calloc(count, sizeof *g->out));
    g->rows = g->steps;
    g->values = must(xl_engine_alloc(engine, g->plan.values));
    g->packed = must(xl_engine_alloc(engine, g->plan.packed + XL_PAD));
    g->state = must(xl_engine_alloc(engine, g->plan.state));
    g->work = must(xl_engine_alloc(engine, xl_engine_work(&g->plan, g->rows, tape)));
    engine->gather(&g->plan, &g->file, g->values);
    engine->pack(&g->plan, g->values, g->packed);
    golden_rest(g);
}

void golden_close(struct golden *g)
{
    free(g->in);
    free(g->y);
    free(g->out);
    free(g->values);
    free(g->packed);
    free(g->state);
    free(g->work);
    xl_plan_free(&g->plan);
    xl_config_free(&g->config);
    xl_tensors_free(&g->file);
    free(g->bytes);
}

static double number_at(const struct golden *g, const void *array, size_t index)
{
    return g->engine->real_bytes == sizeof(float) ? (double)((const float *)array)[index]
                                                  : ((const double *)array)[index];
}

static void set_number(const struct golden *g, void *array, size_t index, double value)
{
    if (g->engine->real_bytes == sizeof(float))
        ((float *)array)[index] = (float)value;
    else
        ((double *)array)[index] = value;
}

/** Golden files number only the blocks that remember. */
static unsigned block_of(const struct xl_plan *plan, size_t field)
{
    unsigned block = 0;
    for (size_t i = 1; i <= field; i++)
        block += plan->fields[i].layer != plan->fields[i - 1].layer;
    return block;
}

static double *state_tensor(const struct golden *g, size_t step, size_t field, size_t *count)
{
    char name[64];
    snprintf(name, sizeof name, "state.%zu.%u.%s", step, block_of(&g->plan, field),
             g->plan.fields[field].name);
    return golden_tensor(g, name, count);
}

/** Calls for every element of a field with its place in the state and in the tensor. */
#define FOR_FIELD(f, at, index)                                                                    \
    for (size_t i_ = 0, index = 0; i_ < (f)->count[0]; i_++)                                       \
        for (size_t j_ = 0; j_ < (f)->count[1]; j_++)                                              \
            for (size_t k_ = 0, at = (f)->offset + i_ * (f)->step[0] + j_ * (f)->step[1];          \
                 k_ < (f)->count[2]; k_++, index++, at += (f)->step[2])

void golden_rest(struct golden *g)
{
    g->engine->rest(&g->plan, g->values, g->state);
    for (size_t i = 0; i < g->plan.field_count; i++) {
        size_t count;
        const struct xl_field *field = &g->plan.fields[i];
        double *start = state_tensor(g, 0, i, &count);
        if (start)
            FOR_FIELD(field, at, index) set_number(g, g->state, at, start[index]);
        free(start);
    }
}

bool golden_has_state(const struct golden *g, size_t step)
{
    size_t count;
    double *values = g->plan.field_count ? state_tensor(g, step, 0, &count) : NULL;
    free(values);
    return values != NULL;
}

double golden_error(const double *a, const double *b, size_t count)
{
    double largest = 1, difference = 0;
    for (size_t i = 0; i < count; i++) {
        const double d = fabs(a[i] - b[i]);
        largest = fmax(largest, fabs(b[i]));
        if (!(d <= difference))
            difference = d;
    }
    return difference / largest;
}

/** The numbers of a field in a state. */
static double *field_numbers(const struct golden *g, const struct xl_field *f, const void *state)
{
    double *found = must(calloc(f->count[0] * f->count[1] * f->count[2] + 1, sizeof *found));
    FOR_FIELD(f, at, index)
    {
        found[index] = number_at(g, state, at);
        if (f->low != XL_NONE)
            found[index] += number_at(g, state, at - f->offset + f->low);
    }
    return found;
}

/** The field of that name in the layer of another one. */
static const struct xl_field *sibling(const struct golden *g, const struct xl_field *field,
                                      const char *name)
{
    const struct xl_field *f = g->plan.fields;
    while (f->layer != field->layer || strcmp(f->name, name) != 0)
        f++;
    return f;
}

/** What is stored in an sLSTM is c e^m and n e^m: takes its c or m to the file's n. */
static void rescale(const struct golden *g, size_t step, const struct xl_field *field,
                    const void *state, double *found)
{
    size_t count;
    const struct xl_field *of_n = sibling(g, field, "n");
    double *wanted = must(state_tensor(g, step, (size_t)(of_n - g->plan.fields), &count));
    double *n = field_numbers(g, of_n, state);
    for (size_t i = 0; i < count; i++)
        switch (*field->name) {
        case 'm':
            found[i] += log(n[i] / wanted[i]);
            break;
        default: /* c and n */
            found[i] *= wanted[i] / n[i];
        }
    free(wanted);
    free(n);
}

static bool has_scale(const struct golden *g, const struct xl_field *field)
{
    return xl_layer_slstm(&g->plan.layers[field->layer]) && !field->name[1] &&
           strchr("cnm", *field->name);
}

double golden_state_error(const struct golden *g, size_t step)
{
    const size_t bytes = g->plan.state * g->engine->real_bytes;
    void *state = must(malloc(bytes));
    double worst = 0;
    memcpy(state, g->state, bytes);
    g->engine->settle(&g->plan, state);
    for (size_t i = 0; i < g->plan.field_count; i++) {
        size_t count = 0;
        double *expected = state_tensor(g, step, i, &count);
        double *found = field_numbers(g, &g->plan.fields[i], state);
        if (expected) {
            if (has_scale(g, &g->plan.fields[i]))
                rescale(g, step, &g->plan.fields[i], state, found);
            const double error = golden_error(found, expected, count);
            if (!(error <= worst))
                worst = error;
        }
        free(expected);
        free(found);
    }
    free(state);
    return worst;
}

void golden_run(struct golden *g, size_t first, size_t count)
{
    const size_t inputs = g->plan.inputs, outputs = g->plan.outputs;
    void *in = must(xl_engine_alloc(g->engine, count * inputs));
    void *out = must(xl_engine_alloc(g->engine, count * outputs));
    const struct xl_call call = {
        .parameters = g->packed,
        .state = g->state,
        .work = g->work,
        .keep = g->keep,
        .steps = count,
        .channels = 1,
        .in = (const void *const[]){in},
        .out = (void *const[]){out},
    };
    for (size_t i = 0; i < count * inputs; i++)
        set_number(g, in, i, g->in[first * inputs + i]);
    g->engine->forward(&g->plan, &call);
    for (size_t i = 0; i < count * outputs; i++)
        g->out[first * outputs + i] = number_at(g, out, i);
    free(in);
    free(out);
}

double golden_output_error(const struct golden *g)
{
    return golden_error(g->out, g->y, g->steps * g->plan.outputs);
}
