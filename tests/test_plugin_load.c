/* SPDX-License-Identifier: ISC */
/* Changing the model while it plays: messages, worker, cross-fade, and what may go wrong. */
#include "clicks.h"
#include "plugin_files.h"
#include "suite.h"

#include <lv2/atom/atom.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

static const float EXACT = 1e-7f;

static void choose(struct fake_host *host, const char *name)
{
    host_set_path(host, NULL, MODEL_PROPERTY, plugin_file(name));
}

static void loads_in_the_worker_and_fades(void)
{
    struct fake_host host = {.rate = 48000};
    float in[2 * FADE_FRAMES], out[2 * FADE_FRAMES];
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, OTHER_FILE);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) < EXACT);
    CU_ASSERT_EQUAL(host.job_count, 1);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) < EXACT);
    CU_ASSERT_EQUAL(host.job_count, 1);
    host_work(&host);
    make_noise(in, 2 * FADE_FRAMES);
    host_run_mono(&host, in, out, 2 * FADE_FRAMES);
    for (int i = 0; i < 2 * FADE_FRAMES; i++) {
        const float way = i < FADE_FRAMES ? (float)(i + 1) / FADE_FRAMES : 1;
        const float turn = 1.57079633f * way * way * (3 - 2 * way);
        const float gain = cosf(turn) * DEFAULT_GAIN + sinf(turn) * OTHER_GAIN;
        CU_ASSERT_FATAL(fabsf(out[i] - gain * in[i]) < 1e-6f);
    }
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    host_close(&host);
}

static void frees_the_old_model_in_the_worker(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, OTHER_FILE);
    gain_error(&host, 0, 64);
    host_work(&host);
    gain_error(&host, 0, FADE_FRAMES - 1);
    CU_ASSERT_EQUAL(host.job_count, 0);
    gain_error(&host, 0, 1);
    CU_ASSERT_EQUAL(host.job_count, 1);
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.job_count, 1);
    host_work(&host);
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.job_count, 0);
    host_close(&host);
}

/** The least stack of a thread (sanitizers want more), and what data of libraries may take of it.
 */
enum { STACK_BYTES = LEAST_STACK, TAKEN_BYTES = 6 << 10 };

static void *work_in_thread(void *data)
{
    volatile char taken[TAKEN_BYTES];
    taken[0] = taken[TAKEN_BYTES - 1] = 0;
    host_work(data);
    return NULL;
}

/** mod-host gives its worker no more than that. */
static void a_worker_needs_little_stack(void)
{
    struct fake_host host = {.rate = 44100};
    pthread_attr_t attributes;
    pthread_t thread;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    pthread_attr_init(&attributes);
    CU_ASSERT_EQUAL_FATAL(pthread_attr_setstacksize(&attributes, STACK_BYTES), 0);
    choose(&host, OTHER_FILE);
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    for (int run = 0; run < 3; run++) {
        gain_error(&host, 0, 2 * FADE_FRAMES);
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, &attributes, work_in_thread, &host), 0);
        pthread_join(thread, NULL);
    }
    pthread_attr_destroy(&attributes);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), plugin_file(CAB_FILE));
    host_close(&host);
}

static void works_with_a_worker_that_works_at_once(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, OTHER_FILE);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

static void full_queue_delays_but_loses_nothing(void)
{
    struct fake_host host = {.worker = WORKER_QUEUE_FULL};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, OTHER_FILE);
    for (int i = 0; i < 5; i++)
        CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) < EXACT);
    CU_ASSERT_EQUAL(host.refused, 5);
    host.worker = WORKER_LATER;
    gain_error(&host, 0, 64);
    host_work(&host);
    host.worker = WORKER_QUEUE_FULL;
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host.worker = WORKER_LATER;
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.job_count, 1); /* to free the old one */
    host_close(&host);
}

static void host_without_worker_is_told(void)
{
    struct fake_host host = {.worker = WORKER_NONE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, OTHER_FILE);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(DEFAULT_FILE));
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_was_put(&host, STATUS_PROPERTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(host_was_put(&host, STATUS_PROPERTY), "worker"));
    host_close(&host);
}

/** Asks for a file that can't play. */
static void check_refusal(const char *name, const char *reason)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, name);
    gain_error(&host, 0, 64);
    host_work(&host);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(DEFAULT_FILE));
    const char *status = host_was_put(&host, STATUS_PROPERTY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(status);
    CU_ASSERT_PTR_NOT_NULL(strstr(status, name));
    CU_ASSERT_PTR_NOT_NULL(strstr(status, reason));
    CU_ASSERT_EQUAL(host.log_lines, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, status));
    host_close(&host);
}

static void missing_or_broken_file_changes_nothing(void)
{
    check_refusal(NO_FILE, "No such file");
    check_refusal(BROKEN_FILE, "");
    check_refusal("", "plain file"); /* the folder itself */
}

static void success_clears_the_status(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, NO_FILE);
    gain_error(&host, 0, 64);
    choose(&host, OTHER_FILE);
    gain_error(&host, 0, 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_was_put(&host, STATUS_PROPERTY));
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, STATUS_PROPERTY), "");
    host_close(&host);
}

static void newest_wish_wins(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    CU_ASSERT_TRUE_FATAL(plugin_file_add("third.safetensors", 0.75f, 48000));
    choose(&host, OTHER_FILE);
    choose(&host, DEFAULT_FILE);
    gain_error(&host, 0, 64);
    choose(&host, OTHER_FILE);
    gain_error(&host, 0, 64);
    choose(&host, "third.safetensors");
    gain_error(&host, 0, 64);
    for (int i = 0; i < 8; i++) {
        host_work(&host);
        gain_error(&host, 0, FADE_FRAMES);
    }
    CU_ASSERT(gain_error(&host, 0.75f, 64) < EXACT);
    host_close(&host);
    remove(plugin_file("third.safetensors"));
}

static void only_messages_for_the_model_count(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    char path[HOST_TEXT_BYTES], huge[6000];
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    snprintf(path, sizeof path, "%s", plugin_file(OTHER_FILE));
    const uint32_t length = (uint32_t)strlen(path);
    host_set_path(&host, XLSTM_STEREO_URI, MODEL_PROPERTY, path);
    host_set_path(&host, NULL, STATUS_PROPERTY, path);
    host_set(&host, NULL, MODEL_PROPERTY, LV2_ATOM__String, path, length + 1);
    host_set(&host, NULL, MODEL_PROPERTY, LV2_ATOM__Path, path, 0);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    memset(huge, 'x', sizeof huge);
    host_set(&host, NULL, MODEL_PROPERTY, LV2_ATOM__Path, huge, sizeof huge);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_EQUAL(host.log_lines, 0);
    /* Our own subject, and no zero at the end */
    host_set(&host, XLSTM_MONO_URI, MODEL_PROPERTY, LV2_ATOM__Path, path, length);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

static void get_is_answered(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    gain_error(&host, 0, 64);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 3); /* a Set for each file, a Put for the facts */
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(DEFAULT_FILE));
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), "");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#modelName"), "Gain 0.5");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, STATUS_PROPERTY), "");
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 0);
    host_get(&host, MODEL_PROPERTY);
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 1);
    host_get(&host, XLSTM_URI "#nonsense");
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 0);
    host_close(&host);
}

static void knobs_are_named(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose(&host, KNOBS_FILE);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#knob1Name"), "knob 0");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#knob2Name"), "knob 1");
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#knob3Name"), "");
    host_close(&host);
}

static void small_notify_port_gets_what_fits(void)
{
    struct fake_host host = {.notify_capacity = 64};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    gain_error(&host, 0, 64);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 0);
    host.notify_capacity = 0;
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host_events(&host), 3);
    host_close(&host);
}

static void closes_in_any_state(void)
{
    for (int runs = 0; runs < 4; runs++) {
        struct fake_host host = {.rate = 48000};
        CU_ASSERT_TRUE_FATAL(host_start(&host));
        choose(&host, OTHER_FILE);
        for (int i = 0; i < runs; i++) {
            gain_error(&host, 0, i == 3 ? 2 * FADE_FRAMES : 64);
            host_work(&host);
            choose(&host, i % 2 ? BROKEN_FILE : DEFAULT_FILE);
        }
        host_close(&host);
    }
}

/** A choice of files at random, one in eight of them broken. */
static void choose_at_random(struct fake_host *host, uint32_t *random)
{
    static const char *const names[] = {DEFAULT_FILE, OTHER_FILE,   DEFAULT_FILE, OTHER_FILE,
                                        OTHER_FILE,   DEFAULT_FILE, OTHER_FILE,   BROKEN_FILE};
    *random = *random * 1664525u + 1013904223u;
    choose(host, names[*random >> 29]);
}

static void a_thousand_switches_give_no_click(void)
{
    enum { SWITCHES = 1000, BLOCK = 480, BLOCKS_EACH = 6 };
    struct fake_host host = {.rate = 48000};
    uint32_t random = 7;
    struct clicks clicks = {.skip = 2}; /* the sine sets out from silence */
    float loudest = 0;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    for (int block = 0; block < SWITCHES * BLOCKS_EACH; block++) {
        float in[BLOCK], out[BLOCK];
        for (int i = 0; i < BLOCK; i++) /* 100 Hz: a block is a period */
            in[i] = 0.5f * sinf(6.2831853f * (float)i / BLOCK);
        if (block % BLOCKS_EACH == 0)
            choose_at_random(&host, &random);
        host_run_mono(&host, in, out, BLOCK);
        if (random >> 20 & 1 || block % 3 == 0)
            host_work(&host);
        clicks_hear(&clicks, out, BLOCK);
        loudest = fmaxf(loudest, clicks.peak);
        CU_ASSERT_FATAL(clicks.peak < 0.5f);
    }
    CU_ASSERT(clicks.worst < 1e-4f); /* the sine itself has 4e-5, a jump would be 0.1 */
    CU_ASSERT(loudest > 0.24f);
    host_close(&host);
}

static const struct test tests[] = {
    {"loads in the worker, then cross-fades with equal power", loads_in_the_worker_and_fades},
    {"frees the old model in the worker", frees_the_old_model_in_the_worker},
    {"a worker needs little stack", a_worker_needs_little_stack},
    {"works with a worker that works at once", works_with_a_worker_that_works_at_once},
    {"a full queue delays but loses nothing", full_queue_delays_but_loses_nothing},
    {"a host without worker is told", host_without_worker_is_told},
    {"a missing or broken file changes nothing", missing_or_broken_file_changes_nothing},
    {"success clears the status", success_clears_the_status},
    {"the newest wish wins", newest_wish_wins},
    {"only messages for the model count", only_messages_for_the_model_count},
    {"get is answered", get_is_answered},
    {"knobs are named", knobs_are_named},
    {"a small notify port gets what fits", small_notify_port_gets_what_fits},
    {"closes in any state", closes_in_any_state},
    {"a thousand switches give no click", a_thousand_switches_give_no_click},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: load", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
