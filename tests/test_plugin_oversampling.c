/* SPDX-License-Identifier: ISC */
/* Models at a multiple of their rate: the same sound with less aliasing. */
#include "aliasing.h"
#include "gain_model.h"
#include "plugin_files.h"
#include "rate_plan.h"
#include "suite.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define PRESET TEST_DATA "/../presets/overdrive.safetensors"
#define CLIPPER_FILE "clipper.safetensors" ///< the hyperbolic tangent of twenty times the input

enum { FRAMES = 9600, SETTLED = 2400 };

static const double FILTER_DECIBELS = -80; ///< that far down is what the filter lets through

static const double TURN = 6.283185307179586;
static const float MULTIPLES[] = {1, 2, 4};

/** Opens a host whose worker works at once, with a model that plays at a multiple and is at rest.
 */
static void open_with(struct fake_host *host, const char *model, double rate, float multiple)
{
    static float silence[FRAMES], out[FRAMES];
    host->rate = rate;
    host->worker = WORKER_AT_ONCE;
    CU_ASSERT_TRUE_FATAL(host_start(host));
    host->controls[PORT_OVERSAMPLING] = multiple;
    host_set_path(host, XLSTM_MONO_URI, MODEL_PROPERTY, model);
    host_run_mono(host, silence, out, FRAMES);
    host_run_mono(host, silence, out, FRAMES);
    host_run_mono(host, silence, out, FRAMES);
    host_activate(host);
}

static double aliasing(const char *model, float multiple, double hertz)
{
    static float answer[SINE_FRAMES];
    struct fake_host host = {.rate = 0};
    open_with(&host, model, 48000, multiple);
    const double frequency = sine_frequency(hertz, 48000);
    sine_play(&host, frequency, 0.5, answer);
    host_close(&host);
    return sine_aliasing(answer, frequency, 48000);
}

static void aliasing_falls_with_the_multiple(void)
{
    const struct gain_model clipper = {.gain = 20, .sample_rate = 48000, .activation = "tanh"};
    const char *file = plugin_file(CLIPPER_FILE);
    CU_ASSERT_TRUE_FATAL(write_gain_model(file, &clipper));
    for (double hertz = 1500; hertz < 6000; hertz *= 1.9) {
        const double once = aliasing(file, 1, hertz), twice = aliasing(file, 2, hertz);
        CU_ASSERT(twice < once - 8);
        CU_ASSERT(aliasing(file, 4, hertz) < fmax(twice - 8, FILTER_DECIBELS));
        CU_ASSERT(aliasing(PRESET, 4, hertz) < aliasing(PRESET, 1, hertz) - 15);
    }
    unlink(file);
}

/** Level of a quiet sine through the preset. */
static double response(double rate, float multiple, double hertz)
{
    static float answer[SINE_FRAMES];
    struct fake_host host = {.rate = 0};
    open_with(&host, PRESET, rate, multiple);
    sine_play(&host, hertz, 1e-3, answer);
    host_close(&host);
    return sine_level(answer, hertz, rate);
}

static void the_response_stays(void)
{
    static const double rates[] = {44100, 48000, 88200, 96000, 192000};
    for (double hertz = 200; hertz < 18001; hertz *= 9.48) {
        const double native = response(48000, 1, hertz);
        for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
            for (size_t m = 0; m < 3; m++)
                CU_ASSERT_DOUBLE_EQUAL(response(rates[r], MULTIPLES[m], hertz), native, 0.1);
    }
}

/** Of a host at twice the model's rate, every second frame is what a host at the model's rate
 *  makes of every second frame. */
static void streams_take_turns(void)
{
    static float in[2 * FRAMES], out[2 * FRAMES], half[2][FRAMES], alone[FRAMES];
    struct fake_host twice = {.rate = 0}, once = {.rate = 0};
    open_with(&twice, PRESET, 96000, 1);
    make_noise(in, 2 * FRAMES);
    for (uint32_t done = 0, size = 1; done < 2 * FRAMES; done += size, size = size * 7 % 251)
        host_run_mono(&twice, in + done, out + done,
                      size = size < 2 * FRAMES - done ? size : 2 * FRAMES - done);
    CU_ASSERT_EQUAL(twice.controls[PORT_LATENCY], 0.0f);
    for (size_t i = 0; i < 2 * FRAMES; i++)
        half[i % 2][i / 2] = in[i];
    for (size_t phase = 0; phase < 2; phase++) {
        once = (struct fake_host){.rate = 0};
        open_with(&once, PRESET, 48000, 1);
        host_run_mono(&once, half[phase], alone, FRAMES);
        host_close(&once);
        unsigned wrong = 0;
        for (size_t i = 0; i < FRAMES; i++)
            wrong += alone[i] != out[2 * i + phase];
        CU_ASSERT_EQUAL(wrong, 0);
    }
    host_close(&twice);
}

/** How far a sine that a model leaves as it is comes back from where the latency says. */
static double worst_error(double rate, float multiple, double hertz)
{
    static float in[FRAMES], out[FRAMES];
    struct fake_host host = {.rate = 0};
    double worst = 0;
    CU_ASSERT_TRUE_FATAL(plugin_file_add(OTHER_FILE, 1.0f, 48000));
    open_with(&host, plugin_file(OTHER_FILE), rate, multiple);
    for (size_t i = 0; i < FRAMES; i++)
        in[i] = (float)sin(TURN * hertz * (double)i / rate);
    host_run_mono(&host, in, out, FRAMES);
    const size_t late = (size_t)host.controls[PORT_LATENCY];
    for (size_t i = SETTLED; i < FRAMES; i++)
        worst = fmax(worst, fabs((double)(out[i] - in[i - late])));
    host_close(&host);
    return worst;
}

static void latency_is_what_is_said(void)
{
    for (size_t m = 0; m < 3; m++) {
        CU_ASSERT(worst_error(48000, MULTIPLES[m], 1000) < 1e-3);
        CU_ASSERT(worst_error(48000, MULTIPLES[m], 18000) < 3e-3);
        CU_ASSERT(worst_error(96000, MULTIPLES[m], 18000) < 3e-3);
        CU_ASSERT(worst_error(44100, MULTIPLES[m], 18000) < 2e-2);
    }
}

static void any_block_gives_the_same_bits(void)
{
    static const uint32_t sizes[] = {0, 1, 7, 64, 1023};
    static const double rates[] = {48000, 44100, 96000, 192000};
    static float in[FRAMES], whole[FRAMES], cut[FRAMES];
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        struct fake_host first = {.rate = 0}, second = {.rate = 0};
        open_with(&first, PRESET, rates[r], 4);
        open_with(&second, PRESET, rates[r], 4);
        make_noise(in, FRAMES);
        host_run_mono(&first, in, whole, FRAMES);
        for (uint32_t done = 0, i = 0, size; done < FRAMES; done += size, i++) {
            size = sizes[i % 5] < FRAMES - done ? sizes[i % 5] : FRAMES - done;
            host_run_mono(&second, in + done, cut + done, size);
        }
        CU_ASSERT_EQUAL(memcmp(whole, cut, sizeof whole), 0);
        host_close(&first);
        host_close(&second);
    }
}

/** A stereo instance has two channels of its own. */
static void channels_stay_apart(void)
{
    static float in[2][FRAMES], out[2][FRAMES];
    struct fake_host host = {.rate = 48000, .worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, 48000));
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_STEREO_URI, plugin_file("")));
    host.controls[PORT_OVERSAMPLING] = 4;
    for (size_t i = 0; i < FRAMES; i++)
        in[0][i] = 0.5f;
    for (unsigned block = 0; block < 2; block++)
        host_run(&host, (const float *const[]){in[0], in[1]}, (float *const[]){out[0], out[1]},
                 FRAMES);
    CU_ASSERT_DOUBLE_EQUAL(out[0][FRAMES - 1], 0.25f, 1e-6);
    CU_ASSERT_EQUAL(out[1][FRAMES - 1], 0.0f);
    host_close(&host);
}

static void check_plan(double host, double model, unsigned oversampling, struct rate_plan expected)
{
    const struct rate_plan plan = rate_plan(host, model, oversampling);
    CU_ASSERT_EQUAL(plan.factor, expected.factor);
    CU_ASSERT_EQUAL(plan.turns, expected.turns);
    CU_ASSERT_EQUAL(plan.converted, expected.converted);
}

static void rates_are_planned(void)
{
    check_plan(48000, 48000, 1, (struct rate_plan){1, 1, 0});
    check_plan(48000, 48000, 4, (struct rate_plan){4, 1, 0});
    check_plan(96000, 48000, 1, (struct rate_plan){1, 2, 0});
    check_plan(88200, 44100, 2, (struct rate_plan){1, 2, 0});
    check_plan(96000, 48000, 4, (struct rate_plan){2, 2, 0});
    check_plan(192000, 48000, 2, (struct rate_plan){1, 4, 0});
    check_plan(44100, 48000, 1, (struct rate_plan){1, 1, 48000});
    check_plan(44100, 48000, 2, (struct rate_plan){1, 2, 96000});
    check_plan(384000, 48000, 1, (struct rate_plan){1, 1, 48000});
    check_plan(44100, 0, 2, (struct rate_plan){2, 1, 0});
}

static const struct test tests[] = {
    {"aliasing falls with the multiple", aliasing_falls_with_the_multiple},
    {"the response stays", the_response_stays},
    {"streams take turns", streams_take_turns},
    {"latency is what is said", latency_is_what_is_said},
    {"any block length gives the same bits", any_block_gives_the_same_bits},
    {"channels stay apart", channels_stay_apart},
    {"rates are planned", rates_are_planned},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: oversampling", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
