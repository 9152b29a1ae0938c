/* SPDX-License-Identifier: ISC */
/* What the plugin does to sound, in every way that a host may run it. */
#include "gain_model.h"
#include "plugin_files.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

enum { FRAMES = 4096 };

static const float EXACT = 1e-7f;

static void default_preset_sounds(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FRAMES) < EXACT);
    CU_ASSERT_EQUAL(host.controls[PORT_LATENCY], 0.0f);
    CU_ASSERT_EQUAL(host.log_lines, 0);
    host_close(&host);
}

static void sounds_without_any_feature(void)
{
    struct fake_host host = {.no_urid_map = true, .worker = WORKER_NONE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FRAMES) < EXACT);
    CU_ASSERT_EQUAL(host_save(&host), LV2_STATE_ERR_NO_FEATURE);
    host_close(&host);
}

static void passes_sound_without_preset(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_MONO_URI, plugin_file("no-such-folder")));
    host_activate(&host);
    CU_ASSERT(gain_error(&host, 1.0f, FRAMES) < EXACT);
    CU_ASSERT_EQUAL(host.log_lines, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, DEFAULT_FILE));
    host_close(&host);
}

/** A host around a model with memory. */
static bool start_with_memory(struct fake_host *host)
{
    const struct host_state state = {MODEL_PROPERTY,
                                     LV2_ATOM__Path,
                                     TEST_DATA "/golden/audio_slstm.safetensors",
                                     sizeof TEST_DATA "/golden/audio_slstm.safetensors",
                                     true,
                                     NULL};
    return host_start(host) && host_restore(host, &state) == LV2_STATE_SUCCESS &&
           (host_activate(host), true);
}

/** Runs `in` in blocks of sizes[0], sizes[1], … frames, in place or not. */
static void run_blocks(const float *in, float *out, const uint32_t *sizes, size_t count,
                       bool in_place)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(start_with_memory(&host));
    if (in_place)
        memcpy(out, in, FRAMES * sizeof *out);
    for (uint32_t done = 0, i = 0, size; done < FRAMES; done += size, i++) {
        size = sizes[i % count] < FRAMES - done ? sizes[i % count] : FRAMES - done;
        host_run_mono(&host, in_place ? out + done : in + done, out + done, size);
    }
    host_close(&host);
}

static void any_block_gives_the_same_bits(void)
{
    static const uint32_t whole[] = {FRAMES}, odd[] = {0, 1, 7, 64, 0, 300, 1023};
    static float in[FRAMES], expected[FRAMES], out[FRAMES];
    make_noise(in, FRAMES);
    run_blocks(in, expected, whole, 1, false);
    CU_ASSERT(expected[FRAMES - 1] != in[FRAMES - 1]);
    for (int in_place = 0; in_place < 2; in_place++) {
        run_blocks(in, out, odd, sizeof odd / sizeof *odd, in_place);
        CU_ASSERT_EQUAL(memcmp(out, expected, sizeof out), 0);
    }
}

static void activation_forgets_all_sound(void)
{
    static float in[FRAMES], first[FRAMES], second[FRAMES];
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(start_with_memory(&host));
    make_noise(in, FRAMES);
    host_run_mono(&host, in, first, FRAMES);
    host.descriptor->deactivate(host.instance);
    host_activate(&host);
    host_run_mono(&host, in, second, FRAMES);
    CU_ASSERT_EQUAL(memcmp(first, second, sizeof first), 0);
    host_close(&host);
}

static void stereo_channels_are_apart(void)
{
    static float in[2][FRAMES], out[2][FRAMES];
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_STEREO_URI, plugin_file("")));
    host_activate(&host);
    make_noise(in[0], FRAMES);
    memset(in[1], 0, sizeof in[1]);
    host_run(&host, (const float *const[]){in[0], in[1]}, (float *const[]){out[0], out[1]}, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        CU_ASSERT_FATAL(fabsf(out[0][i] - DEFAULT_GAIN * in[0][i]) < EXACT);
        CU_ASSERT_FATAL(out[1][i] == 0.0f);
    }
    host_close(&host);
}

static void stereo_may_cross_its_buffers(void)
{
    static float in[2][FRAMES], buffers[2][FRAMES];
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_STEREO_URI, plugin_file("")));
    host_activate(&host);
    make_noise(in[0], FRAMES);
    make_noise(in[1], FRAMES);
    memcpy(buffers, in, sizeof in);
    host_run(&host, (const float *const[]){buffers[0], buffers[1]},
             (float *const[]){buffers[1], buffers[0]}, FRAMES);
    for (size_t i = 0; i < FRAMES; i++) {
        CU_ASSERT_FATAL(fabsf(buffers[1][i] - DEFAULT_GAIN * in[0][i]) < EXACT);
        CU_ASSERT_FATAL(fabsf(buffers[0][i] - DEFAULT_GAIN * in[1][i]) < EXACT);
    }
    host_close(&host);
}

/** The gain of a settled instance with one control set. */
static float error_with(enum port port, float value, float expected_gain)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[port] = value;
    const float error = gain_error(&host, expected_gain, FRAMES);
    host_close(&host);
    return error;
}

static void controls_do_what_they_say(void)
{
    const float six_decibels = 1.99526231f;
    CU_ASSERT(error_with(PORT_INPUT_GAIN, 6.0f, DEFAULT_GAIN * six_decibels) < 1e-6f);
    CU_ASSERT(error_with(PORT_OUTPUT_GAIN, -6.0f, DEFAULT_GAIN / six_decibels) < 1e-6f);
    CU_ASSERT(error_with(PORT_MIX, 0.25f, 0.75f + 0.25f * DEFAULT_GAIN) < 1e-6f);
    CU_ASSERT_EQUAL(error_with(PORT_MIX, 0.0f, 1.0f), 0.0f);
    CU_ASSERT_EQUAL(error_with(PORT_ENABLED, 0.0f, 1.0f), 0.0f);
    CU_ASSERT_EQUAL(error_with(PORT_ENABLED, -1.0f, 1.0f), 0.0f);
}

static void senseless_controls_do_no_harm(void)
{
    CU_ASSERT(error_with(PORT_INPUT_GAIN, NAN, DEFAULT_GAIN) < EXACT);
    CU_ASSERT(error_with(PORT_MIX, INFINITY, DEFAULT_GAIN) < EXACT);
    CU_ASSERT(error_with(PORT_MIX, -5.0f, 1.0f) < EXACT);
    CU_ASSERT(error_with(PORT_OUTPUT_GAIN, 1e9f, DEFAULT_GAIN * 63.0957344f) < 1e-4f);
}

/** What the knobs add, as the model with knobs and gain 0 lets hear it. */
static float sum_of_knobs(float first, float second)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    float in[FRAMES] = {0}, out[FRAMES];
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_KNOB_1] = first;
    host.controls[PORT_KNOB_2] = second;
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(KNOBS_FILE));
    host_run_mono(&host, in, out, FRAMES);
    host_close(&host);
    return out[FRAMES - 1];
}

static void knobs_span_the_range_of_the_model(void)
{
    const float low = GAIN_MODEL_MINIMUM, high = GAIN_MODEL_MAXIMUM;
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(0.0f, 0.0f), low + low, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(1.0f, 0.0f), high + low, 1e-6);
    /* The first knob is at 0 at first, the second at an end of its range */
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(0.5f, 0.0f), 0 + low, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(0.25f, 0.0f), low / 2 + low, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(0.75f, 0.0f), high / 2 + low, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(sum_of_knobs(0.5f, 0.5f), (low + high) / 2, 1e-6);
}

/** Turns a control from one value to another while a low sine plays, in blocks of 64. The greatest
 *  second difference of the output. */
static float roughness(enum port port, float from, float to)
{
    struct fake_host host = {.rate = 48000};
    float sine[FRAMES], out[FRAMES], worst = 0;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    for (size_t i = 0; i < FRAMES; i++)
        sine[i] = 0.5f * sinf(6.2831853f * 100.0f * (float)i / 48000.0f);
    for (uint32_t done = 0; done < FRAMES; done += 64) {
        host.controls[port] = done < FRAMES / 2 ? from : to;
        host_run_mono(&host, sine + done, out + done, 64);
    }
    for (size_t i = 2; i < FRAMES; i++)
        worst = fmaxf(worst, fabsf(out[i] - 2 * out[i - 1] + out[i - 2]));
    host_close(&host);
    return worst;
}

static void no_control_clicks(void)
{
    /* A jump by half of the signal would be 0.1 or more, the sine itself has 9e-5 */
    CU_ASSERT(roughness(PORT_ENABLED, 1, 0) < 1e-3f);
    CU_ASSERT(roughness(PORT_ENABLED, 0, 1) < 1e-3f);
    CU_ASSERT(roughness(PORT_MIX, 0, 1) < 1e-3f);
    CU_ASSERT(roughness(PORT_INPUT_GAIN, 0, 6) < 1e-3f);
    CU_ASSERT(roughness(PORT_OUTPUT_GAIN, 6, -36) < 2e-3f);
}

static void bypass_returns_to_rest(void)
{
    /* What a model heard before a long bypass must not sound after it */
    static float in[FRAMES], fresh[FRAMES], later[FRAMES];
    struct fake_host host = {.rate = 48000}, twin = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(start_with_memory(&host) && start_with_memory(&twin));
    make_noise(in, FRAMES);
    host_run_mono(&host, in, later, FRAMES);
    host.controls[PORT_ENABLED] = twin.controls[PORT_ENABLED] = 0;
    for (int block = 0; block < 2; block++)
        host_run_mono(&host, in, later, FRAMES);
    CU_ASSERT_EQUAL(memcmp(later, in, sizeof in), 0);
    host_run_mono(&twin, in, fresh, FRAMES);
    host.controls[PORT_ENABLED] = twin.controls[PORT_ENABLED] = 1;
    host_run_mono(&host, in, later, FRAMES);
    host_run_mono(&twin, in, fresh, FRAMES);
    CU_ASSERT_EQUAL(memcmp(later, fresh, sizeof fresh), 0);
    host_close(&host);
    host_close(&twin);
}

static void unconnected_ports_do_no_harm(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    for (uint32_t port = 0; port < PORT_COUNT; port++)
        host.descriptor->connect_port(host.instance, port, NULL);
    host.descriptor->run(host.instance, FRAMES);
    float out[FRAMES];
    host.descriptor->connect_port(host.instance, PORT_OUT_1, out);
    host.descriptor->run(host.instance, FRAMES);
    CU_ASSERT_EQUAL(out[FRAMES - 1], 0.0f);
    host_close(&host);
}

static void output_is_finite_for_any_input(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, 3e38f, 1e-42f};
    float in[FRAMES], out[FRAMES];
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(start_with_memory(&host));
    for (int bypass = 0; bypass < 2; bypass++) {
        host.controls[PORT_ENABLED] = bypass ? 0 : 1;
        make_noise(in, FRAMES);
        for (size_t i = 0; i < FRAMES; i += 50)
            in[i] = bad[i / 50 % (sizeof bad / sizeof *bad)];
        host_run_mono(&host, in, out, FRAMES);
        for (size_t i = 0; i < FRAMES; i++)
            CU_ASSERT_FATAL(isfinite(out[i]));
    }
    host_close(&host);
}

static void floating_point_mode_stays(void)
{
#if defined(__SSE2__)
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    const unsigned before = _mm_getcsr();
    gain_error(&host, DEFAULT_GAIN, FRAMES);
    CU_ASSERT_EQUAL(_mm_getcsr() & 0xffc0u, before & 0xffc0u);
    host_close(&host);
#endif
}

static void many_instances_live_at_once(void)
{
    enum { INSTANCES = 20 };
    static struct fake_host hosts[INSTANCES];
    for (int i = 0; i < INSTANCES; i++)
        CU_ASSERT_TRUE_FATAL(host_start(&hosts[i]));
    hosts[3].controls[PORT_MIX] = 0;
    for (int i = 0; i < INSTANCES; i++)
        CU_ASSERT(gain_error(&hosts[i], i == 3 ? 1.0f : DEFAULT_GAIN, FRAMES) < EXACT);
    for (int i = 0; i < INSTANCES; i++)
        host_close(&hosts[i]);
}

static const struct test tests[] = {
    {"the default preset sounds", default_preset_sounds},
    {"sounds without any feature of the host", sounds_without_any_feature},
    {"passes sound without its default preset", passes_sound_without_preset},
    {"any block length, in place or not, gives the same bits", any_block_gives_the_same_bits},
    {"activation forgets all sound", activation_forgets_all_sound},
    {"stereo channels are apart", stereo_channels_are_apart},
    {"stereo may cross its buffers", stereo_may_cross_its_buffers},
    {"controls do what they say", controls_do_what_they_say},
    {"senseless controls do no harm", senseless_controls_do_no_harm},
    {"knobs span the range of the model", knobs_span_the_range_of_the_model},
    {"no control clicks", no_control_clicks},
    {"bypass returns to rest", bypass_returns_to_rest},
    {"unconnected ports do no harm", unconnected_ports_do_no_harm},
    {"output is finite for any input", output_is_finite_for_any_input},
    {"the floating point mode stays", floating_point_mode_stays},
    {"many instances live at once", many_instances_live_at_once},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: sound", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
