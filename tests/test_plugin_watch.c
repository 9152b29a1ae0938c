/* SPDX-License-Identifier: ISC */
/* What the plugin tells a user interface of its sound, and when. */
#include "gain_model.h"
#include "plugin_files.h"
#include "suite.h"
#include "watch.h"

#include <lv2/atom/util.h>
#include <math.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 64, SECOND_BLOCKS = RATE / BLOCK };

static const double LEVEL_TOLERANCE_DB = 0.1;

/** The xl:Levels of the last run, or NULL. */
static const LV2_Atom_Object *levels(struct fake_host *host)
{
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)host->notify, event)
    {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        if (object->body.otype == host_map(host, XLSTM_URI "#Levels"))
            return object;
    }
    return NULL;
}

/** The numbers of a vector of the message, and how many they are. */
static const float *vector(struct fake_host *host, const char *key, uint32_t *count)
{
    const LV2_Atom *value = NULL;
    const LV2_Atom_Object *object = levels(host);
    *count = 0;
    if (object)
        lv2_atom_object_get(object, host_map(host, key), &value, 0);
    if (!value || value->type != host_map(host, LV2_ATOM__Vector))
        return NULL;
    *count = (value->size - (uint32_t)sizeof(LV2_Atom_Vector_Body)) / (uint32_t)sizeof(float);
    return (const float *)((const LV2_Atom_Vector *)value + 1);
}

static float number(struct fake_host *host, const char *key)
{
    const LV2_Atom *value = NULL;
    lv2_atom_object_get(levels(host), host_map(host, key), &value, 0);
    return value && value->type == host_map(host, LV2_ATOM__Float)
               ? ((const LV2_Atom_Float *)value)->body
               : NAN;
}

/** Where the sine of the tests is. */
static struct {
    double amplitude, frequency;
    uint64_t at;
} tone;

/** Runs one block of the sine in place, the right channel at half of the left. */
static void run_tone(struct fake_host *host)
{
    static float left[BLOCK], right[BLOCK];
    for (int i = 0; i < BLOCK; i++, tone.at++) {
        const double phase = 6.283185307179586 * tone.frequency * (double)tone.at / host->rate;
        left[i] = (float)(tone.amplitude * sin(phase));
        right[i] = left[i] / 2;
    }
    host_run(host, (const float *const[]){left, right}, (float *const[]){left, right}, BLOCK);
}

/** Runs until a message comes, and `skip` more. False: none in a second. */
static bool wait_for_levels(struct fake_host *host, int skip)
{
    for (int i = 0; i < SECOND_BLOCKS; i++) {
        run_tone(host);
        if (levels(host) && skip-- == 0)
            return true;
    }
    return false;
}

static unsigned count_levels(struct fake_host *host, int blocks)
{
    unsigned count = 0;
    for (int i = 0; i < blocks; i++) {
        run_tone(host);
        count += levels(host) != NULL;
    }
    return count;
}

static bool is_decibels(float value, double expected)
{
    return fabs(20 * log10((double)value) - expected) < LEVEL_TOLERANCE_DB;
}

static bool start(struct fake_host *host, const char *uri)
{
    tone.amplitude = 0.5;
    tone.frequency = 997;
    tone.at = 0;
    if (host->rate == 0)
        host->rate = RATE;
    if (!host_open(host, uri, plugin_file("")))
        return false;
    host_activate(host);
    return true;
}

static void silent_until_asked(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host_watch(&host, 1);
    CU_ASSERT(count_levels(&host, SECOND_BLOCKS) > 0);
    host_close(&host);
}

static void levels_are_right(void)
{
    struct fake_host host = {.rate = RATE};
    uint32_t count = 0;
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_STEREO_URI));
    host.controls[PORT_OUTPUT_GAIN] = 12;
    host_watch(&host, 10);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 2));
    const double in = 20 * log10(tone.amplitude), model = 20 * log10((double)DEFAULT_GAIN);
    const double half = 20 * log10(0.5), sine = 20 * log10(sqrt(0.5));
    const struct {
        const char *key;
        double left;
    } rows[] = {{XLSTM_URI "#inputPeak", in},
                {XLSTM_URI "#inputRms", in + sine},
                {XLSTM_URI "#outputPeak", in + model + 12},
                {XLSTM_URI "#outputRms", in + model + 12 + sine}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const float *values = vector(&host, rows[i].key, &count);
        CU_ASSERT_EQUAL_FATAL(count, 2);
        CU_ASSERT(is_decibels(values[0], rows[i].left));
        CU_ASSERT(is_decibels(values[1], rows[i].left + half));
    }
    host_close(&host);
}

/** One loud frame between two messages is seen, once. */
static void no_peak_is_missed(void)
{
    struct fake_host host = {.rate = RATE};
    uint32_t count = 0;
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, 10);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 1));
    float loud = 1.5f;
    host_run_mono(&host, &loud, &loud, 1);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 0));
    CU_ASSERT_EQUAL(vector(&host, XLSTM_URI "#inputPeak", &count)[0], 1.5f);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 0));
    CU_ASSERT(vector(&host, XLSTM_URI "#inputPeak", &count)[0] < 0.51f);
    host_close(&host);
}

static void messages_come_steadily(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, 10);
    const unsigned count = count_levels(&host, 4 * SECOND_BLOCKS);
    CU_ASSERT(count >= 4 * 20 && count <= 4 * 30);
    host_close(&host);
}

static void ends_when_told_or_forgotten(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, 2);
    CU_ASSERT(count_levels(&host, 2 * SECOND_BLOCKS) >= 2 * 20);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host_watch(&host, 10);
    CU_ASSERT(count_levels(&host, SECOND_BLOCKS) > 0);
    host_watch(&host, 0);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host_close(&host);
}

static void senseless_requests_do_no_harm(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, -5);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    const float seconds = 5;
    host_send(&host, XLSTM_URI "#Watch", XLSTM_URI "#seconds", LV2_ATOM__Float, &seconds,
              sizeof seconds);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host_watch(&host, INT32_MAX);
    CU_ASSERT(count_levels(&host, WATCH_SECONDS_MAX * SECOND_BLOCKS) > 0);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host_close(&host);
}

/** A small notify port gets no half message, and its levels without a scope if those fit. */
static void writes_only_what_fits(void)
{
    struct fake_host host = {.rate = RATE, .notify_capacity = 512};
    uint32_t count = 0;
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, 60);
    CU_ASSERT_EQUAL(count_levels(&host, SECOND_BLOCKS), 0);
    host.notify_capacity = 1500;
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 0));
    CU_ASSERT_PTR_NULL(vector(&host, XLSTM_URI "#scopeIn", &count));
    CU_ASSERT_PTR_NOT_NULL(vector(&host, XLSTM_URI "#inputPeak", &count));
    host_close(&host);
}

/** Greatest difference of the scope's output from `gain` times its input. */
static float scope_error(struct fake_host *host, float gain)
{
    uint32_t in_count = 0, out_count = 0;
    float worst = 0;
    do {
        CU_ASSERT_TRUE_FATAL(wait_for_levels(host, 0));
    } while (!vector(host, XLSTM_URI "#scopeIn", &in_count));
    const float *in = vector(host, XLSTM_URI "#scopeIn", &in_count);
    const float *out = vector(host, XLSTM_URI "#scopeOut", &out_count);
    CU_ASSERT_EQUAL_FATAL(in_count, SCOPE_POINTS);
    CU_ASSERT_EQUAL_FATAL(out_count, SCOPE_POINTS);
    CU_ASSERT(in[0] >= 0 && in[0] < 0.1f && in[1] > in[0]); /* from a rising zero crossing on */
    for (uint32_t i = 0; i < in_count; i++)
        worst = fmaxf(worst, fabsf(out[i] - gain * in[i]));
    return worst;
}

static void scope_shows_pairs(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    tone.frequency = 200;
    host_watch(&host, 60);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 2));
    CU_ASSERT(scope_error(&host, DEFAULT_GAIN) < 1e-6f);
    host_close(&host);
}

/** Where the plugin is late, the scope holds its input back. */
static void scope_minds_the_latency(void)
{
    struct fake_host host = {.rate = 88200};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    tone.frequency = 200;
    host_watch(&host, 60);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 5));
    CU_ASSERT(host.controls[PORT_LATENCY] > 20);
    CU_ASSERT(scope_error(&host, DEFAULT_GAIN) < 2e-3f);
    host_close(&host);
}

static void load_is_a_share(void)
{
    struct fake_host host = {.rate = RATE};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    host_watch(&host, 10);
    CU_ASSERT_TRUE_FATAL(wait_for_levels(&host, 3));
    const float load = number(&host, XLSTM_URI "#load");
    const float peak = number(&host, XLSTM_URI "#loadPeak");
    CU_ASSERT(load > 0 && load < 2);
    CU_ASSERT(peak >= load);
    host_close(&host);
}

/** Watching changes no bit of the sound, at any block length. */
static void watching_changes_no_sound(void)
{
    enum { FRAMES = 1000 };
    static float in[FRAMES], plain[FRAMES], watched[FRAMES];
    struct fake_host host = {.rate = 44100}, other = {.rate = 44100};
    CU_ASSERT_TRUE_FATAL(start(&host, XLSTM_MONO_URI));
    CU_ASSERT_TRUE_FATAL(start(&other, XLSTM_MONO_URI));
    make_noise(in, FRAMES);
    host_watch(&other, 10);
    host_run_mono(&host, in, plain, FRAMES);
    host_run_mono(&other, in, watched, FRAMES);
    CU_ASSERT_EQUAL(memcmp(plain, watched, sizeof plain), 0);
    host_close(&host);
    host_close(&other);
}

static const struct test tests[] = {
    {"silent until asked", silent_until_asked},
    {"levels are right within 0.1 dB", levels_are_right},
    {"no peak is missed", no_peak_is_missed},
    {"messages come steadily", messages_come_steadily},
    {"ends when told or forgotten", ends_when_told_or_forgotten},
    {"senseless requests do no harm", senseless_requests_do_no_harm},
    {"writes only what fits", writes_only_what_fits},
    {"the scope shows pairs", scope_shows_pairs},
    {"the scope minds the latency", scope_minds_the_latency},
    {"the load is a share of the time", load_is_a_share},
    {"watching changes no sound", watching_changes_no_sound},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: watch", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
