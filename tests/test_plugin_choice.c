/* SPDX-License-Identifier: ISC */
/* The choice of a size and of a multiple: followed without clicks, in turn with other requests, and
 * remembered by sessions. */
#include "clicks.h"
#include "plugin_files.h"
#include "suite.h"
#include "voice_choice.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#define QUALITY_KEY XLSTM_URI "#quality"
#define OVERSAMPLING_KEY XLSTM_URI "#oversampling"

enum { FRAMES = 9600 };

static const double TURN = 6.283185307179586;
static const float MULTIPLES[] = {1, 2, 4};

static void changes_of_mind_give_no_click(void)
{
    enum { BLOCK = 480, BLOCKS = 3000 };
    struct fake_host host = {.rate = 48000};
    uint32_t random = 7;
    struct clicks clicks = {.skip = 2}; /* the sine sets out from silence */
    float loudest = 0, least = 1;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    for (int block = 0; block < BLOCKS; block++) {
        float in[BLOCK], out[BLOCK];
        for (int i = 0; i < BLOCK; i++) /* 100 Hz, blocks begin at its crest */
            in[i] = 0.5f * cosf((float)TURN * (float)i / BLOCK);
        random = random * 1664525u + 1013904223u;
        if (random >> 30 == 0)
            host.controls[PORT_OVERSAMPLING] = MULTIPLES[(random >> 20) % 3];
        host_run_mono(&host, in, out, BLOCK);
        if (random >> 24 & 1)
            host_work(&host);
        clicks_hear(&clicks, out, BLOCK);
        loudest = fmaxf(loudest, clicks.peak);
        least = fminf(least, block > 0 ? clicks.peak : 1);
    }
    CU_ASSERT(clicks.worst < 1e-4f); /* the sine itself has 4e-5 */
    CU_ASSERT(loudest < 0.251f);
    CU_ASSERT(least > 0.245f); /* a sine and the same 0.5 ms later */
    host_close(&host);
}

static float latency_after(struct fake_host *host, float multiple)
{
    static float in[FRAMES], out[FRAMES];
    host->controls[PORT_OVERSAMPLING] = multiple;
    for (unsigned block = 0; block < 3; block++) {
        host_run_mono(host, in, out, FRAMES);
        if (host->worker == WORKER_LATER)
            host_work(host);
    }
    return host->controls[PORT_LATENCY];
}

static void quality_chooses_among_sizes(void)
{
    static const float gains[] = {
        [QUALITY_SMALL] = -0.25f, [QUALITY_MEDIUM] = 0.5f, [QUALITY_LARGE] = 0.5f};
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(plugin_packed_add());
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(PACKED_FILE));
    gain_error(&host, 0, 2 * FADE_FRAMES);
    for (int quality = QUALITY_LARGE; quality >= QUALITY_SMALL; quality--) {
        host.controls[PORT_QUALITY] = (float)quality;
        gain_error(&host, 0, 2 * FADE_FRAMES);
        gain_error(&host, 0, 2 * FADE_FRAMES);
        CU_ASSERT(gain_error(&host, gains[quality], FADE_FRAMES) < 1e-6f);
    }
    host_get(&host, NULL);
    gain_error(&host, 0, FADE_FRAMES);
    const char *sizes = host_was_put(&host, XLSTM_URI "#sizes");
    CU_ASSERT_PTR_NOT_NULL_FATAL(sizes);
    CU_ASSERT_STRING_EQUAL(sizes, "2 x linear 1\n2 x linear 1");
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE)); /* has one size */
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_was_put(&host, XLSTM_URI "#sizes"));
    CU_ASSERT_STRING_EQUAL(host_was_put(&host, XLSTM_URI "#sizes"), "");
    host_close(&host);
    unlink(plugin_file(PACKED_FILE));
}

static void a_file_that_is_gone_is_asked_for_once(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    unlink(plugin_file(DEFAULT_FILE));
    CU_ASSERT_EQUAL(latency_after(&host, 2), 0.0f);
    CU_ASSERT_EQUAL(latency_after(&host, 2), 0.0f);
    CU_ASSERT_EQUAL(host.log_lines, 1);
    CU_ASSERT_TRUE_FATAL(plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, 48000));
    CU_ASSERT(latency_after(&host, 4) > 0.0f);
    CU_ASSERT_EQUAL(latency_after(&host, 1), 0.0f);
    host_close(&host);
}

static void a_full_queue_only_delays(void)
{
    struct fake_host host = {.rate = 48000, .worker = WORKER_QUEUE_FULL};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    CU_ASSERT_EQUAL(latency_after(&host, 2), 0.0f);
    host.worker = WORKER_LATER;
    CU_ASSERT(latency_after(&host, 2) > 0.0f);
    host_close(&host);
}

static void without_a_worker_activation_brings_it(void)
{
    struct fake_host host = {.rate = 48000, .worker = WORKER_NONE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    CU_ASSERT_EQUAL(latency_after(&host, 2), 0.0f);
    host_activate(&host);
    CU_ASSERT(latency_after(&host, 2) > 0.0f);
    host_close(&host);
}

static void a_restored_model_follows_the_choice(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    const float late = latency_after(&host, 4);
    CU_ASSERT_EQUAL(host_save(&host), LV2_STATE_SUCCESS);
    CU_ASSERT_EQUAL(host_restore(&host, &host.state), LV2_STATE_SUCCESS);
    CU_ASSERT_EQUAL(latency_after(&host, 4), late);
    host_close(&host);
}

/** Opens an instance on a session, with the ports where they were before or after that. */
static void reopen(struct fake_host *host, const struct fake_host *session, bool ports_first)
{
    host->rate = session->rate;
    CU_ASSERT_TRUE_FATAL(host_open(host, XLSTM_MONO_URI, plugin_file("")));
    if (ports_first)
        memcpy(host->controls, session->controls, sizeof host->controls);
    CU_ASSERT_EQUAL(host_restore(host, &session->state), LV2_STATE_SUCCESS);
    memcpy(host->controls, session->controls, sizeof host->controls);
    host->controls[PORT_LATENCY] = 0;
}

/** From its first frame a session has the latency that it was saved with, and nothing is loaded. */
static void check_beginning(struct fake_host *host, float latency)
{
    gain_error(host, 0, 64);
    CU_ASSERT_EQUAL(host->controls[PORT_LATENCY], latency);
    CU_ASSERT_EQUAL(host->job_count, 0);
}

static void a_session_begins_as_it_was_saved(void)
{
    struct fake_host session = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&session));
    const float late = latency_after(&session, 4);
    CU_ASSERT(late > 0);
    CU_ASSERT_EQUAL(host_save(&session), LV2_STATE_SUCCESS);
    for (int way = 0; way < 8; way++) {
        struct fake_host again = {.worker = way & 1 ? WORKER_NONE : WORKER_LATER};
        reopen(&again, &session, way & 2);
        if (way & 4)
            host_restore(&again, &session.state);
        host_activate(&again);
        check_beginning(&again, late);
        CU_ASSERT_EQUAL(host_save(&again), LV2_STATE_SUCCESS);
        CU_ASSERT_EQUAL(host_saved(&again, OVERSAMPLING_KEY)->value[0], 4);
        host_close(&again);
    }
    host_close(&session);
}

static void a_session_begins_with_its_size(void)
{
    struct fake_host session = {.worker = WORKER_AT_ONCE}, again = {.rate = 0};
    CU_ASSERT_TRUE_FATAL(host_start(&session));
    CU_ASSERT_TRUE_FATAL(plugin_packed_add());
    session.controls[PORT_QUALITY] = QUALITY_SMALL;
    host_set_path(&session, NULL, MODEL_PROPERTY, plugin_file(PACKED_FILE));
    gain_error(&session, 0, 2 * FADE_FRAMES);
    CU_ASSERT(gain_error(&session, OTHER_GAIN, 64) < 1e-6f);
    CU_ASSERT_EQUAL(host_save(&session), LV2_STATE_SUCCESS);
    reopen(&again, &session, false);
    host_activate(&again);
    CU_ASSERT(gain_error(&again, OTHER_GAIN, 64) < 1e-6f);
    host_close(&session);
    host_close(&again);
    unlink(plugin_file(PACKED_FILE));
}

/** The model of the bundle plays then, but no otherwise than the user chose. */
static void a_session_whose_model_is_lost_begins_with_its_choice(void)
{
    struct fake_host session = {.rate = 48000}, again = {.worker = WORKER_LATER};
    CU_ASSERT_TRUE_FATAL(host_start(&session));
    const float late = latency_after(&session, 2);
    host_save(&session);
    strcpy(session.state.value, "/nowhere/" NO_FILE);
    session.state.size = strlen(session.state.value) + 1;
    reopen(&again, &session, false);
    host_activate(&again);
    check_beginning(&again, late);
    host_close(&session);
    host_close(&again);
}

/** The choice of an instance at 2x and large after a state of one number under both keys. */
static uint32_t choice_after(const char *type, const void *number, size_t size)
{
    struct host_state quality = {QUALITY_KEY, "", "", size, true, NULL}, oversampling;
    struct fake_host host = {.rate = 48000};
    struct voice_choice choice;
    snprintf(quality.type, sizeof quality.type, "%s", type);
    memcpy(quality.value, number, size);
    oversampling = quality;
    strcpy(oversampling.key, OVERSAMPLING_KEY);
    quality.also = &oversampling;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    latency_after(&host, 2);
    CU_ASSERT_EQUAL(host_restore(&host, &quality), LV2_STATE_SUCCESS);
    CU_ASSERT_EQUAL(host_save(&host), LV2_STATE_SUCCESS);
    choice.quality = (uint16_t)host_saved(&host, QUALITY_KEY)->value[0];
    choice.oversampling = (uint16_t)host_saved(&host, OVERSAMPLING_KEY)->value[0];
    host_close(&host);
    return voice_choice_pack(choice);
}

static void numbers_are_read_with_care(void)
{
    const int32_t one = 1, huge = INT32_MAX, low = INT32_MIN;
    const int64_t wide = 1;
    const float real = 1;
    const uint32_t before = voice_choice_pack((struct voice_choice){QUALITY_LARGE, 2});
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Int, &one, sizeof one),
                    voice_choice_pack((struct voice_choice){QUALITY_MEDIUM, 1}));
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Int, &huge, sizeof huge),
                    voice_choice_pack((struct voice_choice){QUALITY_LARGE, 4}));
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Int, &low, sizeof low),
                    voice_choice_pack((struct voice_choice){QUALITY_SMALL, 1}));
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Int, &wide, sizeof wide), before);
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Int, &one, 0), before);
    CU_ASSERT_EQUAL(choice_after(LV2_ATOM__Float, &real, sizeof real), before);
}

/** Sessions of older versions know of no choice: what the ports say goes on. */
static void an_older_session_keeps_the_choice(void)
{
    const struct host_state old = {MODEL_PROPERTY,
                                   LV2_ATOM__Path,
                                   "/nowhere/" DEFAULT_FILE,
                                   sizeof "/nowhere/" DEFAULT_FILE,
                                   true,
                                   NULL};
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    const float late = latency_after(&host, 4);
    host_restore(&host, &old);
    for (int run = 0; run < 100; run++) {
        gain_error(&host, 0, 64);
        CU_ASSERT_EQUAL(host.controls[PORT_LATENCY], late);
    }
    host_close(&host);
}

/** Runs with other choices without pause and a worker that is quick. */
static void automate(struct fake_host *host, int runs)
{
    for (int run = 0; run < runs; run++) {
        host->controls[PORT_OVERSAMPLING] = MULTIPLES[run % 3];
        host->controls[PORT_QUALITY] = (float)(run % 2);
        gain_error(host, 0, FADE_FRAMES);
        host_work(host);
    }
}

static void check_arrival_of_files(bool model_is_gone)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    if (model_is_gone)
        unlink(plugin_file(DEFAULT_FILE));
    automate(&host, 10);
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    automate(&host, 3);
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE));
    automate(&host, 6);
    host_get(&host, NULL);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), plugin_file(CAB_FILE));
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    host_close(&host);
    CU_ASSERT_TRUE_FATAL(plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, 48000));
}

static void files_arrive_while_the_choice_is_automated(void)
{
    check_arrival_of_files(false);
    check_arrival_of_files(true);
}

/** A next button that never rests, in a folder where nothing can be stepped to. */
static void all_arrives_while_steps_are_automated(void)
{
    const struct host_state lost = {MODEL_PROPERTY,
                                    LV2_ATOM__Path,
                                    "/nowhere/" NO_FILE,
                                    sizeof "/nowhere/" NO_FILE,
                                    true,
                                    NULL};
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_restore(&host, &lost);
    host.controls[PORT_OVERSAMPLING] = 4;
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    for (int run = 0; run < 12; run++) {
        host.controls[PORT_NEXT] = 0;
        gain_error(&host, 0, FADE_FRAMES);
        host.controls[PORT_NEXT] = 1;
        gain_error(&host, 0, 64);
        host_work(&host);
    }
    CU_ASSERT(host.controls[PORT_LATENCY] > 0);
    host_get(&host, RESPONSE_PROPERTY);
    gain_error(&host, 0, 64);
    CU_ASSERT_STRING_EQUAL(host_was_set(&host, RESPONSE_PROPERTY), plugin_file(CAB_FILE));
    host_close(&host);
}

/** A model that comes as it should be is not made twice. */
static void a_model_and_a_choice_at_once_load_once(void)
{
    struct fake_host host = {.rate = 48000};
    unsigned loads = 0;
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    gain_error(&host, 0, 64);
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE));
    host.controls[PORT_OVERSAMPLING] = 4;
    for (int run = 0; run < 30; run++) {
        gain_error(&host, 0, 64);
        loads += host_events(&host) > 0; /* tells of what plays anew */
        host_work(&host);
    }
    CU_ASSERT_EQUAL(loads, 1);
    CU_ASSERT(host.controls[PORT_LATENCY] > 0);
    host_close(&host);
}

/** What the plugin says of its last request. */
static const char *status_of(struct fake_host *host)
{
    host_get(host, STATUS_PROPERTY);
    gain_error(host, 0, 64);
    const char *status = host_was_put(host, STATUS_PROPERTY);
    return status ? status : "nothing";
}

static void another_choice_hides_no_complaint(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(NO_FILE));
    gain_error(&host, 0, 64);
    host_work(&host);
    CU_ASSERT(latency_after(&host, 4) > 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(status_of(&host), NO_FILE));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(DEFAULT_FILE));
    gain_error(&host, 0, 64);
    host_work(&host);
    CU_ASSERT_STRING_EQUAL(status_of(&host), "");
    host_close(&host);
}

/** One of a choice that could not be followed ends when the next one can. */
static void another_choice_ends_its_own_complaint(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    unlink(plugin_file(DEFAULT_FILE));
    latency_after(&host, 2);
    CU_ASSERT_PTR_NOT_NULL(strstr(status_of(&host), DEFAULT_FILE));
    CU_ASSERT_TRUE_FATAL(plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, 48000));
    CU_ASSERT(latency_after(&host, 4) > 0);
    CU_ASSERT_STRING_EQUAL(status_of(&host), "");
    host_close(&host);
}

/** Only what a step did load is news for the host's session. */
static void a_step_in_vain_is_no_news(void)
{
    const struct host_state lost = {MODEL_PROPERTY,
                                    LV2_ATOM__Path,
                                    "/nowhere/" NO_FILE,
                                    sizeof "/nowhere/" NO_FILE,
                                    true,
                                    NULL};
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_restore(&host, &lost);
    gain_error(&host, 0, 64);
    host.controls[PORT_NEXT] = 1;
    gain_error(&host, 0, 64);
    CU_ASSERT_FALSE(host_was_sent(&host, LV2_STATE__StateChanged));
    host.controls[PORT_OVERSAMPLING] = 2;
    gain_error(&host, 0, 64);
    CU_ASSERT(host.controls[PORT_LATENCY] > 0);
    CU_ASSERT_FALSE(host_was_sent(&host, LV2_STATE__StateChanged));
    host_close(&host);
}

static void ports_mean_choices(void)
{
    CU_ASSERT_EQUAL(voice_choice_of(2, 3.9f).oversampling, 2);
    CU_ASSERT_EQUAL(voice_choice_of(2, 4).oversampling, 4);
    CU_ASSERT_EQUAL(voice_choice_of(1.4f, 1.9f).oversampling, 1);
    CU_ASSERT_EQUAL(voice_choice_of(1.4f, 1).quality, QUALITY_MEDIUM);
    const struct voice_choice small = {QUALITY_SMALL, 2}, medium = {QUALITY_MEDIUM, 1},
                              large = {QUALITY_LARGE, 1};
    CU_ASSERT_EQUAL(voice_choice_unpack(voice_choice_pack(small)).quality, QUALITY_SMALL);
    CU_ASSERT_EQUAL(voice_choice_unpack(voice_choice_pack(small)).oversampling, 2);
    CU_ASSERT_EQUAL(voice_choice_size(small, 3), 2);
    CU_ASSERT_EQUAL(voice_choice_size(medium, 3), 1);
    CU_ASSERT_EQUAL(voice_choice_size(medium, 2), 0);
    CU_ASSERT_EQUAL(voice_choice_size(large, 3), 0);
    CU_ASSERT_EQUAL(voice_choice_size(small, 1), 0);
}

static const struct test tests[] = {
    {"changes of mind give no click", changes_of_mind_give_no_click},
    {"quality chooses among sizes", quality_chooses_among_sizes},
    {"a file that is gone is asked for once", a_file_that_is_gone_is_asked_for_once},
    {"a full queue only delays", a_full_queue_only_delays},
    {"without a worker activation brings it", without_a_worker_activation_brings_it},
    {"a restored model follows the choice", a_restored_model_follows_the_choice},
    {"a session begins as it was saved", a_session_begins_as_it_was_saved},
    {"a session begins with its size", a_session_begins_with_its_size},
    {"a session whose model is lost begins with its choice",
     a_session_whose_model_is_lost_begins_with_its_choice},
    {"numbers are read with care", numbers_are_read_with_care},
    {"an older session keeps the choice", an_older_session_keeps_the_choice},
    {"files arrive while the choice is automated", files_arrive_while_the_choice_is_automated},
    {"all arrives while steps are automated", all_arrives_while_steps_are_automated},
    {"a model and a choice at once load once", a_model_and_a_choice_at_once_load_once},
    {"another choice hides no complaint", another_choice_hides_no_complaint},
    {"another choice ends its own complaint", another_choice_ends_its_own_complaint},
    {"a step in vain is no news", a_step_in_vain_is_no_news},
    {"ports mean choices", ports_mean_choices},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: choice", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
