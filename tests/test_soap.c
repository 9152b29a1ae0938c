/* SPDX-License-Identifier: ISC */
/* The optimiser against closed forms. */
#include "config.h"
#include "network.h"
#include "random.h"
#include "soap.h"
#include "suite.h"

#include <math.h>
#include <string.h>

/* A linear layer of 24 x 20 weights, and its bias. */
static const char NETWORK[] = "{\"in_proj\": false, \"input_frames\": 20, \"layers\": "
                              "[{\"type\": \"linear\", \"out_features\": 24}]}";
enum { ROWS = 24, COLUMNS = 20, LARGE = 1000 };

/** An optimiser of that network, and where its first layer's weights are. */
struct made {
    json_t *json;
    struct xl_tensors file;
    struct xl_config config;
    struct xl_plan plan;
    struct soap soap;
    size_t weight, bias;
};

static void make(struct made *made, enum xlstm_isa isa)
{
    struct xlstm_error error;
    const struct xl_engine *engine = xl_engine_find(isa);
    made->json = json_loads(NETWORK, 0, NULL);
    CU_ASSERT_FATAL(network_config(made->json, &made->file, &made->config, &error));
    CU_ASSERT_FATAL(xl_plan_build(&made->plan, &made->config, NULL, true, &error));
    CU_ASSERT_FATAL(soap_init(&made->soap, &made->plan, xl_train_engine_find(engine)));
    made->weight = xl_plan_slot(&made->plan, "layers.0.weight")->offset;
    made->bias = xl_plan_slot(&made->plan, "layers.0.bias")->offset;
}

static void end(struct made *made)
{
    soap_free(&made->soap);
    xl_plan_free(&made->plan);
    xl_config_free(&made->config);
    json_decref(made->json);
}

/** A vector of length one. */
static void unit(struct random *random, float *to, size_t count)
{
    double energy = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = (float)random_between(random, -1, 1);
        energy += (double)to[i] * (double)to[i];
    }
    for (size_t i = 0; i < count; i++)
        to[i] /= (float)sqrt(energy);
}

/** A gradient that is always s u v^T is, in its bases, one number, of which Adam makes a step of
 *  the rate: the weights go along -u v^T, whatever s. */
static void follows_one_direction(void)
{
    enum { UPDATES = 30 };
    const double rate = 0.01;
    for (double s = 1e-3; s < 2; s *= 1000) {
        struct made made;
        struct random random = {5};
        float u[ROWS], v[COLUMNS];
        make(&made, XLSTM_ISA_AUTO);
        unit(&random, u, ROWS);
        unit(&random, v, COLUMNS);
        for (int update = 0; update < UPDATES; update++) {
            for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
                made.soap.gradient[made.weight + i] = (float)s * u[i / COLUMNS] * v[i % COLUMNS];
            soap_update(&made.soap, rate, LARGE, 0);
        }
        double along = 0, energy = 0;
        for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
            const double w = (double)made.soap.values[made.weight + i];
            along -= w * (double)(u[i / COLUMNS] * v[i % COLUMNS]);
            energy += w * w;
        }
        CU_ASSERT_DOUBLE_EQUAL(along, UPDATES * rate, 0.15 * UPDATES * rate);
        /* Rounding errors of the gradient, in all other directions, take small steps too. */
        CU_ASSERT(sqrt(energy - along * along) < 0.25 * along);
        end(&made);
    }
}

/** How far the rows of a basis are from orthonormal. */
static double skew(const float *basis, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j <= i; j++) {
            double product = 0;
            for (size_t k = 0; k < count; k++)
                product +=
                    (double)basis[i * xl_pad(count) + k] * (double)basis[j * xl_pad(count) + k];
            most = fmax(most, fabs(product - (i == j)));
        }
    return most;
}

/** Gradients of few directions and of very different sizes leave bases whole. */
static void bases_stay_orthonormal(void)
{
    struct made made;
    struct random random = {7};
    make(&made, XLSTM_ISA_AUTO);
    for (int update = 0; update < 200; update++) {
        float u[ROWS], v[COLUMNS];
        const double size = pow(10, random_between(&random, -6, 2));
        unit(&random, u, ROWS);
        unit(&random, v, COLUMNS);
        for (size_t i = 0; i < ROWS / 2; i++)
            u[i] = 0;
        for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
            made.soap.gradient[made.weight + i] = (float)size * u[i / COLUMNS] * v[i % COLUMNS];
        soap_update(&made.soap, 1e-3, LARGE, 0.9);
    }
    for (size_t i = 0; i < made.soap.tensor_count; i++) {
        const struct xl_soap_matrix *m = &made.soap.tensors[i].matrix;
        if (m->left_basis)
            CU_ASSERT(skew(m->left_basis, m->rows) < 1e-5);
        if (m->right_basis)
            CU_ASSERT(skew(m->right_basis, m->columns) < 1e-5);
    }
    end(&made);
}

/** The error (w - target)^T H (w - target) / 2 with curvatures from 1 to 10^4 along directions that
 *  no weight stands for: Adam by itself crawls along the flat ones. */
static void learns_what_is_badly_conditioned(void)
{
    enum { UPDATES = 1500 };
    struct made made;
    struct random random = {11};
    float axes[4][COLUMNS], target[COLUMNS];
    double start = 0, left = 0;
    make(&made, XLSTM_ISA_AUTO);
    for (int a = 0; a < 4; a++)
        unit(&random, axes[a], COLUMNS);
    unit(&random, target, COLUMNS);
    for (int update = 0; update <= UPDATES; update++) {
        double error = 0;
        float *w = made.soap.values + made.weight, *g = made.soap.gradient + made.weight;
        memset(g, 0, ROWS * COLUMNS * sizeof *g);
        for (int a = 0; a < 4; a++) {
            double along = 0;
            const double curvature = pow(10, a + 1);
            for (size_t i = 0; i < COLUMNS; i++)
                along += (double)((w[i] - target[i]) * axes[a][i]);
            error += along * along;
            for (size_t i = 0; i < COLUMNS; i++)
                g[i] += (float)(curvature * along) * axes[a][i];
        }
        left = error;
        start = update ? start : error;
        soap_update(&made.soap, 0.02 * (1 - (double)update / (UPDATES + 1)), LARGE * LARGE, 0);
    }
    CU_ASSERT(left < 1e-6 * start);
    end(&made);
}

static void bad_gradients_change_nothing(void)
{
    struct made made;
    make(&made, XLSTM_ISA_AUTO);
    made.soap.gradient[made.bias] = 1;
    soap_update(&made.soap, 0.1, 1, 0.5);
    const float before = made.soap.values[made.bias];
    CU_ASSERT(before < 0);
    made.soap.gradient[made.bias + 1] = (float)NAN;
    soap_update(&made.soap, 0.1, 1, 0.5);
    CU_ASSERT(made.soap.values[made.bias] == before && made.soap.updates == 1);
    end(&made);
}

/** A tensor's own rate, and the clip: a long gradient moves as one of length `clip` does. */
static void rates_and_clips(void)
{
    struct made made;
    make(&made, XLSTM_ISA_AUTO);
    for (size_t i = 0; i < made.plan.slot_count; i++)
        if (made.plan.slots[i].offset == made.bias)
            made.soap.tensors[i].rate = 0.25;
    made.soap.gradient[made.bias] = 1e6F;
    soap_update(&made.soap, 0.1, 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(made.soap.values[made.bias], -0.025, 1e-6);
    end(&made);
}

/** Every instruction set takes the same steps. */
static void engines_agree(void)
{
    static const enum xlstm_isa ISAS[] = {XLSTM_ISA_GENERIC, XLSTM_ISA_SSE2, XLSTM_ISA_AVX2,
                                          XLSTM_ISA_AVX512, XLSTM_ISA_NEON};
    float expected[ROWS * COLUMNS];
    for (size_t k = 0; k < sizeof ISAS / sizeof *ISAS; k++) {
        struct made made;
        struct random random = {13};
        if (!xl_engine_find(ISAS[k]))
            continue;
        make(&made, ISAS[k]);
        for (int update = 0; update < 25; update++) {
            for (size_t i = 0; i < made.soap.count; i++)
                made.soap.gradient[i] = (float)random_between(&random, -1, 1) / (float)(1 + i % 7);
            soap_update(&made.soap, 0.01, LARGE, 0.5);
        }
        for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
            if (k == 0)
                expected[i] = made.soap.values[made.weight + i];
            CU_ASSERT_DOUBLE_EQUAL(made.soap.values[made.weight + i], expected[i], 2e-3);
        }
        end(&made);
    }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"one direction, whatever its size", follows_one_direction},
        {"bases stay orthonormal", bases_stay_orthonormal},
        {"bad conditioning is no obstacle", learns_what_is_badly_conditioned},
        {"gradients that are not finite change nothing", bad_gradients_change_nothing},
        {"a tensor's rate and the clip", rates_and_clips},
        {"instruction sets agree", engines_agree},
    };
    return run_suite("soap", TESTS, sizeof TESTS / sizeof *TESTS);
}
