/* SPDX-License-Identifier: ISC */
/* Gradients of layers that no golden file covers: in double against finite differences, on every
 * other engine against those in double; and that training hears what playing hears. */
#include "suite.h"
#include "test_gradients_model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Step of the differences: small, since a step across a kink of relu or of the mLSTM's denominator
 *  falsifies them. TOLERANCE is what rounding of the loss then leaves, over max(1, the largest
 *  gradient of the tensor). Knobs are floats and need a longer step. */
static const double STEP = 4e-6, TOLERANCE = 3e-8;
static const float KNOB_STEP = 0x1p-16F;

/** The same of float32 against double. */
static const double FLOAT_TOLERANCE = 1e-4;

/** Elements of one tensor or array that are tried at most. */
enum { TRIED = 24 };

#define AUDIO(layers) "{\"embedding_dim\": 5, \"layers\": [" layers "]}"
#define BARE_AUDIO(layers)                                                                         \
    "{\"in_proj\": false, \"input_frames\": 3, \"direct\": true, \"out_proj_bias\": false, "       \
    "\"knobs\": [{\"name\": \"a\"}, {\"name\": \"b\"}], \"layers\": [" layers "]}"
#define LARGE(fields)                                                                              \
    "{\"embedding_dim\": 12, \"num_heads\": 3, \"num_blocks\": 2, \"vocab_size\": 7, "             \
    "\"ffn_round_up_to_multiple_of\": 5, \"ffn_proj_factor\": 1.5" fields "}"
#define ACTIVATION(name)                                                                           \
    {                                                                                              \
        "linear, " name, "xLSTMAudioModel",                                                        \
            AUDIO("{\"type\": \"linear\", \"out_features\": 5, \"residual\": true, "               \
                  "\"activation\": \"" name "\"}"),                                                \
            5, 2, 0                                                                                \
    }

static const struct model_case CASES[] = {
    {"gru 7", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"gru\", \"hidden_size\": 7}"), 13, 3, 0},
    {"gru 17, residual gru 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"gru\", \"hidden_size\": 17}, "
           "{\"type\": \"gru\", \"hidden_size\": 17, \"residual\": true}"),
     9, 2, 0},
    {"lstm 1", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"lstm\", \"hidden_size\": 1}"), 13, 2, 0},
    {"residual lstm 5, lstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"lstm\", \"hidden_size\": 5, \"residual\": true}, "
           "{\"type\": \"lstm\", \"hidden_size\": 17}"),
     9, 3, 0},
    {"torch lstm of two layers, 3 to 2", "LSTM",
     "{\"hidden_size\": 3, \"num_layers\": 2, \"input_size\": 3, \"output_size\": 2}", 13, 2, 0},
    {"slstm 3", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"slstm\", \"hidden_size\": 3}"), 21, 3,
     0},
    {"slstm 1, slstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 1}, {\"type\": \"slstm\", \"hidden_size\": 17}"),
     9, 2, 0},
    {"residual slstm 5 of five heads", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 5, \"num_heads\": 5, \"residual\": true}"), 21,
     2, 0},
    {"slstm 48 of six heads", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 48, \"num_heads\": 6}"), 7, 2, 0},
    {"slstm 6, exponential forget gate", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm\", \"hidden_size\": 6, \"num_heads\": 2, "
           "\"forget_gate\": \"exponential\"}"),
     21, 2, 0},
    {"slstm cell", "sLSTMCell", "{\"hidden_size\": 9, \"num_heads\": 3}", 13, 3, 0},
    {"mlstm 1", "xLSTMAudioModel", BARE_AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 1}"), 37, 3,
     0},
    {"mlstm 6 of two heads", "xLSTMAudioModel",
     BARE_AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 6, \"num_heads\": 2, \"qk_size\": 14}"), 37,
     3, 0},
    {"residual mlstm 5 of five heads, mlstm 17", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm\", \"hidden_size\": 5, \"num_heads\": 5, \"residual\": true}, "
           "{\"type\": \"mlstm\", \"hidden_size\": 17, \"qk_size\": 3}"),
     37, 2, 0},
    {"mlstm cell, one chunk", "mLSTMCellFn", "{\"num_heads\": 3, \"dk\": 5, \"dv\": 7}", 7, 3, 0},
    {"mlstm cell, chunks", "mLSTMCellFn", "{\"num_heads\": 3, \"dk\": 17, \"dv\": 1}", 100, 2, 0},
    {"mlstm cell, run chunkwise", "mLSTMCellFn", "{\"num_heads\": 2, \"dk\": 66, \"dv\": 69}", 67,
     2, 0},
    {"layer norm", "xLSTMAudioModel", AUDIO("{\"type\": \"layer_norm\"}"), 5, 2, 0},
    {"slstm block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 5, \"conv1d_kernel_size\": 3}, "
           "\"feedforward\": {\"proj_factor\": 1.5, \"round_proj_up_to_multiple_of\": 3, "
           "\"act_fn\": \"selu\", \"bias\": true}}"),
     13, 3, 0},
    {"slstm block of lstms, no convolution, no norm weight", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 1, \"conv1d_kernel_size\": 0, "
           "\"function\": \"lstm\", \"group_norm_weight\": false}, "
           "\"feedforward\": {\"proj_factor\": 3.4, \"round_proj_up_to_multiple_of\": 17, "
           "\"act_fn\": \"swish\"}}"),
     13, 2, 0},
    {"slstm block, exponential forget gate, no feed-forward", "xLSTMAudioModel",
     AUDIO("{\"type\": \"slstm_block\", \"slstm\": {\"num_heads\": 1, "
           "\"forget_gate\": \"exponential\"}, \"feedforward\": null}"),
     13, 2, 0},
    {"mlstm block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm_block\", \"bias\": true, \"mlstm\": {\"num_heads\": 3, "
           "\"qkv_proj_blocksize\": 3, \"proj_factor\": 1.8, \"round_proj_up_to_multiple_of\": 9, "
           "\"conv1d_kernel_size\": 3}}"),
     37, 3, 0},
    {"mlstm block of one head", "xLSTMAudioModel",
     AUDIO("{\"type\": \"mlstm_block\", \"mlstm\": {\"num_heads\": 1, \"qkv_proj_blocksize\": 17, "
           "\"proj_factor\": 3, \"round_proj_up_to_multiple_of\": 17, "
           "\"conv1d_kernel_size\": 1}}"),
     37, 2, 0},
    {"stack", "xLSTMBlockStack",
     "{\"embedding_dim\": 14, \"num_blocks\": 3, \"slstm_at\": [1], \"mlstm_block\": {\"mlstm\": "
     "{\"num_heads\": 7, \"round_proj_up_to_multiple_of\": 28}}, \"slstm_block\": {\"slstm\": "
     "{\"num_heads\": 7}, \"feedforward\": {\"round_proj_up_to_multiple_of\": 1}}}",
     20, 2, 0.5},
    {"xLSTM-Large", "xLSTMLarge", LARGE(""), 20, 2, 0},
    {"xLSTM-Large, fused", "xLSTMLarge", LARGE(", \"weight_mode\": \"fused\""), 20, 2, 0},
    {"xLSTM-Large, fused, bias", "xLSTMLarge",
     LARGE(", \"weight_mode\": \"fused\", \"use_bias\": true, \"qk_dim_factor\": 0.8, "
           "\"v_dim_factor\": 1.5"),
     20, 2, 0},
    {"control path of an mlstm", "xLSTMAudioModel",
     AUDIO("{\"type\": \"control\", \"frames\": 2, \"layers\": [{\"type\": \"mlstm\", "
           "\"hidden_size\": 3}, {\"type\": \"linear\", \"out_features\": 3}]}"),
     37, 2, 0},
    {"joined control path of a block", "xLSTMAudioModel",
     AUDIO("{\"type\": \"control\", \"frames\": 3, \"join\": true, \"layers\": [{\"type\": "
           "\"slstm_block\", \"slstm\": {\"num_heads\": 2}}]}"),
     37, 2, 0},
    ACTIVATION("none"),
    ACTIVATION("tanh"),
    ACTIVATION("sigmoid"),
    ACTIVATION("swish"),
    ACTIVATION("gelu"),
    ACTIVATION("relu"),
    ACTIVATION("relu^2"),
    ACTIVATION("selu"),
};

enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

/* ---- finite differences -----------------------------------------------------------------------
 */

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
        if (!(error <= worst))
            worst = error;
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
        worst = error <= worst ? worst : error;
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
            worst = error <= worst ? worst : error;
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
        worst = error <= worst ? worst : error;
    }
    return worst;
}

static void test_finite_differences(void)
{
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct random_model m;
        model_open(&m, &CASES[i], &xl_train_engine_f64);
        model_backward(&m);
        const double values = check_values(&m), start = check_start(&m), knobs = check_knobs(&m);
        const double in = m.tokens ? 0 : check(&m, "input", m.in, m.din, model_inputs(&m));
        printf("\n%-54s %8.1e %8.1e %8.1e %8.1e", CASES[i].name, values, start, in, knobs);
        CU_ASSERT(values <= TOLERANCE);
        CU_ASSERT(start <= TOLERANCE);
        CU_ASSERT(in <= TOLERANCE);
        CU_ASSERT(knobs <= TOLERANCE);
        model_close(&m);
    }
    printf("\n");
}

/* ---- engines ----------------------------------------------------------------------------------
 */

static const enum xlstm_isa ISAS[] = {XLSTM_ISA_GENERIC, XLSTM_ISA_SSE2, XLSTM_ISA_AVX2,
                                      XLSTM_ISA_AVX512, XLSTM_ISA_NEON};
enum { ISA_COUNT = sizeof ISAS / sizeof *ISAS };

/** Largest |a - b| over max(1, max |b|). */
static double difference(const double *a, const double *b, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        const double d = fabs(a[i] - b[i]);
        if (!(d <= most))
            most = d;
    }
    return most / fmax(1, largest(b, count));
}

static double compare(const struct random_model *m, const struct random_model *exact)
{
    const size_t states = m->about->channels * m->plan.state;
    double worst = fmax(difference(m->dstart, exact->dstart, states),
                        difference(m->din, exact->din, m->tokens ? 0 : model_inputs(m)));
    for (size_t i = 0; i < m->plan.slot_count; i++) {
        const struct xl_slot *slot = &m->plan.slots[i];
        const double error =
            difference(m->dvalues + slot->offset, exact->dvalues + slot->offset, slot->count);
        if (!(error <= worst))
            worst = error;
    }
    return worst;
}

static void test_engines_agree(void)
{
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct random_model exact, m;
        model_open(&exact, &CASES[i], &xl_train_engine_f64);
        model_backward(&exact);
        printf("\n%-54s", CASES[i].name);
        for (size_t k = 0; k < ISA_COUNT; k++) {
            if (!xl_engine_find(ISAS[k]))
                continue;
            model_open(&m, &CASES[i], xl_train_engine_find(xl_engine_find(ISAS[k])));
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

/* ---- training and playing ---------------------------------------------------------------------
 */

static void test_training_hears_what_playing_hears(void)
{
    for (size_t i = 0; i < CASE_COUNT; i++)
        for (size_t k = 0; k < ISA_COUNT; k++) {
            struct random_model m;
            if (!xl_engine_find(ISAS[k]))
                continue;
            model_open(&m, &CASES[i], xl_train_engine_find(xl_engine_find(ISAS[k])));
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
