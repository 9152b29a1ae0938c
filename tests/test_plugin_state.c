/* SPDX-License-Identifier: ISC */
/* Sessions: saving and restoring in all the ways that hosts have. */
#include "plugin_files.h"
#include "suite.h"

#include <lv2/atom/atom.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const float EXACT = 1e-7f;

/** A state that holds a path. */
static struct host_state state_of(const char *path)
{
    struct host_state state = {MODEL_PROPERTY, LV2_ATOM__Path, "", strlen(path) + 1, true, NULL};
    snprintf(state.value, sizeof state.value, "%s", path);
    return state;
}

/** The same of a response for the cabinet. */
static struct host_state response_state_of(const char *path)
{
    struct host_state state = state_of(path);
    strcpy(state.key, RESPONSE_PROPERTY);
    return state;
}

/** Opens an instance, restores, activates. */
static void reopen(struct fake_host *host, const struct host_state *state)
{
    host->rate = 48000;
    CU_ASSERT_TRUE_FATAL(host_open(host, XLSTM_MONO_URI, plugin_file("")));
    CU_ASSERT_EQUAL(host_restore(host, state), LV2_STATE_SUCCESS);
    host_activate(host);
}

static void choose_other(struct fake_host *host)
{
    host_set_path(host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE));
    gain_error(host, 0, 64);
    host_work(host);
    gain_error(host, 0, FADE_FRAMES);
}

static void model_survives(void)
{
    struct fake_host host = {.rate = 48000}, again = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose_other(&host);
    CU_ASSERT_EQUAL(host_save(&host), LV2_STATE_SUCCESS);
    CU_ASSERT_STRING_EQUAL(host.state.type, LV2_ATOM__Path);
    CU_ASSERT_STRING_EQUAL(host.state.value, plugin_file(OTHER_FILE));
    reopen(&again, &host.state);
    CU_ASSERT(gain_error(&again, OTHER_GAIN, FADE_FRAMES) < EXACT);
    host_close(&host);
    host_close(&again);
}

static void paths_move_with_the_session(void)
{
    char folder[HOST_TEXT_BYTES];
    snprintf(folder, sizeof folder, "%s", plugin_file(""));
    folder[strlen(folder) - 1] = '\0';
    struct fake_host host = {.map_paths = true, .folder = folder};
    struct fake_host again = {.map_paths = true, .folder = folder};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose_other(&host);
    host_save(&host);
    CU_ASSERT_STRING_EQUAL(host.state.value, OTHER_FILE);
    reopen(&again, &host.state);
    CU_ASSERT(gain_error(&again, OTHER_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_EQUAL(host.paths_made, 1);
    CU_ASSERT_EQUAL(host.paths_freed, 1);
    CU_ASSERT_EQUAL(again.paths_made, 1);
    CU_ASSERT_EQUAL(again.paths_freed, 1);
    host_close(&host);
    host_close(&again);
}

/** On another machine the session's files lie elsewhere; what lies here is another model. */
static void another_machine_has_other_folders(void)
{
    char here[HOST_TEXT_BYTES], there[HOST_TEXT_BYTES + sizeof OTHER_FILE];
    snprintf(here, sizeof here, "%s", plugin_file(""));
    here[strlen(here) - 1] = '\0';
    snprintf(there, sizeof there, "%s", plugin_file("there"));
    CU_ASSERT_EQUAL_FATAL(mkdir(there, 0700), 0);
    CU_ASSERT_TRUE_FATAL(plugin_file_add("there/" OTHER_FILE, 0.125f, 48000));
    struct fake_host host = {.map_paths = true, .folder = here};
    struct fake_host again = {.map_paths = true, .folder = there};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose_other(&host);
    host_save(&host);
    reopen(&again, &host.state);
    CU_ASSERT(gain_error(&again, 0.125f, FADE_FRAMES) < EXACT);
    host_save(&again);
    CU_ASSERT_STRING_EQUAL(again.state.value, OTHER_FILE);
    host_close(&host);
    host_close(&again);
    unlink(plugin_file("there/" OTHER_FILE));
    rmdir(there);
}

/** Hosts duplicate a track while it plays: both go on by themselves. */
static void a_duplicate_goes_its_own_way(void)
{
    struct fake_host host = {.rate = 48000}, copy = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose_other(&host);
    host_save(&host);
    reopen(&copy, &host.state);
    CU_ASSERT(gain_error(&copy, OTHER_GAIN, FADE_FRAMES) < EXACT);
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(DEFAULT_FILE));
    gain_error(&host, 0, 64);
    host_work(&host);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT(gain_error(&copy, OTHER_GAIN, FADE_FRAMES) < EXACT);
    host_save(&copy);
    CU_ASSERT_STRING_EQUAL(copy.state.value, plugin_file(OTHER_FILE));
    host_close(&host);
    CU_ASSERT(gain_error(&copy, OTHER_GAIN, FADE_FRAMES) < EXACT);
    host_close(&copy);
}

static void default_is_saved_and_found_in_another_bundle(void)
{
    struct fake_host host = {.rate = 48000}, again = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_save(&host);
    CU_ASSERT_STRING_EQUAL(host.state.value, plugin_file(DEFAULT_FILE));
    const struct host_state moved = state_of("/bundle/of/old/" OTHER_FILE);
    reopen(&again, &moved);
    CU_ASSERT(gain_error(&again, OTHER_GAIN, FADE_FRAMES) < EXACT);
    host_save(&again);
    CU_ASSERT_STRING_EQUAL(again.state.value, plugin_file(OTHER_FILE));
    host_close(&host);
    host_close(&again);
}

/** The last response that the plugin told of. */
static const char *response_of(struct fake_host *host)
{
    host_get(host, RESPONSE_PROPERTY);
    gain_error(host, 0, 64);
    return host_was_set(host, RESPONSE_PROPERTY);
}

static void response_survives(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE}, again = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE));
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_EQUAL(host_save(&host), LV2_STATE_SUCCESS);
    CU_ASSERT_STRING_EQUAL(host.state.value, plugin_file(OTHER_FILE));
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_saved(&host, RESPONSE_PROPERTY));
    CU_ASSERT_STRING_EQUAL(host_saved(&host, RESPONSE_PROPERTY)->type, LV2_ATOM__Path);
    CU_ASSERT_STRING_EQUAL(host_saved(&host, RESPONSE_PROPERTY)->value, plugin_file(CAB_FILE));
    reopen(&again, &host.state);
    CU_ASSERT_STRING_EQUAL(response_of(&again), plugin_file(CAB_FILE));
    CU_ASSERT(gain_error(&again, OTHER_GAIN, FADE_FRAMES) > 0.01f);
    host_close(&host);
    host_close(&again);
}

static void response_moves_with_the_session(void)
{
    char folder[HOST_TEXT_BYTES];
    snprintf(folder, sizeof folder, "%s", plugin_file(""));
    folder[strlen(folder) - 1] = '\0';
    struct fake_host host = {.map_paths = true, .folder = folder, .worker = WORKER_AT_ONCE};
    struct fake_host again = {.map_paths = true, .folder = folder};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    gain_error(&host, 0, FADE_FRAMES);
    host_save(&host);
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_saved(&host, RESPONSE_PROPERTY));
    CU_ASSERT_STRING_EQUAL(host_saved(&host, RESPONSE_PROPERTY)->value, CAB_FILE);
    reopen(&again, &host.state);
    CU_ASSERT_STRING_EQUAL(response_of(&again), plugin_file(CAB_FILE));
    CU_ASSERT_EQUAL(host.paths_made, host.paths_freed);
    CU_ASSERT_EQUAL(again.paths_made, 2);
    CU_ASSERT_EQUAL(again.paths_freed, 2);
    host_close(&host);
    host_close(&again);
}

static void older_sessions_have_no_response(void)
{
    const struct host_state old = state_of(plugin_file(OTHER_FILE));
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, RESPONSE_PROPERTY, plugin_file(CAB_FILE));
    gain_error(&host, 0, FADE_FRAMES);
    host_restore(&host, &old);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT_STRING_EQUAL(response_of(&host), "");
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 4096) < EXACT);
    host_save(&host);
    CU_ASSERT_PTR_NULL(host_saved(&host, RESPONSE_PROPERTY));
    host_close(&host);
}

static void lost_response_keeps_sound_and_path(void)
{
    struct host_state model = state_of(plugin_file(OTHER_FILE));
    const struct host_state lost = response_state_of("/nowhere/" NO_FILE);
    struct fake_host host = {.rate = 48000};
    model.also = &lost;
    reopen(&host, &model);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, "/nowhere/" NO_FILE));
    CU_ASSERT_PTR_NOT_NULL(strstr(host_was_put(&host, STATUS_PROPERTY), NO_FILE));
    host_save(&host);
    CU_ASSERT_PTR_NOT_NULL_FATAL(host_saved(&host, RESPONSE_PROPERTY));
    CU_ASSERT_STRING_EQUAL(host_saved(&host, RESPONSE_PROPERTY)->value, "/nowhere/" NO_FILE);
    host_close(&host);
}

static void response_is_restored_without_worker_and_twice(void)
{
    struct host_state model = state_of(plugin_file(OTHER_FILE));
    const struct host_state response = response_state_of(plugin_file(CAB_FILE));
    model.also = &response;
    struct fake_host host = {.worker = WORKER_NONE, .rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_MONO_URI, plugin_file("")));
    for (int i = 0; i < 2; i++)
        host_restore(&host, &model);
    host_activate(&host);
    CU_ASSERT_STRING_EQUAL(response_of(&host), plugin_file(CAB_FILE));
    for (int i = 0; i < 5; i++) {
        host_restore(&host, &model);
        gain_error(&host, 0, 64);
    }
    gain_error(&host, 0, 2 * FADE_FRAMES);
    CU_ASSERT_STRING_EQUAL(response_of(&host), plugin_file(CAB_FILE));
    host_close(&host);
}

static void missing_key_means_the_default(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    choose_other(&host);
    CU_ASSERT_EQUAL(host_restore(&host, &(struct host_state){.used = false}), LV2_STATE_SUCCESS);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) < EXACT);
    host_close(&host);
}

static void senseless_values_mean_the_default(void)
{
    struct host_state text = state_of(plugin_file(OTHER_FILE)), empty = state_of("");
    strcpy(text.type, LV2_ATOM__String);
    struct fake_host first = {.rate = 48000}, second = {.rate = 48000};
    reopen(&first, &text);
    CU_ASSERT(gain_error(&first, DEFAULT_GAIN, 64) < EXACT);
    reopen(&second, &empty);
    CU_ASSERT(gain_error(&second, DEFAULT_GAIN, 64) < EXACT);
    host_close(&first);
    host_close(&second);
}

static void value_without_final_zero_is_read(void)
{
    struct host_state state = state_of(plugin_file(OTHER_FILE));
    state.size--;
    memset(state.value + state.size, 'x', 8);
    struct fake_host host = {.rate = 48000};
    reopen(&host, &state);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

static void lost_file_keeps_sound_and_path(void)
{
    const struct host_state lost = state_of("/nowhere/" NO_FILE);
    struct fake_host host = {.rate = 48000};
    reopen(&host, &lost);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, FADE_FRAMES) < EXACT);
    CU_ASSERT_PTR_NOT_NULL(strstr(host.log, NO_FILE));
    CU_ASSERT_PTR_NOT_NULL(host_was_put(&host, STATUS_PROPERTY));
    host_save(&host);
    CU_ASSERT_STRING_EQUAL(host.state.value, "/nowhere/" NO_FILE);
    host_close(&host);
}

static void failed_choice_is_not_saved(void)
{
    struct fake_host host = {.worker = WORKER_AT_ONCE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(BROKEN_FILE));
    gain_error(&host, 0, 64);
    host_save(&host);
    CU_ASSERT_STRING_EQUAL(host.state.value, plugin_file(DEFAULT_FILE));
    host_close(&host);
}

static void restores_without_worker(void)
{
    const struct host_state state = state_of(plugin_file(OTHER_FILE));
    struct fake_host host = {.worker = WORKER_NONE};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host_restore(&host, &state);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

static void restores_at_any_time_any_number_of_times(void)
{
    const struct host_state other = state_of(plugin_file(OTHER_FILE));
    const struct host_state lost = state_of("/nowhere/" NO_FILE);
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_open(&host, XLSTM_MONO_URI, plugin_file("")));
    for (int i = 0; i < 3; i++)
        host_restore(&host, &other);
    host_restore(&host, &lost); /* must not take the place of the model that waits */
    host_activate(&host);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    const struct host_state first = state_of(plugin_file(DEFAULT_FILE));
    for (int i = 0; i < 3; i++)
        host_restore(&host, &first);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, DEFAULT_GAIN, 64) < EXACT);
    host.descriptor->deactivate(host.instance);
    host_restore(&host, &other);
    host_activate(&host);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

/** A thread that saves and restores while another runs audio. */
struct session {
    struct fake_host *host;
    struct host_state states[2];
    atomic_bool done;
};

static void *save_and_restore(void *data)
{
    struct session *session = data;
    for (int i = 0; i < 200; i++) {
        host_restore(session->host, &session->states[i % 2]);
        host_save(session->host);
    }
    atomic_store(&session->done, true);
    return NULL;
}

static void restores_beside_the_audio(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    struct session session = {
        &host, {state_of(plugin_file(DEFAULT_FILE)), state_of(plugin_file(OTHER_FILE))}, false};
    const struct host_state response = response_state_of(plugin_file(CAB_FILE));
    session.states[0].also = &response;
    pthread_t thread;
    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, save_and_restore, &session), 0);
    while (!atomic_load(&session.done))
        gain_error(&host, 0, 64);
    pthread_join(thread, NULL);
    gain_error(&host, 0, 2 * FADE_FRAMES);
    gain_error(&host, 0, 2 * FADE_FRAMES);
    CU_ASSERT(gain_error(&host, OTHER_GAIN, 64) < EXACT);
    host_close(&host);
}

static const struct test tests[] = {
    {"the model survives", model_survives},
    {"paths move with the session", paths_move_with_the_session},
    {"another machine has other folders", another_machine_has_other_folders},
    {"a duplicate goes its own way", a_duplicate_goes_its_own_way},
    {"the default is saved and found in another bundle",
     default_is_saved_and_found_in_another_bundle},
    {"the response survives", response_survives},
    {"the response moves with the session", response_moves_with_the_session},
    {"older sessions have no response", older_sessions_have_no_response},
    {"a lost response keeps sound and path", lost_response_keeps_sound_and_path},
    {"a response is restored without worker, and twice",
     response_is_restored_without_worker_and_twice},
    {"a missing key means the default", missing_key_means_the_default},
    {"senseless values mean the default", senseless_values_mean_the_default},
    {"a value without final zero is read", value_without_final_zero_is_read},
    {"a lost file keeps sound and path", lost_file_keeps_sound_and_path},
    {"a failed choice is not saved", failed_choice_is_not_saved},
    {"restores without worker", restores_without_worker},
    {"restores at any time, any number of times", restores_at_any_time_any_number_of_times},
    {"restores beside the audio", restores_beside_the_audio},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("plugin: state", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
