/* SPDX-License-Identifier: ISC */
/* The worker: turns paths into voices, and frees voices. */
#include "load.h"

#include "plugin.h"

#include <stdlib.h>
#include <string.h>

void free_spent(struct plugin *plugin)
{
    atomic_store(&plugin->freeing, false);
    voices_free(atomic_exchange(&plugin->spent, NULL));
}

/** Leaves a voice for the audio thread. One that it did not come to take yet is freed, but a
 *  refusal never takes the place of a voice that can play. Returns whether it can. */
static bool deliver(struct plugin *plugin, struct voice *voice)
{
    const bool playable = voice->model != NULL;
    if (!playable)
        lv2_log_error(&plugin->logger, "xlstm: %s\n", voice->refusal.text);
    voices_free(atomic_exchange(playable ? &plugin->arrived : &plugin->refused, voice));
    return playable;
}

/** Makes a voice as the user's choice is now, or says in the log that memory is out. */
static struct voice *make_voice(struct plugin *plugin, const char *path)
{
    const struct voice_choice choice = voice_choice_unpack(atomic_load(&plugin->choice));
    struct voice *voice = voice_new(path, choice, plugin->rate, plugin->channels, MIXER_CHUNK);
    if (!voice)
        lv2_log_error(&plugin->logger, "xlstm: %s: out of memory\n", path);
    return voice;
}

bool load_file(struct plugin *plugin, const char *path)
{
    struct voice *voice = make_voice(plugin, path);
    if (!voice)
        return false;
    pthread_mutex_lock(&plugin->lock);
    const bool playable = deliver(plugin, voice);
    char *old = playable ? plugin->loaded_path : NULL;
    if (playable)
        plugin->loaded_path = strdup(path);
    pthread_mutex_unlock(&plugin->lock);
    free(old);
    return playable;
}

/** A copy of what was loaded last, to be freed; NULL: nothing, or out of memory. */
static char *copy_loaded_path(struct plugin *plugin)
{
    pthread_mutex_lock(&plugin->lock);
    char *copy = plugin->loaded_path ? strdup(plugin->loaded_path) : NULL;
    pthread_mutex_unlock(&plugin->lock);
    return copy;
}

bool load_again(struct plugin *plugin)
{
    char *path = copy_loaded_path(plugin);
    struct voice *voice = path ? make_voice(plugin, path) : NULL;
    bool playable = false;
    if (voice) {
        pthread_mutex_lock(&plugin->lock);
        if (plugin->loaded_path && strcmp(plugin->loaded_path, path) == 0)
            playable = deliver(plugin, voice);
        else
            voices_free(voice);
        pthread_mutex_unlock(&plugin->lock);
    }
    free(path);
    return playable;
}

bool load_bundled(struct plugin *plugin, const char *name)
{
    const size_t folder_length = strlen(plugin->bundle), name_bytes = strlen(name) + 1;
    char *path = malloc(folder_length + name_bytes);
    if (!path)
        return false;
    memcpy(path, plugin->bundle, folder_length);
    memcpy(path + folder_length, name, name_bytes);
    const bool loaded = load_file(plugin, path);
    if (loaded)
        keep_path(plugin, path);
    free(path);
    return loaded;
}

void keep_path(struct plugin *plugin, const char *path)
{
    const size_t bytes = strlen(path) + 1;
    char *copy = malloc(bytes);
    if (!copy)
        return;
    memcpy(copy, path, bytes);
    pthread_mutex_lock(&plugin->lock);
    char *old = plugin->kept_path;
    plugin->kept_path = copy;
    pthread_mutex_unlock(&plugin->lock);
    free(old);
}

/** What the audio thread asked for. The request is ours until `loading` ends. */
static void load_request(struct plugin *plugin, enum errand errand)
{
    if (errand == ERRAND_CHOICE)
        load_again(plugin);
    else if (load_file(plugin, plugin->request))
        keep_path(plugin, plugin->request);
    atomic_store(&plugin->loading, false);
}

static LV2_Worker_Status work(LV2_Handle instance, LV2_Worker_Respond_Function respond,
                              LV2_Worker_Respond_Handle respond_handle, uint32_t size,
                              const void *data)
{
    (void)respond;
    (void)respond_handle;
    struct plugin *plugin = instance;
    uint32_t errand = 0;
    if (size != sizeof errand)
        return LV2_WORKER_ERR_UNKNOWN;
    memcpy(&errand, data, sizeof errand);
    if (errand != ERRAND_FREE)
        load_request(plugin, errand);
    free_spent(plugin);
    return LV2_WORKER_SUCCESS;
}

/** The interface wants one, but voices arrive by `arrived`, which cannot be full. */
static LV2_Worker_Status no_response(LV2_Handle instance, uint32_t size, const void *body)
{
    (void)instance;
    (void)size;
    (void)body;
    return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface worker_interface = {.work = work, .work_response = no_response};
