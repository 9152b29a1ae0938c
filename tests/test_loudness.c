/* SPDX-License-Identifier: ISC */
/* The loudness that trained models state. */
#include "loudness.h"
#include "suite.h"

#include <math.h>

enum { RATE = 48000, TONE = 4 * RATE };

/** Adds four seconds of a sine of this peak. */
static void add_tone(struct loudness *loudness, double peak, size_t piece)
{
    static float tone[TONE];
    for (size_t i = 0; i < TONE; i++)
        tone[i] = (float)(peak * sin(2 * M_PI * 1000 / RATE * (double)i));
    for (size_t i = 0; i < TONE; i += piece)
        CU_ASSERT(loudness_add(loudness, tone + i, piece < TONE - i ? piece : TONE - i));
}

static void expect(struct loudness *loudness, double expected)
{
    CU_ASSERT_DOUBLE_EQUAL(loudness_dbfs(loudness), expected, 0.01);
    loudness_free(loudness);
}

static void test_sine(void)
{
    struct loudness loudness = loudness_start(RATE);
    add_tone(&loudness, 1, TONE);
    expect(&loudness, -3.01);
    loudness = loudness_start(RATE);
    add_tone(&loudness, 0.1, 777);
    expect(&loudness, -23.01);
}

/** What is 20 dB softer is a pause, what is 6 dB softer is not. */
static void test_gate(void)
{
    struct loudness loudness = loudness_start(RATE);
    add_tone(&loudness, 0, TONE);
    add_tone(&loudness, 1, TONE);
    add_tone(&loudness, 0.1, TONE);
    expect(&loudness, -3.01);
    loudness = loudness_start(RATE);
    add_tone(&loudness, 1, TONE);
    add_tone(&loudness, 0.5, TONE);
    expect(&loudness, 10 * log10((0.5 + 0.125) / 2));
}

static void test_silence(void)
{
    const float click = 1;
    struct loudness loudness = loudness_start(RATE);
    CU_ASSERT(isnan(loudness_dbfs(&loudness)));
    CU_ASSERT(loudness_add(&loudness, &click, 1));
    CU_ASSERT(isnan(loudness_dbfs(&loudness))); /* shorter than a block */
    loudness_free(&loudness);
    loudness = loudness_start(RATE);
    add_tone(&loudness, 1e-4, TONE);
    CU_ASSERT(isnan(loudness_dbfs(&loudness)));
    loudness_free(&loudness);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"a sine of full scale has -3 dBFS", test_sine},
        {"pauses do not count", test_gate},
        {"silence has no loudness", test_silence},
    };
    return run_suite("loudness", TESTS, sizeof TESTS / sizeof *TESTS);
}
