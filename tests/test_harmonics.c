/* SPDX-License-Identifier: ISC */
/* Sines are found in recordings, and the harmonics that a device makes of them are measured. */
#include "harmonics.h"
#include "random.h"
#include "suite.h"

#include <math.h>

enum { RATE = 48000, STEP = 14400, STEPS = 4, NOISE = 30000, FRAMES = NOISE + STEPS * STEP };

static float sound[FRAMES];
static const double FREQUENCY = 110, TURN = 6.283185307179586;

/** Noise, as of a player, then a sine that doubles in level from step to step. */
static void make_sound(void)
{
    struct random random = {1};
    for (size_t i = 0; i < FRAMES; i++) {
        const size_t step = i < NOISE ? 0 : (i - NOISE) / STEP;
        sound[i] = (float)(i < NOISE ? random_between(&random, -0.5, 0.5)
                                     : 0.1 * pow(2, (double)step) *
                                           sin(TURN * FREQUENCY / RATE * (double)i));
    }
}

static void test_finds_steps(void)
{
    struct tone tones[64];
    const size_t count = tones_find(sound, FRAMES, RATE, tones, 64);
    bool found[STEPS] = {false};
    CU_ASSERT(count >= STEPS && count < 40);
    for (size_t i = 0; i < count; i++) {
        const size_t last = tones[i].at + HARMONICS_WINDOW;
        CU_ASSERT_FATAL(tones[i].at >= NOISE - HARMONICS_WINDOW / 8 && last <= FRAMES);
        CU_ASSERT(fabs(tones[i].frequency - FREQUENCY) < 0.1);
        const size_t step = tones[i].at < NOISE ? 0 : (tones[i].at - NOISE) / STEP;
        if ((last - 1 - NOISE) / STEP != step || tones[i].at < NOISE)
            continue; /* it reaches over an edge, where its level is between two */
        CU_ASSERT(fabs(tones[i].level - (20 * log10(0.1) + 6.0206 * (double)step)) < 0.02);
        found[step] = true;
    }
    for (size_t i = 0; i < STEPS; i++)
        CU_ASSERT(found[i]);
    CU_ASSERT(tones_find(sound, FRAMES, RATE, tones, 2) == 2);
}

static void test_finds_nothing(void)
{
    struct tone tones[4];
    static const float silence[NOISE];
    CU_ASSERT(tones_find(sound, NOISE, RATE, tones, 4) == 0);
    CU_ASSERT(tones_find(silence, NOISE, RATE, tones, 4) == 0);
    CU_ASSERT(tones_find(sound, HARMONICS_WINDOW - 1, RATE, tones, 4) == 0);
}

/** x + x^2 / 2 + x^3 / 4 of a sine: its harmonics are known. */
static void test_measures(void)
{
    static float answer[HARMONICS_WINDOW];
    double levels[HARMONICS];
    const double a = 0.5, frequency = 2500;
    for (size_t i = 0; i < HARMONICS_WINDOW; i++) {
        const double x = a * sin(TURN * frequency / RATE * (double)i);
        answer[i] = (float)(x + x * x / 2 + x * x * x / 4);
    }
    harmonics_measure(answer, RATE, frequency, levels);
    CU_ASSERT(fabs(levels[0] - 20 * log10(a + 3 * a * a * a / 16)) < 0.01);
    CU_ASSERT(fabs(levels[1] - 20 * log10(a * a / 4)) < 0.01);
    CU_ASSERT(fabs(levels[2] - 20 * log10(a * a * a / 16)) < 0.01);
    CU_ASSERT(levels[3] < -90);
    CU_ASSERT(isfinite(levels[8]) && isnan(levels[9])); /* 25 kHz */
}

int main(void)
{
    static const struct test TESTS[] = {
        {"steps of a sine are found", test_finds_steps},
        {"noise and silence hold no sine", test_finds_nothing},
        {"harmonics are measured", test_measures},
    };
    make_sound();
    return run_suite("harmonics", TESTS, sizeof TESTS / sizeof *TESTS);
}
