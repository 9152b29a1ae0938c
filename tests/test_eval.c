/* SPDX-License-Identifier: ISC */
/* xlstm eval and info: the error measure, alignment, and how long a model remembers. */
#include "align.h"
#include "audio.h"
#include "esr.h"
#include "horizon.h"
#include "random.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- error-to-signal ratio ------------------------------------------------------------------ */

static void test_esr_by_hand(void)
{
    const float target[] = {1, 1, 0}, estimate[] = {1, 0, 0};
    const struct comparison c = esr_compare(target, estimate, 1, 3);
    CU_ASSERT_DOUBLE_EQUAL(c.esr, 0.5, 1e-15);
    /* pre-emphasised target 1, 0.15, -0.85; difference 0, 1, -0.85 */
    CU_ASSERT_DOUBLE_EQUAL(c.esr_emphasis, (1 + 0.7225) / (1 + 0.0225 + 0.7225), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.gain, 1, 1e-15);
    const struct comparison turned = esr_compare(target, estimate, -1, 3);
    CU_ASSERT_DOUBLE_EQUAL(turned.esr, 2.5, 1e-15); /* differences 2, 1, 0 */
    CU_ASSERT_DOUBLE_EQUAL(turned.gain, -1, 1e-15);
}

static void test_gain_is_reported_and_not_forgiven(void)
{
    const float target[] = {1, -2, 3, 0.5F}, estimate[] = {0.5F, -1, 1.5F, 0.25F};
    const struct comparison c = esr_compare(target, estimate, 1, 4);
    CU_ASSERT_DOUBLE_EQUAL(c.esr, 0.25, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.gain, 2, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(c.esr_best_gain, 0, 1e-12);
    const float silence[4] = {0};
    CU_ASSERT_DOUBLE_EQUAL(esr_compare(target, silence, 1, 4).esr, 1, 1e-15);
}

/* ---- alignment ------------------------------------------------------------------------------ */

enum { RATE = 48000, FRAMES = 5 * RATE, LONGEST_LAG = RATE };

/** Something like playing: decaying tones with many partials at odd times, a little noise. */
static void make_playing(float *samples, size_t frames, uint64_t seed)
{
    struct random random = {seed};
    memset(samples, 0, frames * sizeof *samples);
    for (size_t start = 0; start < frames;) {
        const double pitch = 80 * pow(2, random_between(&random, 0, 3));
        for (size_t i = start; i < frames && i < start + RATE; i++) {
            const double time = (double)(i - start) / RATE;
            for (int partial = 1; partial <= 12; partial++)
                samples[i] += (float)(0.2 / partial * exp(-time * (3 + partial)) *
                                      sin(2 * M_PI * pitch * partial * time));
            samples[i] += (float)(1e-3 * random_between(&random, -1, 1));
        }
        start += (size_t)random_between(&random, 0.1 * RATE, 0.5 * RATE);
    }
}

/** A distorting device with a tone filter, `lag` frames late. */
static void play_through_device(const float *dry, float *wet, size_t frames, long lag, double gain)
{
    double low = 0;
    for (size_t i = 0; i < frames; i++) {
        const long from = (long)i - lag;
        const double in = from >= 0 && from < (long)frames ? (double)dry[from] : 0;
        low += 0.5 * (tanh(8 * in) - low);
        wet[i] = (float)(gain * low);
    }
}

static float dry[FRAMES], wet[FRAMES];

static struct alignment align(void)
{
    struct alignment found;
    CU_ASSERT_TRUE_FATAL(align_find(dry, FRAMES, wet, FRAMES, LONGEST_LAG, &found));
    return found;
}

static void test_lags_of_either_sign_are_found(void)
{
    static const long lags[] = {0, 1, 237, -64, 36000, -40000};
    make_playing(dry, FRAMES, 1);
    for (size_t i = 0; i < sizeof lags / sizeof *lags; i++) {
        for (int sign = -1; sign <= 1; sign += 2) {
            play_through_device(dry, wet, FRAMES, lags[i], 0.02 * sign);
            const struct alignment found = align();
            CU_ASSERT(labs(found.lag - lags[i]) <= 1);
            CU_ASSERT_EQUAL(found.polarity, sign);
            CU_ASSERT(found.confidence > ALIGN_SURE);
        }
    }
}

/** 100.4 frames late, by a long windowed sinc. */
static void test_fractions_are_found(void)
{
    const double lag = 100.4;
    make_playing(dry, FRAMES, 2);
    for (long i = 0; i < FRAMES; i++) {
        double sum = 0;
        for (long k = lround(lag) - 32; k <= lround(lag) + 32; k++) {
            const double x = (double)k - lag;
            if (i >= k)
                sum += (double)dry[i - k] * sin(M_PI * x) / (M_PI * x) *
                       (0.5 + 0.5 * cos(M_PI * x / 33));
        }
        wet[i] = (float)sum;
    }
    CU_ASSERT_DOUBLE_EQUAL(align().peak, lag, 0.1);
}

static void test_strangers_are_not_related(void)
{
    make_playing(dry, FRAMES, 3);
    make_playing(wet, FRAMES, 4);
    CU_ASSERT(align().confidence < ALIGN_RELATED);
    memset(wet, 0, sizeof wet);
    CU_ASSERT_EQUAL(align().confidence, 0);
    struct alignment found;
    CU_ASSERT(align_find(dry, 100, dry, FRAMES, LONGEST_LAG, &found));
    CU_ASSERT(found.confidence == 0 && found.lag == 0);
}

/** Minutes of sound: only the loudest part is looked at, and its lag is still the whole's. */
static void test_long_recordings(void)
{
    const size_t frames = 6000000, quiet = 5000000;
    const long lag = 1234;
    float *in = calloc(frames, sizeof *in), *out = calloc(frames, sizeof *out);
    struct alignment found;
    CU_ASSERT_TRUE_FATAL(in && out);
    make_playing(in + quiet, frames - quiet, 5);
    play_through_device(in, out, frames, lag, 1);
    CU_ASSERT(align_find(in, frames, out, frames, LONGEST_LAG, &found));
    CU_ASSERT(labs(found.lag - lag) <= 1 && found.confidence > ALIGN_SURE);
    free(in);
    free(out);
}

/* ---- audio in memory ------------------------------------------------------------------------ */

static void test_resampling_keeps_time_and_level(void)
{
    struct xlstm_error error;
    struct audio audio = {
        .samples = calloc(2 * 44100, sizeof(float)), .frames = 44100, .channels = 2, .rate = 44100};
    for (size_t i = 0; i < audio.frames; i++)
        audio_channel(&audio, 1)[i] = (float)(0.5 * sin(2 * M_PI * 1000 * (double)i / 44100));
    CU_ASSERT_EQUAL(audio_loudest(&audio), 1);
    CU_ASSERT_TRUE_FATAL(audio_resample(&audio, RATE, &error));
    CU_ASSERT(audio.frames == RATE && audio.rate == RATE && audio.channels == 2);
    double worst = 0;
    for (size_t i = 4000; i < RATE - 4000; i++)
        worst = fmax(worst, fabs((double)audio_channel(&audio, 1)[i] -
                                 0.5 * sin(2 * M_PI * 1000 * (double)i / RATE)));
    CU_ASSERT(worst < 1e-6);
    CU_ASSERT_EQUAL(audio_channel(&audio, 0)[RATE / 2], 0);
    audio_free(&audio);
}

/* ---- memory --------------------------------------------------------------------------------- */

/** An LSTM of one unit, as Keras saves it, whose forget gate lets a state fade with this time
 *  constant; 0 seconds: the gate is closed. Its gates do not listen, so it is a leaky sum. */
static xlstm_model *leaky_model(double seconds)
{
    char text[1024];
    struct xlstm_error error;
    const double frames = seconds * RATE;
    const double forget = frames > 0 ? log(frames) : -40;
    snprintf(text, sizeof text,
             "{\"in_shape\": [null, null, 1], \"layers\": [{\"type\": \"lstm\", \"activation\": "
             "\"\", \"shape\": [null, null, 1], \"weights\": [[[0, 0, 0.01, 0]], [[0, 0, 0, 0]], "
             "[-5, %.9f, 0, 0]]}, {\"type\": \"dense\", \"activation\": \"\", \"shape\": [null, "
             "null, 1], \"weights\": [[[1]], [0]]}]}",
             forget);
    xlstm_model *model = xlstm_model_parse(text, strlen(text), XLSTM_ISA_AUTO, &error);
    if (!model)
        puts(error.text);
    return model;
}

/** Burst and probe are noise with levels of 0.5 and 0.03, so a leaky sum of time constant T needs
 *  about T (ln 1000 + ln (0.5 / 0.03)) = 9.7 T, more or less by chance. */
static void test_memory_grows_with_the_time_constant(void)
{
    static const double constants[] = {0.05, 0.2};
    for (size_t i = 0; i < 2; i++) {
        xlstm_model *model = leaky_model(constants[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        const struct horizon horizon = horizon_measure(model);
        CU_ASSERT_FALSE(horizon.beyond);
        CU_ASSERT(horizon.seconds > 5 * constants[i] && horizon.seconds < 12 * constants[i]);
        xlstm_model_free(model);
    }
}

static void test_memory_has_two_ends(void)
{
    xlstm_model *none = leaky_model(0), *endless = leaky_model(30);
    CU_ASSERT_TRUE_FATAL(none && endless);
    CU_ASSERT(horizon_measure(none).seconds <= 0.01);
    const struct horizon horizon = horizon_measure(endless);
    CU_ASSERT(horizon.beyond && horizon.seconds == HORIZON_MOST_SECONDS);
    xlstm_model_free(none);
    xlstm_model_free(endless);
}

static const struct test tests[] = {
    {"the error by hand", test_esr_by_hand},
    {"gain is reported and not forgiven", test_gain_is_reported_and_not_forgiven},
    {"lags of either sign are found", test_lags_of_either_sign_are_found},
    {"fractions of a frame are found", test_fractions_are_found},
    {"strangers are not related", test_strangers_are_not_related},
    {"long recordings", test_long_recordings},
    {"resampling keeps time and level", test_resampling_keeps_time_and_level},
    {"memory grows with the time constant", test_memory_grows_with_the_time_constant},
    {"memory has two ends", test_memory_has_two_ends},
};

int main(void)
{
    return run_suite("eval", tests, sizeof tests / sizeof *tests);
}
