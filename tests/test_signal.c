/* SPDX-License-Identifier: ISC */
/* The test signal for gear: that it holds what its layout says, and that it is found again in what
 * comes back from gear. */
#include "signal_find.h"
#include "signal_play.h"
#include "suite.h"

#include <math.h>
#include <soxr.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LEAD = 12345 /* frames that a recording starts early */ };

/** The shortest signal, generated once. */
static struct signal_layout layout;
static float *sound;

static float *new_samples(size_t count)
{
    float *samples = calloc(count, sizeof *samples);
    CU_ASSERT_PTR_NOT_NULL_FATAL(samples);
    return samples;
}

/** Even in -1 … 1; not the generator that the signal uses. */
static float noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return (float)((double)*state / 2147483648.0 - 1);
}

/** A recording of the signal: `lead` frames of silence (negative: it starts late), the signal
 *  through `gear`, half a second of silence. */
static float *record(long lead, float (*gear)(float in), size_t *frames)
{
    *frames = (size_t)((long)layout.frames + lead + SIGNAL_RATE / 2);
    float *recording = new_samples(*frames);
    for (size_t i = 0; i < layout.frames; i++)
        if ((long)i + lead >= 0)
            recording[(long)i + lead] = gear(sound[i]);
    return recording;
}

static float wire(float in)
{
    return in;
}

static float inverter(float in)
{
    return -0.2F * in;
}

static float fuzz(float in)
{
    return 0.3F * tanhf(30 * in + 0.5F) - 0.3F * tanhf(0.5F);
}

static double peak_of(const float *samples, size_t count)
{
    double peak = 0;
    for (size_t i = 0; i < count; i++)
        peak = fmax(peak, fabs((double)samples[i]));
    return peak;
}

static double decibels(double ratio)
{
    return 20 * log10(ratio);
}

static void test_layout(void)
{
    static const double wanted[] = {0, 80, 100, 180, 600, 1200, 5000};
    for (size_t k = 0; k < sizeof wanted / sizeof *wanted; k++) {
        struct signal_layout some;
        size_t end = 0, uses[4] = {0}, markers = 0;
        signal_lay_out(&some, wanted[k]);
        CU_ASSERT(some.count <= SIGNAL_SECTIONS);
        for (size_t i = 0; i < some.count; i++) {
            CU_ASSERT_EQUAL(some.sections[i].start, end);
            CU_ASSERT(some.sections[i].frames > some.sections[i].pause);
            end += some.sections[i].frames;
            uses[some.sections[i].use] += some.sections[i].frames;
            markers += some.sections[i].kind == SIGNAL_MARKER_START ||
                       some.sections[i].kind == SIGNAL_MARKER_END;
        }
        CU_ASSERT_EQUAL(some.frames, end);
        CU_ASSERT_EQUAL(markers, 2);
        const double seconds = fmin(fmax(wanted[k], 80), 1200);
        CU_ASSERT_DOUBLE_EQUAL((double)end / SIGNAL_RATE, seconds, 3.1);
        CU_ASSERT(uses[SIGNAL_FOR_VALIDATION] >= 10 * SIGNAL_RATE);
        CU_ASSERT(uses[SIGNAL_FOR_TEST] >= 10 * SIGNAL_RATE);
        CU_ASSERT(uses[SIGNAL_FOR_TRAINING] > uses[SIGNAL_FOR_TEST]);
    }
}

/** Every section has its peak, ends in its pause, and nothing is beyond full scale. */
static void test_levels(void)
{
    for (size_t i = 0; i < layout.count; i++) {
        const struct signal_section *section = &layout.sections[i];
        const float *start = sound + section->start;
        const size_t heard = section->frames - section->pause;
        CU_ASSERT_EQUAL(peak_of(start + heard, section->pause), 0);
        if (section->kind == SIGNAL_SILENCE)
            CU_ASSERT_EQUAL(peak_of(start, heard), 0);
        if (section->kind != SIGNAL_SILENCE)
            CU_ASSERT_DOUBLE_EQUAL(decibels(peak_of(start, heard)), section->peak, 0.1);
    }
    CU_ASSERT(peak_of(sound, layout.frames) <= 1);
}

/** The middle of each step is a sine of the level that it should have, in 6 dB steps. */
static void test_steps(void)
{
    enum { LEVELS = 2 * SIGNAL_STEP_COUNT - 1 };
    for (size_t i = 0; i < layout.count; i++) {
        const struct signal_section *section = &layout.sections[i];
        if (section->kind != SIGNAL_STEPS)
            continue;
        const size_t step = (section->frames - section->pause) / LEVELS;
        for (size_t k = 0; k < LEVELS; k++) {
            const size_t middle = section->start + k * step + step / 4;
            const int below = abs((int)k - (SIGNAL_STEP_COUNT - 1));
            CU_ASSERT_DOUBLE_EQUAL(decibels(peak_of(sound + middle, step / 2)), -6.0 * below, 0.1);
        }
    }
}

/** A sweep passes sqrt(20 Hz * 20 kHz) = 632 Hz in its middle. */
static void test_sweeps(void)
{
    size_t sweeps = 0;
    for (size_t i = 0; i < layout.count; i++) {
        const struct signal_section *section = &layout.sections[i];
        if (section->kind != SIGNAL_SWEEP)
            continue;
        const size_t heard = section->frames - section->pause, window = SIGNAL_RATE / 10;
        const float *middle = sound + section->start + heard / 2 - window / 2;
        size_t crossings = 0;
        for (size_t k = 1; k < window; k++)
            crossings += middle[k - 1] < 0 && middle[k] >= 0;
        CU_ASSERT_DOUBLE_EQUAL((double)crossings, 63.2, 1.5);
        sweeps++;
    }
    CU_ASSERT(sweeps >= 3);
}

/** No two passages of strings are alike, but the repeats are the same. */
static void test_passages(void)
{
    const struct signal_section *last_repeat = NULL;
    for (size_t i = 0; i < layout.count; i++) {
        const struct signal_section *one = &layout.sections[i];
        for (size_t k = 0; k < i; k++) {
            const struct signal_section *other = &layout.sections[k];
            if (one->kind != SIGNAL_STRINGS || other->kind != SIGNAL_STRINGS)
                continue;
            double product = 0, energy = 0, other_energy = 0;
            for (size_t n = 0; n < one->frames; n++) {
                const double a = (double)sound[one->start + n], b = (double)sound[other->start + n];
                product += a * b;
                energy += a * a;
                other_energy += b * b;
            }
            CU_ASSERT(fabs(product) < 0.5 * sqrt(energy * other_energy));
        }
        if (one->kind == SIGNAL_REPEAT && last_repeat)
            CU_ASSERT_EQUAL(
                memcmp(sound + one->start, sound + last_repeat->start, one->frames * sizeof *sound),
                0);
        if (one->kind == SIGNAL_REPEAT)
            last_repeat = one;
    }
    CU_ASSERT_PTR_NOT_NULL(last_repeat);
}

static void test_same_again(void)
{
    float *again = new_samples(layout.frames);
    CU_ASSERT_TRUE(signal_generate(&layout, again));
    CU_ASSERT_EQUAL(memcmp(again, sound, layout.frames * sizeof *sound), 0);
    free(again);
}

/** Found to the frame, early, late, inverted, distorted. */
static void test_find(void)
{
    static const struct {
        long lead;
        float (*gear)(float);
        bool inverted;
    } cases[] = {{0, wire, false},
                 {LEAD, wire, false},
                 {-LEAD, wire, false},
                 {LEAD, inverter, true},
                 {LEAD, fuzz, false}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        size_t frames;
        struct signal_match match;
        float *recording = record(cases[k].lead, cases[k].gear, &frames);
        CU_ASSERT_TRUE(signal_find(recording, frames, &match));
        CU_ASSERT_DOUBLE_EQUAL(match.delay, (double)cases[k].lead, 0.05);
        CU_ASSERT_EQUAL(match.stretch, 1);
        CU_ASSERT_EQUAL(match.inverted, cases[k].inverted);
        CU_ASSERT_EQUAL(match.layout.frames, layout.frames);
        CU_ASSERT(signal_repeat_error(recording, frames, &match) < 1e-12);
        free(recording);
    }
}

/** A longer signal is recognised as such. */
static void test_find_length(void)
{
    struct signal_layout longer;
    struct signal_match match;
    signal_lay_out(&longer, 123);
    float *recording = new_samples(longer.frames);
    CU_ASSERT_TRUE_FATAL(signal_generate(&longer, recording));
    CU_ASSERT_TRUE(signal_find(recording, longer.frames, &match));
    CU_ASSERT_EQUAL(match.layout.frames, longer.frames);
    CU_ASSERT_EQUAL(match.layout.count, longer.count);
    free(recording);
}

/** A recorder whose clock is 150 ppm fast: 1.00015 frames for each of the signal. */
static void test_find_drift(void)
{
    const double stretch = 1.00015;
    const size_t frames = (size_t)((double)layout.frames * stretch);
    float *recording = new_samples(frames);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    CU_ASSERT_PTR_NULL(soxr_oneshot(1, stretch, 1, sound, layout.frames, NULL, recording, frames,
                                    NULL, NULL, &quality, NULL));
    struct signal_match match;
    CU_ASSERT_TRUE(signal_find(recording, frames, &match));
    CU_ASSERT_DOUBLE_EQUAL(match.stretch, stretch, 2e-8);
    CU_ASSERT_DOUBLE_EQUAL(match.delay, 0, 0.5);
    CU_ASSERT(signal_repeat_error(recording, frames, &match) < 1e-4);
    free(recording);
}

static void test_find_nothing(void)
{
    size_t frames;
    struct signal_match match;
    uint32_t state = 1;
    float *recording = record(LEAD, wire, &frames);
    const size_t last_second = layout.frames + LEAD - 8 * SIGNAL_RATE;
    CU_ASSERT_FALSE(signal_find(recording, last_second, &match));   // cut at its end
    CU_ASSERT_FALSE(signal_find(recording + LEAD + 2 * SIGNAL_RATE, // at its start
                                layout.frames - 2 * SIGNAL_RATE, &match));
    CU_ASSERT_FALSE(signal_find(recording, 0, &match));
    CU_ASSERT_FALSE(signal_find(recording, 100, &match));
    for (size_t i = 0; i < frames; i++)
        recording[i] = noise(&state);
    CU_ASSERT_FALSE(signal_find(recording, frames, &match));
    memset(recording, 0, frames * sizeof *recording);
    CU_ASSERT_FALSE(signal_find(recording, frames, &match));
    free(recording);
}

/** Independent noise counts twice in the difference of the repeats. */
static void test_repeat_error(void)
{
    size_t frames;
    struct signal_match match;
    uint32_t state = 7;
    const double level = 0.003;
    float *recording = record(LEAD, wire, &frames);
    double energy = 0;
    for (size_t i = 0; i < layout.count; i++)
        for (size_t n = 0;
             layout.sections[i].kind == SIGNAL_REPEAT && n < layout.sections[i].frames; n++)
            energy += pow((double)sound[layout.sections[i].start + n], 2) / 2;
    for (size_t i = 0; i < frames; i++)
        recording[i] += (float)level * noise(&state);
    CU_ASSERT_TRUE(signal_find(recording, frames, &match));
    const double expected = 2 * (level * level / 3) * 6 * SIGNAL_RATE / energy;
    const double found = signal_repeat_error(recording, frames, &match);
    CU_ASSERT_DOUBLE_EQUAL(found / expected, 1, 0.05);
    free(recording);
}

static const struct test tests[] = {
    {"sections lie end to end", test_layout},
    {"sections have their peaks and pauses", test_levels},
    {"steps have their levels", test_steps},
    {"sweeps pass the middle frequency", test_sweeps},
    {"passages differ, repeats do not", test_passages},
    {"the same signal each time", test_same_again},
    {"found in recordings of gear", test_find},
    {"found with its length", test_find_length},
    {"found with the drift of a clock", test_find_drift},
    {"not found where it is not whole", test_find_nothing},
    {"repeats tell the noise", test_repeat_error},
};

int main(void)
{
    signal_lay_out(&layout, SIGNAL_SECONDS_MINIMUM);
    sound = malloc(layout.frames * sizeof *sound);
    if (!sound || !signal_generate(&layout, sound))
        return 1;
    const int failed = run_suite("signal", tests, sizeof tests / sizeof *tests);
    free(sound);
    return failed;
}
