/* SPDX-License-Identifier: ISC */
/* Next and previous model, and switching all that can be switched under load. */
#include "clicks.h"
#include "plugin_files.h"
#include "suite.h"

#include <lv2/state/state.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

static const float EXACT = 1e-7f;

/* The folder, in order: broken.safetensors, knobs.safetensors (gain 0), other.safetensors,
 * overdrive.safetensors (the default); sound files are no models. */
static const float KNOBS_GAIN = 0.0f;

/** Presses a trigger for a run. */
static void press(struct fake_host *host, enum port trigger)
{
    host->controls[trigger] = 1;
    gain_error(host, 0, 64);
    host->controls[trigger] = 0;
    gain_error(host, 0, 64);
}

/** Works and fades; then whether the plugin has that gain. */
static bool arrives_at(struct fake_host *host, float gain)
{
    for (int i = 0; i < 3; i++) {
        host_work(host);
        gain_error(host, 0, FADE_FRAMES);
    }
    host->controls[PORT_KNOB_1] = 0.5f;
    return gain_error(host, gain, 1024) < EXACT;
}

/** Opens a host that has run once, as hosts do before anybody presses anything. The second knob of
 *  the model with knobs is where it adds nothing to the first. */
static void open_host(struct fake_host *host)
{
    CU_ASSERT_TRUE_FATAL(host_start(host));
    host->controls[PORT_KNOB_2] = 0.25f; /* its range is -1 to 3, and the other one is at 0 */
    gain_error(host, 0, 64);
}

static void next_goes_round_past_broken_files(void)
{
    struct fake_host host = {.rate = 48000};
    open_host(&host);
    press(&host, PORT_NEXT);
    CU_ASSERT_TRUE(arrives_at(&host, KNOBS_GAIN));
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, BROKEN_FILE));
    CU_ASSERT_EQUAL(host.log_lines, 1);
    press(&host, PORT_NEXT);
    CU_ASSERT_TRUE(arrives_at(&host, OTHER_GAIN));
    press(&host, PORT_NEXT);
    CU_ASSERT_TRUE(arrives_at(&host, DEFAULT_GAIN));
    host_close(&host);
}

static void previous_goes_back(void)
{
    struct fake_host host = {.rate = 48000};
    open_host(&host);
    press(&host, PORT_PREVIOUS);
    CU_ASSERT_TRUE(arrives_at(&host, OTHER_GAIN));
    press(&host, PORT_PREVIOUS);
    CU_ASSERT_TRUE(arrives_at(&host, KNOBS_GAIN));
    press(&host, PORT_PREVIOUS);
    CU_ASSERT_TRUE(arrives_at(&host, DEFAULT_GAIN));
    host_close(&host);
}

/** What was stepped to is what plays anew when another multiple is chosen. */
static void another_choice_keeps_the_step(void)
{
    struct fake_host host = {.rate = 48000};
    open_host(&host);
    press(&host, PORT_PREVIOUS);
    CU_ASSERT_TRUE(arrives_at(&host, OTHER_GAIN));
    host.controls[PORT_OVERSAMPLING] = 2;
    arrives_at(&host, OTHER_GAIN); /* late, so that the gain is another sample's */
    CU_ASSERT(host.controls[PORT_LATENCY] > 0);
    host.controls[PORT_OVERSAMPLING] = 1;
    arrives_at(&host, OTHER_GAIN);
    CU_ASSERT_TRUE(arrives_at(&host, OTHER_GAIN));
    CU_ASSERT_EQUAL(host.controls[PORT_LATENCY], 0);
    host_close(&host);
}

static void host_is_told_and_keeps_what_plays(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    open_host(&host);
    host.controls[PORT_PREVIOUS] = 1;
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, STATUS_PROPERTY), "");
    CU_ASSERT_TRUE(host_was_sent(&host, LV2_STATE__StateChanged));
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_FALSE(host_was_sent(&host, LV2_STATE__StateChanged));
    host_save(&host);
    CU_ASSERT_STRING_EQUAL(host.state.value, plugin_file(OTHER_FILE));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(DEFAULT_FILE));
    gain_error(&host, 0, 64); /* the host knows what it asks for */
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(DEFAULT_FILE));
    CU_ASSERT_FALSE(host_was_sent(&host, LV2_STATE__StateChanged));
    host_close(&host);
}

static void only_the_rise_counts(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_PREVIOUS] = 1; /* left high by a session */
    for (int i = 0; i < 3; i++)
        gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.job_count, 0);
    host.controls[PORT_PREVIOUS] = 0;
    gain_error(&host, 0, 64);
    host.controls[PORT_PREVIOUS] = 0.7f;
    for (int i = 0; i < 3; i++)
        gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.job_count, 1);
    CU_ASSERT_TRUE(arrives_at(&host, OTHER_GAIN));
    host_close(&host);
}

static void presses_add_up_while_the_worker_is_busy(void)
{
    struct fake_host host = {.worker = WORKER_QUEUE_FULL};
    open_host(&host);
    press(&host, PORT_PREVIOUS);
    press(&host, PORT_PREVIOUS);
    press(&host, PORT_PREVIOUS);
    press(&host, PORT_NEXT);
    host.worker = WORKER_LATER;
    gain_error(&host, 0, 64);
    CU_ASSERT_TRUE(arrives_at(&host, KNOBS_GAIN));
    press(&host, PORT_NEXT); /* to `other`, not yet done */
    press(&host, PORT_NEXT);
    CU_ASSERT_TRUE(arrives_at(&host, DEFAULT_GAIN));
    host_close(&host);
}

static void without_worker_the_user_is_told(void)
{
    struct fake_host host = {.worker = WORKER_NONE};
    open_host(&host);
    host.controls[PORT_NEXT] = 1;
    gain_error(&host, 0, 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_was_put(&host, STATUS_PROPERTY));
    CU_ASSERT_PTR_NOT_NULL(strstr(host_was_put(&host, STATUS_PROPERTY), "worker"));
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 1024) < EXACT);
    host_close(&host);
}

static void lost_folder_is_no_end(void)
{
    const struct host_state lost = {MODEL_PROPERTY,          LV2_ATOM__Path, "/nowhere/x.nam",
                                    sizeof "/nowhere/x.nam", true,           NULL};
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    open_host(&host);
    host_restore(&host, &lost);
    gain_error(&host, 0, FADE_FRAMES);
    const unsigned lines = host.log_lines;
    host.controls[PORT_NEXT] = 1;
    gain_error(&host, 0, 64);
    CU_ASSERT_EQUAL(host.log_lines, lines + 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, "/nowhere/x.nam: No such file"));
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(DEFAULT_FILE));
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 1024) < EXACT);
    host_close(&host);
}

/* Under load: real models, a worker in a thread of its own, all kinds of requests */

enum { BLOCK = 480, SECONDS = 60, BLOCKS = SECONDS * 100, SWITCHES = 1000 };

static const char *const MODELS[] = {
    TEST_DATA "/../presets/overdrive.safetensors",
    TEST_DATA "/../presets/tubeamp.safetensors",
    TEST_DATA "/../presets/compressor.safetensors",
    TEST_DATA "/../presets/missing.safetensors",
};
static const char *const RESPONSES[] = {CAB_FILE, OTHER_CAB_FILE, "", BROKEN_FILE};

static struct fake_host host;
static uint32_t batch[HOST_JOBS];
static unsigned batch_count;
static atomic_bool busy, over;

static void *worker_thread(void *data)
{
    (void)data;
    while (!atomic_load(&over)) {
        if (!atomic_load(&busy)) {
            sched_yield();
            continue;
        }
        for (unsigned i = 0; i < batch_count; i++)
            host_do_job(&host, batch[i]);
        atomic_store(&busy, false);
    }
    return NULL;
}

/** Gives the worker what waits, if it has nothing to do; or first lets it finish, since audio runs
 *  here faster than in life. */
static void pass_jobs(bool wait)
{
    while (wait && atomic_load(&busy))
        sched_yield();
    if (host.job_count == 0 || atomic_load(&busy))
        return;
    memcpy(batch, host.jobs, sizeof batch);
    batch_count = host.job_count;
    host.job_count = 0;
    atomic_store(&busy, true);
}

/** What was heard: the greatest second difference, and the softest and loudest block. */
struct heard {
    float roughness, softest, loudest;
};

/** Runs a block of a low sine, whose period it lasts twice. */
static void run_block(struct heard *heard)
{
    static struct clicks clicks;
    float in[BLOCK], out[BLOCK];
    for (int i = 0; i < BLOCK; i++)
        in[i] = 0.1f * sinf(2 * 6.2831853f * (float)i / BLOCK);
    host_run_mono(&host, in, out, BLOCK);
    clicks.worst = 0;
    clicks_hear(&clicks, out, BLOCK);
    heard->roughness = fmaxf(heard->roughness, clicks.worst);
    heard->loudest = fmaxf(heard->loudest, clicks.peak);
    heard->softest = fminf(heard->softest, clicks.peak);
}

/** What is heard of every model and response, without switching. */
static struct heard hear_each(void)
{
    struct heard heard = {0, 1e9f, 0};
    for (int i = 0; i < 9; i++) {
        host = (struct fake_host){.worker = WORKER_AT_ONCE};
        CU_ASSERT_TRUE_FATAL(host_start(&host));
        host_set_path(&host, NULL, MODEL_PROPERTY, MODELS[i % 3]);
        if (i / 3 < 2)
            host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(RESPONSES[i / 3]));
        for (int block = 0; block < 100; block++)
            run_block(&(struct heard){0, 1e9f, 0});
        for (int block = 0; block < 10; block++)
            run_block(&heard);
        host_close(&host);
    }
    return heard;
}

static void switch_something(uint32_t random)
{
    const unsigned kind = random >> 30, which = random >> 27 & 3;
    if (kind < 2)
        host_set_path(&host, NULL, MODEL_PROPERTY, MODELS[which]);
    else if (kind == 2)
        host_set_path(&host, NULL, RESPONSE_PROPERTY,
                      RESPONSES[which][0] ? plugin_file(RESPONSES[which]) : "");
    else if (which < 2)
        host.controls[which == 0 ? PORT_NEXT : PORT_PREVIOUS] = 1;
    else
        host.controls[PORT_OVERSAMPLING] = which == 2 ? 1 : 4;
}

static void thousand_switches_in_a_minute(void)
{
    const struct heard each = hear_each();
    struct heard heard = {0, 1e9f, 0};
    uint32_t random = 11;
    pthread_t thread;
    host = (struct fake_host){.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, MODEL_PROPERTY, MODELS[0]);
    run_block(&(struct heard){0, 1e9f, 0});
    host_work(&host);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, worker_thread, NULL), 0);
    for (int block = 0; block < BLOCKS; block++) {
        random = random * 1664525u + 1013904223u;
        if (block > 100 && block % (BLOCKS / SWITCHES) == 0)
            switch_something(random);
        run_block(block > 100 ? &heard : &(struct heard){0, 1e9f, 0});
        host.controls[PORT_NEXT] = host.controls[PORT_PREVIOUS] = 0;
        pass_jobs(random >> 20 & 1);
    }
    atomic_store(&over, true);
    pthread_join(thread, NULL);
    CU_ASSERT(host.log_lines > 30);
    CU_ASSERT(heard.roughness < 2 * each.roughness);
    CU_ASSERT(heard.softest > 0.5f * each.softest);
    CU_ASSERT(heard.loudest < 2 * each.loudest);
    printf(
        "\n    second difference %g, of each alone %g; peaks %g ... %g, of each alone %g ... %g\n",
        (double)heard.roughness, (double)each.roughness, (double)heard.softest,
        (double)heard.loudest, (double)each.softest, (double)each.loudest);
    host_close(&host);
}

static const struct test tests[] = {
    {"next goes round, past broken files", next_goes_round_past_broken_files},
    {"previous goes back", previous_goes_back},
    {"the host is told and keeps what plays", host_is_told_and_keeps_what_plays},
    {"only the rise counts", only_the_rise_counts},
    {"presses add up while the worker is busy", presses_add_up_while_the_worker_is_busy},
    {"without worker the user is told", without_worker_the_user_is_told},
    {"a lost folder is no end", lost_folder_is_no_end},
    {"another choice keeps the step", another_choice_keeps_the_step},
    {"a thousand switches in a minute", thousand_switches_in_a_minute},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: switching", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
