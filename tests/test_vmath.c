/* SPDX-License-Identifier: ISC */
/* The elementary functions of every instruction set against libm in double: over the whole range of
 * float and at its edges, within 1e-6, relative or absolute. */
#include "engine.h"
#include "suite.h"
#include "vmath_probe.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double BOUND = 1e-6;

/** Where exp leaves the range of float, arguments count as the nearest one within it. */
static const double EXP_END = 87;

static double clamped(double x, double end)
{
    return fmin(fmax(x, -end), end);
}

static double exp_clamped(double x)
{
    return exp(clamped(x, EXP_END));
}
static double exp_minus_abs(double x)
{
    return exp(-fmin(fabs(x), EXP_END));
}
static double sigmoid(double x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}
static double log_sigmoid(double x)
{
    return fmin(x, 0) - log1p(exp(-fabs(x)));
}
static double gelu(double x)
{
    return x * 0.5 * erfc(-x * 0.70710678118654752440);
}
static double swish(double x)
{
    return x * sigmoid(x);
}
static double selu(double x)
{
    return 1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * expm1(x));
}
static double inverse(double x)
{
    return 1 / x;
}
static double inverse_sqrt(double x)
{
    return 1 / sqrt(x);
}

struct function {
    const char *name;
    double (*exact)(double);
    double first, last; ///< range that it is for
};

static const struct function FUNCTIONS[VMATH_FUNCTIONS] = {
    [VMATH_EXP] = {"exp", exp_clamped, -FLT_MAX, FLT_MAX},
    [VMATH_EXP_MINUS_ABS] = {"exp(-|x|)", exp_minus_abs, -FLT_MAX, FLT_MAX},
    [VMATH_TANH] = {"tanh", tanh, -FLT_MAX, FLT_MAX},
    [VMATH_SIGMOID] = {"sigmoid", sigmoid, -FLT_MAX, FLT_MAX},
    [VMATH_LOG_SIGMOID] = {"log sigmoid", log_sigmoid, -FLT_MAX, FLT_MAX},
    [VMATH_LOG1P] = {"log1p", log1p, 0, 1},
    [VMATH_ERF] = {"erf", erf, -FLT_MAX, FLT_MAX},
    [VMATH_GELU] = {"gelu", gelu, -FLT_MAX, FLT_MAX},
    [VMATH_SWISH] = {"swish", swish, -FLT_MAX, FLT_MAX},
    [VMATH_SELU] = {"selu", selu, -FLT_MAX, 3e38},
    [VMATH_INVERSE] = {"1/x", inverse, 1, 1e30},
    [VMATH_INVERSE_SQRT] = {"1/sqrt(x)", inverse_sqrt, 1e-30, 1e30},
};

struct set {
    enum xlstm_isa isa;
    const char *name;
    vmath_probe *probe;
};

static const struct set SETS[] = {
    {XLSTM_ISA_GENERIC, "generic", vmath_probe_generic},
#ifdef XL_HAVE_X86
    {XLSTM_ISA_SSE2, "sse2", vmath_probe_sse2},          {XLSTM_ISA_AVX2, "avx2", vmath_probe_avx2},
    {XLSTM_ISA_AVX512, "avx512", vmath_probe_avx512},
#endif
#ifdef XL_HAVE_NEON
    {XLSTM_ISA_NEON, "neon", vmath_probe_neon},
#endif
};

enum { SET_COUNT = sizeof SETS / sizeof *SETS, BATCH = 4096 };

static double error_of(const struct function *f, float x, float y)
{
    const double exact = f->exact((double)x), difference = fabs((double)y - exact);
    return difference / fmax(1, fabs(exact));
}

/** Worst error over a batch of arguments; those outside of the function's range are left out. */
static double worst_of(const struct set *set, enum vmath_function function, const float *x,
                       float *where)
{
    float inside[BATCH], y[BATCH];
    const struct function *f = &FUNCTIONS[function];
    double worst = 0;
    for (size_t i = 0; i < BATCH; i++)
        inside[i] = (double)x[i] >= f->first && (double)x[i] <= f->last ? x[i] : 1;
    set->probe(function, BATCH, inside, y);
    for (size_t i = 0; i < BATCH; i++) {
        const double error = error_of(f, inside[i], y[i]);
        if (!(error <= worst)) {
            worst = error;
            *where = inside[i];
        }
    }
    return worst;
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return isfinite(x) ? x : 0;
}

/** Floats of every size: steps through all bit patterns. */
static void every_size(float *x, uint32_t *bits)
{
    enum { STRIDE = 16411 }; /* prime, so that all low bits occur */
    for (size_t i = 0; i < BATCH; i++, *bits += STRIDE)
        x[i] = from_bits(*bits);
}

static void check(const struct set *set, enum vmath_function function)
{
    float x[BATCH], where = 0, at = 0;
    uint32_t bits = 0;
    double worst = 0;
    for (size_t batch = 0; batch < UINT32_MAX / 16411 / BATCH + 1; batch++) {
        every_size(x, &bits);
        const double error = worst_of(set, function, x, &at);
        where = error > worst ? at : where;
        worst = fmax(worst, error);
    }
    for (int batch = -100; batch < 100; batch++) { /* and densely where they bend */
        for (size_t i = 0; i < BATCH; i++)
            x[i] = (float)batch + (float)i / BATCH;
        const double error = worst_of(set, function, x, &at);
        where = error > worst ? at : where;
        worst = fmax(worst, error);
    }
    if (worst > BOUND)
        printf("\n%s on %s: error %.2e at %.9g\n", FUNCTIONS[function].name, set->name, worst,
               (double)where);
    CU_ASSERT(worst <= BOUND);
}

static void test_whole_range(void)
{
    for (size_t s = 0; s < SET_COUNT; s++)
        for (int f = 0; xl_engine_find(SETS[s].isa) && f < VMATH_FUNCTIONS; f++)
            check(&SETS[s], (enum vmath_function)f);
}

static float value_of(const struct set *set, enum vmath_function function, float x)
{
    float in[VMATH_STEP], out[VMATH_STEP];
    for (size_t i = 0; i < VMATH_STEP; i++)
        in[i] = x;
    set->probe(function, VMATH_STEP, in, out);
    return out[VMATH_STEP - 1];
}

/** Zero, the ends of float and infinity: exact where the exact value is simple, finite always. */
static void test_edges(void)
{
    static const enum vmath_function SATURATE[] = {VMATH_EXP, VMATH_EXP_MINUS_ABS, VMATH_TANH,
                                                   VMATH_SIGMOID, VMATH_ERF};
    for (size_t s = 0; s < SET_COUNT; s++) {
        const struct set *set = &SETS[s];
        if (!xl_engine_find(set->isa))
            continue;
        CU_ASSERT_EQUAL(value_of(set, VMATH_EXP, 0), 1);
        CU_ASSERT_EQUAL(value_of(set, VMATH_EXP_MINUS_ABS, 0), 1);
        CU_ASSERT_EQUAL(value_of(set, VMATH_TANH, 0), 0);
        CU_ASSERT_EQUAL(value_of(set, VMATH_GELU, 0), 0);
        CU_ASSERT_EQUAL(value_of(set, VMATH_SWISH, 0), 0);
        CU_ASSERT_EQUAL(value_of(set, VMATH_LOG1P, 0), 0);
        CU_ASSERT_EQUAL(value_of(set, VMATH_LOG_SIGMOID, -FLT_MAX), -FLT_MAX);
        for (size_t i = 0; i < sizeof SATURATE / sizeof *SATURATE; i++) {
            CU_ASSERT(isfinite(value_of(set, SATURATE[i], INFINITY)));
            CU_ASSERT(isfinite(value_of(set, SATURATE[i], -INFINITY)));
            CU_ASSERT(isfinite(value_of(set, SATURATE[i], FLT_MIN / 2)));
        }
    }
}

/** A slow gate's logarithm is far below 1e-6 and must be right relative to itself. */
static void test_small_logarithms(void)
{
    for (size_t s = 0; s < SET_COUNT; s++) {
        if (!xl_engine_find(SETS[s].isa))
            continue;
        for (float x = 8; x < 60; x += 0.37F) {
            const double exact = log_sigmoid((double)x);
            const double found = (double)value_of(&SETS[s], VMATH_LOG_SIGMOID, x);
            CU_ASSERT(fabs(found - exact) <= 2 * BOUND * fabs(exact));
        }
    }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"functions over the whole range of float", test_whole_range},
        {"functions at the edges", test_edges},
        {"logarithms of slow gates", test_small_logarithms},
    };
    return run_suite("vmath", TESTS, sizeof TESTS / sizeof *TESTS);
}
