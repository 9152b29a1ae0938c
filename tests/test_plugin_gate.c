/* SPDX-License-Identifier: ISC */
/* Noise gate, DC blocker, and levels that models state. */
#include "clicks.h"
#include "dc_blocker.h"
#include "gain_model.h"
#include "gate.h"
#include "levels.h"
#include "plugin_files.h"
#include "suite.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, FRAMES = RATE };

static const float EXACT = 1e-7f;

static float amplitude(float decibels)
{
    return powf(10.0f, decibels / 20.0f);
}

/* The gate alone, on square waves: every frame has the level */

static float sound[FRAMES], gains[FRAMES];

/** Runs frames of one level through a gate; the last gain. */
static float run_level(struct gate *gate, float decibels, uint32_t frames)
{
    for (uint32_t i = 0; i < frames; i++) {
        sound[i] = (i % 2 ? -1.0f : 1.0f) * amplitude(decibels);
        gains[i] = 1.0f;
    }
    gate_run(gate, (const float *const[]){sound}, 1, gains, frames);
    return gains[frames - 1];
}

static struct gate gate_at(float threshold)
{
    struct gate gate;
    gate_init(&gate, RATE, GATE_OFF_DB);
    gate_set(&gate, threshold);
    return gate;
}

static void gate_closes_below_and_opens_above(void)
{
    struct gate gate = gate_at(-50);
    CU_ASSERT_EQUAL(run_level(&gate, -57, FRAMES), 0.0f);
    CU_ASSERT_EQUAL(run_level(&gate, -49, FRAMES), 1.0f);
    CU_ASSERT_EQUAL(run_level(&gate, -200, FRAMES), 0.0f);
}

static void gate_does_not_flutter_between_its_levels(void)
{
    struct gate gate = gate_at(-50);
    CU_ASSERT_EQUAL(run_level(&gate, -53, FRAMES), 1.0f); /* was open */
    CU_ASSERT_EQUAL(run_level(&gate, -80, FRAMES), 0.0f);
    CU_ASSERT_EQUAL(run_level(&gate, -53, FRAMES), 0.0f); /* was closed */
    CU_ASSERT_EQUAL(run_level(&gate, -20, FRAMES), 1.0f);
    CU_ASSERT_EQUAL(run_level(&gate, -53, FRAMES), 1.0f);
}

static void gate_keeps_its_times(void)
{
    const uint32_t hold = (uint32_t)(GATE_HOLD_SECONDS * RATE);
    struct gate gate = gate_at(-50);
    run_level(&gate, -20, 100);
    run_level(&gate, -100, FRAMES);
    CU_ASSERT_EQUAL(gains[hold - 1], 1.0f);
    CU_ASSERT(gains[hold + 10] < 1.0f);
    CU_ASSERT(gains[hold + RATE / 5] < 1e-3f);
    CU_ASSERT(run_level(&gate, -20, RATE / 200) > 0.99f); /* 5 ms */
}

static void gate_opens_for_any_channel(void)
{
    struct gate gate = gate_at(-50);
    float silent[100] = {0}, loud[100], steps[100];
    run_level(&gate, -100, FRAMES);
    for (int i = 0; i < 100; i++)
        loud[i] = steps[i] = 1.0f;
    gate_run(&gate, (const float *const[]){silent, loud}, 2, steps, 100);
    CU_ASSERT(steps[99] > 0.5f);
}

static void gate_never_clicks(void)
{
    struct gate gate = gate_at(-50);
    struct clicks clicks = {.before = {1, 1}};
    uint32_t random = 5;
    for (int i = 0; i < 3000; i++) {
        random = random * 1664525u + 1013904223u;
        if (random >> 30 == 0)
            gate_set(&gate, random >> 29 & 1 ? -50.0f : GATE_OFF_DB);
        run_level(&gate, random >> 28 & 1 ? -20.0f : -70.0f, 1 + (random >> 12) % 6000);
        clicks_hear(&clicks, gains, 1 + (random >> 12) % 6000);
        for (uint32_t k = 0; k < 1 + (random >> 12) % 6000; k++)
            CU_ASSERT_FATAL(gains[k] >= 0 && gains[k] <= 1.000001f);
    }
    CU_ASSERT(clicks.worst > 1e-4f);
    CU_ASSERT(clicks.worst < 2e-3f); /* a gain that jumps has 1 */
}

static void gate_switched_off_is_not_there(void)
{
    static float in[FRAMES], first[FRAMES], second[FRAMES];
    struct fake_host gated = {.rate = RATE}, plain = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(host_start(&gated) && host_start(&plain));
    gated.controls[PORT_GATE] = -20;
    memset(in, 0, sizeof in);
    host_run_mono(&gated, in, first, FRAMES);
    gated.controls[PORT_GATE] = GATE_OFF_DB;
    host_run_mono(&gated, in, first, FRAMES / 10);
    make_noise(in, FRAMES);
    host_run_mono(&gated, in, first, FRAMES);
    host_run_mono(&plain, in, second, FRAMES);
    CU_ASSERT_EQUAL(memcmp(first, second, sizeof first), 0);
    host_close(&gated);
    host_close(&plain);
}

static void gate_is_before_the_input_gain_and_beside_the_dry_sound(void)
{
    static float in[FRAMES], out[FRAMES];
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_GATE] = -50;
    host.controls[PORT_INPUT_GAIN] = 36;
    for (int i = 0; i < FRAMES; i++)
        in[i] = amplitude(-60);
    host_run_mono(&host, in, out, FRAMES);
    CU_ASSERT_EQUAL(out[FRAMES - 1], 0.0f);
    host.controls[PORT_MIX] = 0;
    host_run_mono(&host, in, out, FRAMES);
    CU_ASSERT_EQUAL(out[FRAMES - 1], in[0]);
    host_close(&host);
}

/* The DC blocker */

static void blocker_removes_a_constant_and_nothing_else(void)
{
    static float in[FRAMES], out[FRAMES];
    struct fake_host host = {.rate = RATE};
    double sine = 0, offset = 0;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_DC_BLOCKER] = 1;
    for (int i = 0; i < FRAMES; i++)
        in[i] = 0.5f + 0.1f * sinf(6.2831853f * 100.0f * (float)i / RATE);
    host_run_mono(&host, in, out, FRAMES);
    for (int i = FRAMES / 2; i < FRAMES; i++) { /* 50 periods */
        offset += out[i] / (FRAMES / 2.0);
        sine += out[i] * sin(6.2831853 * 100.0 * i / RATE) / (FRAMES / 4.0);
    }
    CU_ASSERT(fabs(offset) < 1e-5);
    CU_ASSERT_DOUBLE_EQUAL(sine, 0.1 * DEFAULT_GAIN,
                           1e-3); /* 0.04 dB less and turned by 6 degrees */
    host_close(&host);
}

static void blocker_comes_and_goes_without_click(void)
{
    struct dc_blocker blocker;
    struct clicks clicks = {.before = {1, 1}};
    dc_blocker_init(&blocker, 1, RATE);
    for (int block = 0; block < 400; block++) {
        float one[64];
        for (int i = 0; i < 64; i++)
            one[i] = 1.0f;
        dc_blocker_set(&blocker, block / 40 % 2, FADE_FRAMES);
        dc_blocker_run(&blocker, (float *const[]){one}, 64);
        clicks_hear(&clicks, one, 64);
    }
    CU_ASSERT(clicks.worst > 1e-5f && clicks.worst < 2.5e-3f);
}

static void blocker_switched_off_is_not_there(void)
{
    static float in[FRAMES], first[FRAMES], second[FRAMES];
    struct fake_host host = {.rate = RATE}, plain = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(host_start(&host) && host_start(&plain));
    make_noise(in, FRAMES);
    host.controls[PORT_DC_BLOCKER] = 1;
    host_run_mono(&host, in, first, FRAMES);
    host_run_mono(&plain, in, second, FRAMES);
    CU_ASSERT_NOT_EQUAL(memcmp(first, second, sizeof first), 0);
    host.controls[PORT_DC_BLOCKER] = 0;
    host_run_mono(&host, in, first, FRAMES);
    host_run_mono(&host, in, first, FRAMES);
    host_run_mono(&plain, in, second, FRAMES);
    CU_ASSERT_EQUAL(memcmp(first, second, sizeof first), 0);
    host_close(&host);
    host_close(&plain);
}

/* Levels */

/** Opens a host whose default model has gain 1 and states levels. */
static void open_stating(struct fake_host *host, double loudness, double input_level)
{
    const struct gain_model model = {
        .gain = 1, .sample_rate = RATE, .loudness_dbfs = loudness, .input_level_dbu = input_level};
    CU_ASSERT_TRUE_FATAL(write_gain_model(plugin_file(DEFAULT_FILE), &model));
    CU_ASSERT_TRUE_FATAL(host_start(host));
    plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, RATE);
}

static void loud_and_quiet_models_become_alike(void)
{
    const double stated[] = {-30, -6, -18};
    for (int i = 0; i < 3; i++) {
        struct fake_host host = {.rate = RATE};
        open_stating(&host, stated[i], 0);
        CU_ASSERT(gain_error(&host, 1.0f, 4096) == 0.0f);
        host.controls[PORT_NORMALISE] = 1;
        gain_error(&host, 0, FADE_FRAMES);
        CU_ASSERT(gain_error(&host, amplitude(-18 - (float)stated[i]), 4096) < 1e-5f);
        host.controls[PORT_NORMALISE] = 0;
        gain_error(&host, 0, FADE_FRAMES);
        CU_ASSERT(gain_error(&host, 1.0f, 4096) == 0.0f);
        host_close(&host);
    }
}

static void interface_and_model_meet_at_one_level(void)
{
    struct fake_host host = {.rate = RATE};
    open_stating(&host, 0, 12);
    CU_ASSERT(gain_error(&host, 1.0f, 4096) == 0.0f);
    host.controls[PORT_CALIBRATE] = 1;
    host.controls[PORT_INPUT_LEVEL] = 18;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, amplitude(6), 4096) < 1e-5f);
    host.controls[PORT_INPUT_LEVEL] = 4;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, amplitude(-8), 4096) < 1e-5f);
    host.controls[PORT_CALIBRATE] = 0;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, 1.0f, 4096) == 0.0f);
    host_close(&host);
}

static void silent_models_stay_as_they_are(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_NORMALISE] = host.controls[PORT_CALIBRATE] = 1;
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 4096) < EXACT);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#modelLoudness"), "");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#modelInputLevel"), "");
    host_close(&host);
}

static void stated_levels_are_told_and_bounded(void)
{
    struct fake_host host = {.rate = RATE};
    open_stating(&host, -100, 12);
    host.controls[PORT_NORMALISE] = 1;
    CU_ASSERT(gain_error(&host, amplitude((float)LEVELS_MOST_DB), 4096) < 1e-3f);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#modelLoudness"), "-100.0 dBFS");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#modelInputLevel"), "12.0 dBu");
    host_close(&host);
}

/** The greatest second difference of the output of a low sine while a control changes often. */
static float roughness(enum port port, float low, float high)
{
    struct fake_host host = {.rate = RATE};
    struct clicks clicks = {.skip = 0};
    float in[64], out[64];
    open_stating(&host, -30, 12);
    host.controls[PORT_CALIBRATE] = port == PORT_INPUT_LEVEL;
    for (int block = 0; block < 500; block++) {
        for (int i = 0; i < 64; i++)
            in[i] = 0.1f * sinf(6.2831853f * 75.0f * (float)(block * 64 + i) / RATE);
        host.controls[port] = block % 50 < 25 ? low : high;
        host_run_mono(&host, in, out, 64);
        clicks_hear(&clicks, out, 64);
    }
    host_close(&host);
    return clicks.worst;
}

static void no_level_clicks(void)
{
    /* A jump by 12 dB would be 0.3 */
    CU_ASSERT(roughness(PORT_NORMALISE, 0, 1) < 1e-3f);
    CU_ASSERT(roughness(PORT_CALIBRATE, 0, 1) < 1e-3f);
    CU_ASSERT(roughness(PORT_INPUT_LEVEL, 0, 24) < 1e-3f);
}

static const struct test tests[] = {
    {"the gate closes below and opens above", gate_closes_below_and_opens_above},
    {"the gate does not flutter between its levels", gate_does_not_flutter_between_its_levels},
    {"the gate keeps its times", gate_keeps_its_times},
    {"the gate opens for any channel", gate_opens_for_any_channel},
    {"the gate never clicks", gate_never_clicks},
    {"the gate switched off is not there", gate_switched_off_is_not_there},
    {"the gate is before the input gain and beside the dry sound",
     gate_is_before_the_input_gain_and_beside_the_dry_sound},
    {"the DC blocker removes a constant and nothing else",
     blocker_removes_a_constant_and_nothing_else},
    {"the DC blocker comes and goes without click", blocker_comes_and_goes_without_click},
    {"the DC blocker switched off is not there", blocker_switched_off_is_not_there},
    {"loud and quiet models become alike", loud_and_quiet_models_become_alike},
    {"interface and model meet at one level", interface_and_model_meet_at_one_level},
    {"silent models stay as they are", silent_models_stay_as_they_are},
    {"stated levels are told and bounded", stated_levels_are_told_and_bounded},
    {"no level clicks", no_level_clicks},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status =
        run_suite("plugin: gate, DC blocker, levels", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
