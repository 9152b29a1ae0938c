/* SPDX-License-Identifier: ISC */
/* Gradients of layers that no golden file covers: in double against finite differences, on every
 * other engine against those in double; and that training hears what playing hears. */
#include "suite.h"
#include "test_gradients_cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Step of the differences: small, since a step across a kink of relu or of the mLSTM's denominator
 *  falsifies them. TOLERANCE is what rounding of the loss then leaves, over max(1, the largest
 *  gradient of the tensor). Knobs are floats and need a longer step. */
static const double STEP = 4e-6, TOLERANCE = 3e-8;
static const float KNOB_STEP = 0x1p-16F;

/** The same of float32 against double. Norms behind the logarithms of a path's levels lose most:
 *  1.1e-4 with AVX-512. */
static const double FLOAT_TOLERANCE = 3e-4;

/** Elements of one tensor or array that are tried at most. */
enum { TRIED = 24 };

/* ---- finite differences --------------------------------------------------------------------- */

static double loss_at(struct random_model *m, double *x, double value)
{
    const double here = *x;
    *x = value;
    const double loss = model_loss(m);
    *x = here;
    return loss;
}

/** Slope of the loss along *x, exact for polynomials of the fourth degree. */
static double slope(struct random_model *m, double *x)
{
    const double near = loss_at(m, x, *x + STEP) - loss_at(m, x, *x - STEP);
    const double far = loss_at(m, x, *x + 2 * STEP) - loss_at(m, x, *x - 2 * STEP);
    return (8 * near - far) / (12 * STEP);
}

/** The larger of two errors; NaN counts as larger than anything. */
static double larger(double a, double b)
{
    return isnan(a) || a > b ? a : b;
}

static double largest(const double *x, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/** Worst error of `count` gradients dx, found of x, against the largest of them; `what` in a
 *  message if it is beyond the tolerance. */
static double check(struct random_model *m, const char *what, double *x, const double *dx,
                    size_t count)
{
    double worst = 0;
    const double most = fmax(largest(dx, count), 1);
    const size_t stride = count > TRIED ? count / TRIED : 1;
    for (size_t i = 0; i < count; i += stride) {
        const double expected = slope(m, &x[i]), error = fabs(dx[i] - expected) / most;
        worst = larger(worst, error);
        if (!(error <= TOLERANCE))
            printf("\n%s: %s[%zu] is %.12g, expected %.12g", m->about->name, what, i, dx[i],
                   expected);
    }
    return worst;
}

static double check_values(struct random_model *m)
{
    double worst = 0;
    for (size_t i = 0; i < m->plan.slot_count; i++) {
        const struct xl_slot *slot = &m->plan.slots[i];
        const double error =
            check(m, slot->name, m->values + slot->offset, m->dvalues + slot->offset, slot->count);
        worst = larger(worst, error);
    }
    return worst;
}

/** Whether the backward pass finds a gradient of this part of the start state. It does for the
 *  memory of mLSTMs and for h, c and n of cells, which a model may learn. */
static bool has_gradient(const struct xl_plan *plan, const struct xl_field *field)
{
    const enum xl_layer_type type = plan->layers[field->layer].type;
    if (type == XL_LAYER_MEMORY || type == XL_LAYER_MLSTM_BLOCK || type == XL_LAYER_LARGE_BLOCK)
        return strcmp(field->name, "conv") != 0;
    return strcmp(field->name, "h") == 0 || strcmp(field->name, "c") == 0 ||
           strcmp(field->name, "n") == 0;
}

static double check_start(struct random_model *m)
{
    double worst = 0;
    for (size_t i = 0; i < m->plan.field_count; i++) {
        const struct xl_field *f = &m->plan.fields[i];
        const size_t count = f->count[0] * (f->count[2] > 1 ? f->step[0] : f->count[1]);
        for (size_t channel = 0; has_gradient(&m->plan, f) && channel < m->about->channels;
             channel++) {
            const size_t at = channel * m->plan.state + f->offset;
            const double error = check(m, f->name, m->start + at, m->dstart + at, count);
            worst = larger(worst, error);
        }
    }
    return worst;
}

/** Knobs are floats: the step is what a float makes of it. */
static double check_knobs(struct random_model *m)
{
    double worst = 0;
    for (size_t i = 0; i < m->about->channels * XLSTM_MAX_KNOBS; i++) {
        if (i % XLSTM_MAX_KNOBS >= m->plan.knob_count)
            continue;
        float *knob = &m->knobs[i];
        const float here = *knob, above = here + KNOB_STEP, below = here - KNOB_STEP;
        *knob = above;
        const double after = model_loss(m);
        *knob = below;
        const double before = model_loss(m);
        *knob = here;
        const double expected = (after - before) / ((double)above - (double)below);
        const double error = fabs(m->dknobs[i] - expected) / fmax(fabs(expected), 1);
        worst = larger(worst, error);
    }
    return worst;
}

static void test_finite_differences(void)
{
    for (size_t i = 0; i < GRADIENT_CASE_COUNT; i++) {
        struct random_model m;
        model_open(&m, &GRADIENT_CASES[i], &xl_train_engine_f64);
        model_backward(&m);
        const double values = check_values(&m), start = check_start(&m), knobs = check_knobs(&m);
        const double in = m.tokens ? 0 : check(&m, "input", m.in, m.din, model_inputs(&m));
        printf("\n%-54s %8.1e %8.1e %8.1e %8.1e", GRADIENT_CASES[i].name, values, start, in, knobs);
        CU_ASSERT(values <= TOLERANCE);
        CU_ASSERT(start <= TOLERANCE);
        CU_ASSERT(in <= TOLERANCE);
        CU_ASSERT(knobs <= TOLERANCE);
        model_close(&m);
    }
    printf("\n");
}

/* ---- engines -------------------------------------------------------------------------------- */

static const enum xlstm_isa ISAS[] = {XLSTM_ISA_GENERIC, XLSTM_ISA_SSE2, XLSTM_ISA_AVX2,
                                      XLSTM_ISA_AVX512, XLSTM_ISA_NEON};
enum { ISA_COUNT = sizeof ISAS / sizeof *ISAS };

/** Largest |a - b| over max(1, max |b|). */
static double difference(const double *a, const double *b, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = larger(most, fabs(a[i] - b[i]));
    return most / fmax(1, largest(b, count));
}

/** Gradient of a part of the start state without the padding; returns how many numbers it has. */
static size_t start_gradient(const struct random_model *m, const struct xl_field *f, size_t channel,
                             double *to)
{
    const double *from = m->dstart + channel * m->plan.state + f->offset;
    size_t count = 0;
    for (size_t i = 0; i < f->count[0]; i++)
        for (size_t j = 0; j < f->count[1]; j++)
            for (size_t k = 0; k < f->count[2]; k++)
                to[count++] = from[i * f->step[0] + j * f->step[1] + k * f->step[2]];
    return count;
}

static double compare_start(const struct random_model *m, const struct random_model *exact)
{
    double *found = calloc(m->plan.state, sizeof *found);
    double *expected = calloc(m->plan.state, sizeof *expected);
    double worst = found && expected ? 0 : (double)INFINITY;
    for (size_t i = 0; worst < (double)INFINITY && i < m->plan.field_count; i++) {
        const struct xl_field *f = &m->plan.fields[i];
        for (size_t channel = 0; has_gradient(&m->plan, f) && channel < m->about->channels;
             channel++) {
            const size_t count = start_gradient(exact, f, channel, expected);
            start_gradient(m, f, channel, found);
            worst = larger(worst, difference(found, expected, count));
        }
    }
    free(found);
    free(expected);
    return worst;
}

static double compare(const struct random_model *m, const struct random_model *exact)
{
    double worst = compare_start(m, exact);
    if (!m->tokens)
        worst = larger(worst, difference(m->din, exact->din, model_inputs(m)));
    for (size_t i = 0; i < m->plan.slot_count; i++) {
        const struct xl_slot *slot = &m->plan.slots[i];
        worst = larger(worst, difference(m->dvalues + slot->offset, exact->dvalues + slot->offset,
                                         slot->count));
    }
    return worst;
}

static void test_engines_agree(void)
{
    for (size_t i = 0; i < GRADIENT_CASE_COUNT; i++) {
        struct random_model exact, m;
        model_open(&exact, &GRADIENT_CASES[i], &xl_train_engine_f64);
        model_backward(&exact);
        printf("\n%-54s", GRADIENT_CASES[i].name);
        for (size_t k = 0; k < ISA_COUNT; k++) {
            if (!xl_engine_find(ISAS[k]))
                continue;
            model_open(&m, &GRADIENT_CASES[i], xl_train_engine_find(xl_engine_find(ISAS[k])));
            model_backward(&m);
            const double error = compare(&m, &exact);
            printf(" %8.1e", error);
            CU_ASSERT(error <= FLOAT_TOLERANCE);
            model_close(&m);
        }
        model_close(&exact);
    }
    printf("\n");
}

/* ---- training and playing ------------------------------------------------------------------- */

static void test_training_hears_what_playing_hears(void)
{
    for (size_t i = 0; i < GRADIENT_CASE_COUNT; i++)
        for (size_t k = 0; k < ISA_COUNT; k++) {
            struct random_model m;
            if (!xl_engine_find(ISAS[k]))
                continue;
            model_open(&m, &GRADIENT_CASES[i], xl_train_engine_find(xl_engine_find(ISAS[k])));
            const size_t bytes = model_outputs(&m) * sizeof *m.out;
            double *played = malloc(bytes);
            model_forward(&m, false);
            memcpy(played, m.out, bytes);
            model_forward(&m, true);
            CU_ASSERT(memcmp(played, m.out, bytes) == 0);
            CU_ASSERT(largest(played, model_outputs(&m)) > 0);
            free(played);
            model_close(&m);
        }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"finite differences of every layer", test_finite_differences},
        {"every engine finds the same gradients", test_engines_agree},
        {"training hears what playing hears", test_training_hears_what_playing_hears},
    };
    return run_suite("gradients_fd", TESTS, sizeof TESTS / sizeof *TESTS);
}
