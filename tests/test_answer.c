/* SPDX-License-Identifier: ISC */
/* What the picture of a training shows of a model: its sound beside the device's, and harmonics. */
#include "train_answer.h"

#include "gain_model.h"
#include "slurp.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { RATE = 48000, LEAD_IN = 500, STEP = 14400, STEPS = 6, FRAMES = STEPS * STEP };

static float dry[FRAMES], wet[FRAMES];
static xlstm_model *model;

static const double TURN = 6.283185307179586;

/** Steps of a sine from -30 dBFS up to full scale, through x + x^2 / 2. */
static void make_steps(void)
{
    for (size_t i = 0; i < FRAMES; i++) {
        const double level = -6.0 * (double)(STEPS - 1) + 6.0 * (double)(i / STEP);
        const double x = pow(10, level / 20) * sin(TURN * 440 / RATE * (double)i);
        dry[i] = (float)x;
        wet[i] = (float)(x + x * x / 2);
    }
}

static const struct train_pair PAIR = {.dry = dry, .wet = wet, .frames = FRAMES};
static const struct train_pair SHORT_PAIR = {
    .dry = dry, .wet = wet, .frames = 4000, .lead_in = LEAD_IN};

/** Lead-ins are heard by the model, but not shown. */
static void test_sound(void)
{
    const struct train_pair pairs[] = {SHORT_PAIR, SHORT_PAIR};
    struct answer_sound sound;
    CU_ASSERT_FATAL(answer_sound_make(&sound, model, &(struct train_set){pairs, 2}));
    CU_ASSERT(sound.frames == 2 * (4000 - LEAD_IN));
    for (size_t i = 0; i < sound.frames; i++) {
        const size_t at = LEAD_IN + i % (4000 - LEAD_IN);
        CU_ASSERT(sound.device[i] == wet[at]);
        CU_ASSERT(fabsf(sound.model[i] - 0.5F * dry[at]) < 1e-6F);
        CU_ASSERT(sound.error[i] == sound.model[i] - sound.device[i]);
    }
    answer_sound_free(&sound);
}

static void test_recorded_tones(void)
{
    const struct train_set set = {&PAIR, 1};
    struct answer_tones tones;
    CU_ASSERT_FATAL(answer_tones_make(&tones, model, RATE, &set, &set));
    CU_ASSERT(tones.device && tones.count == ANSWER_TONES);
    CU_ASSERT(fabs(tones.frequency - 440) < 0.1);
    for (size_t i = 0; i < tones.count; i++) {
        const struct answer_tone *tone = &tones.tones[i];
        const double amplitude = pow(10, -12.0 * (double)i / 20);
        CU_ASSERT(fabs(tone->level + 12.0 * (double)i) < 0.1);
        CU_ASSERT(fabs(tone->device[0] - 20 * log10(amplitude)) < 0.1);
        CU_ASSERT(fabs(tone->device[1] - 20 * log10(amplitude * amplitude / 4)) < 0.1);
        CU_ASSERT(fabs(tone->model[0] - 20 * log10(amplitude / 2)) < 0.1);
        CU_ASSERT(tone->model[1] < -80);
    }
}

/** Where nothing is recorded, the model answers sines up to the peak of the held-out sound. */
static void test_own_tones(void)
{
    static float noise[FRAMES];
    for (size_t i = 0; i < FRAMES; i++)
        noise[i] = (float)((i * 7919) % 1000) / 1000 - 0.5F;
    const struct train_pair pair = {.dry = noise, .wet = noise, .frames = FRAMES};
    const struct train_set set = {&pair, 1};
    struct answer_tones tones;
    CU_ASSERT_FATAL(answer_tones_make(&tones, model, RATE, &set, &set));
    CU_ASSERT(!tones.device && tones.count == ANSWER_TONES);
    for (size_t i = 0; i < tones.count; i++) {
        const double level = 20 * log10(0.5) - 12 * (double)i;
        CU_ASSERT(fabs(tones.tones[i].level - level) < 0.1);
        CU_ASSERT(fabs(tones.tones[i].model[0] - level - 20 * log10(0.5)) < 0.1);
    }
}

static bool make_model(void)
{
    static const struct gain_model halving = {.gain = 0.5F, .sample_rate = RATE};
    char path[] = "answer-XXXXXX";
    size_t size;
    struct xlstm_error error;
    const int descriptor = mkstemp(path);
    if (descriptor < 0)
        return false;
    close(descriptor);
    void *bytes = write_gain_model(path, &halving) ? slurp(path, SIZE_MAX, &size, &error) : NULL;
    unlink(path);
    if (bytes)
        model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    free(bytes);
    return model;
}

int main(void)
{
    static const struct test TESTS[] = {
        {"sound without lead-ins", test_sound},
        {"sines in a recording", test_recorded_tones},
        {"sines of our own", test_own_tones},
    };
    if (!make_model())
        return 1;
    make_steps();
    const int status = run_suite("answer", TESTS, sizeof TESTS / sizeof *TESTS);
    xlstm_model_free(model);
    return status;
}
