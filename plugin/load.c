/* SPDX-License-Identifier: ISC */
/* The worker: turns paths into voices and cabinets, and frees them. */
#include "load.h"

#include "folder.h"
#include "own_stack.h"
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

void free_spent(struct plugin *plugin)
{
    atomic_store(&plugin->freeing, false);
    handover_free_spent(&plugin->voices);
    handover_free_spent(&plugin->cabinets);
}

/** What is to be made of a file, and what was. */
struct making {
    struct plugin *plugin;
    enum property file;
    const char *path;
    struct parcel *made; ///< NULL: out of memory
};

/** A voice is made as the user's choice is now. */
static void make_parcel(void *data)
{
    struct making *making = data;
    const struct plugin *plugin = making->plugin;
    const struct voice_choice choice = voice_choice_unpack(atomic_load(&plugin->choice));
    making->made = making->file == PROPERTY_MODEL
                       ? (struct parcel *)voice_new(making->path, choice, plugin->rate,
                                                    plugin->channels, MIXER_CHUNK)
                       : (struct parcel *)cabinet_new(making->path, plugin->rate, plugin->channels);
}

/** Makes what a file is for, useful or not. NULL: out of memory, which the log says. */
static struct parcel *make(struct plugin *plugin, enum property file, const char *path,
                           enum origin origin)
{
    struct making making = {plugin, file, path, NULL};
    run_on_own_stack(make_parcel, &making);
    if (making.made)
        making.made->origin = origin;
    else
        lv2_log_error(&plugin->logger, "xlstm: %s: out of memory\n", path);
    return making.made;
}

/** Leaves what was made for the audio thread, or in the log why it is of no use. Returns whether
 *  it is of use. */
static bool deliver(struct plugin *plugin, enum property file, struct parcel *parcel)
{
    const bool useful = parcel_is_useful(parcel);
    if (!useful)
        lv2_log_error(&plugin->logger, "xlstm: %s\n", parcel->refusal.text);
    handover_deliver(file == PROPERTY_MODEL ? &plugin->voices : &plugin->cabinets, parcel);
    return useful;
}

/** Does so with a voice, and notes its file in the same moment, for load_again(). */
static bool deliver_model(struct plugin *plugin, struct parcel *voice, const char *path)
{
    pthread_mutex_lock(&plugin->lock);
    const bool useful = deliver(plugin, PROPERTY_MODEL, voice);
    char *old = useful ? plugin->loaded_path : NULL;
    if (useful)
        plugin->loaded_path = strdup(path);
    pthread_mutex_unlock(&plugin->lock);
    free(old);
    return useful;
}

bool load_file(struct plugin *plugin, enum property file, const char *path, enum origin origin)
{
    struct parcel *parcel = make(plugin, file, path, origin);
    if (!parcel)
        return false;
    return file == PROPERTY_MODEL ? deliver_model(plugin, parcel, path)
                                  : deliver(plugin, file, parcel);
}

static bool load_and_keep(struct plugin *plugin, enum property file, const char *path,
                          enum origin origin)
{
    const bool loaded = load_file(plugin, file, path, origin);
    if (loaded)
        keep_path(plugin, file, path);
    return loaded;
}

/** A copy of what was loaded last, to be freed; NULL: nothing, or out of memory. */
static char *copy_loaded_path(struct plugin *plugin)
{
    pthread_mutex_lock(&plugin->lock);
    char *copy = plugin->loaded_path ? strdup(plugin->loaded_path) : NULL;
    pthread_mutex_unlock(&plugin->lock);
    return copy;
}

/** Leaves a voice made once more, unless another file was loaded meanwhile. */
static bool deliver_again(struct plugin *plugin, struct parcel *voice, const char *path)
{
    pthread_mutex_lock(&plugin->lock);
    const bool newest = plugin->loaded_path && strcmp(plugin->loaded_path, path) == 0;
    const bool useful = newest && deliver(plugin, PROPERTY_MODEL, voice);
    pthread_mutex_unlock(&plugin->lock);
    if (!newest)
        voices_free(voice);
    return useful;
}

bool load_again(struct plugin *plugin)
{
    char *path = copy_loaded_path(plugin);
    struct parcel *voice = path ? make(plugin, PROPERTY_MODEL, path, ORIGIN_CHOICE) : NULL;
    const bool useful = voice && deliver_again(plugin, voice, path);
    free(path);
    return useful;
}

bool load_bundled(struct plugin *plugin, const char *name)
{
    char *path = path_join(plugin->bundle, name);
    const bool loaded = path && load_and_keep(plugin, PROPERTY_MODEL, path, ORIGIN_HOST);
    free(path);
    return loaded;
}

void keep_path(struct plugin *plugin, enum property file, const char *path)
{
    char *copy = strdup(path);
    if (!copy)
        return;
    pthread_mutex_lock(&plugin->lock);
    char *old = plugin->kept_paths[file];
    plugin->kept_paths[file] = copy;
    pthread_mutex_unlock(&plugin->lock);
    free(old);
}

char *copy_kept_path(struct plugin *plugin, enum property file)
{
    pthread_mutex_lock(&plugin->lock);
    const char *kept = plugin->kept_paths[file];
    char *copy = kept ? strdup(kept) : NULL;
    pthread_mutex_unlock(&plugin->lock);
    return copy;
}

/** Loads the model of a folder that is `steps` further than the one of that name. Those that can't
 *  be used are passed over: else nobody could step past them. */
static void load_neighbour(struct plugin *plugin, const struct folder *folder, const char *name,
                           int steps)
{
    const char *wanted = name;
    for (size_t tries = 0; tries < folder->count; ++tries) {
        wanted = folder_neighbour(folder, wanted, steps);
        if (!wanted || strcmp(wanted, name) == 0)
            return;
        char *path = path_join(folder->path, wanted);
        const bool done = !path || load_and_keep(plugin, PROPERTY_MODEL, path, ORIGIN_STEP);
        free(path);
        if (done)
            return;
        steps = steps > 0 ? 1 : -1;
    }
}

/** Goes on or back in the folder of the present model. */
static void step(struct plugin *plugin, int steps)
{
    char *path = copy_kept_path(plugin, PROPERTY_MODEL);
    char *folder_path = path ? path_folder(path) : NULL;
    struct folder folder;
    if (folder_path && folder_read(&folder, folder_path, model_endings)) {
        if (folder.count > 0)
            load_neighbour(plugin, &folder, path_name(path), steps);
        else
            load_file(plugin, PROPERTY_MODEL, path, ORIGIN_STEP); /* which says what is wrong */
        folder_clear(&folder);
    }
    free(folder_path);
    free(path);
}

/** What the audio thread asked for. The request is ours until `loading` ends. */
static void do_errand(struct plugin *plugin, enum errand errand)
{
    if (errand == ERRAND_FREE)
        return;
    if (errand == ERRAND_CHOICE)
        load_again(plugin);
    else if (errand == ERRAND_STEP)
        step(plugin, plugin->request.steps);
    else
        load_and_keep(plugin, errand == ERRAND_MODEL ? PROPERTY_MODEL : PROPERTY_RESPONSE,
                      plugin->request.path, ORIGIN_HOST);
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
    do_errand(plugin, errand);
    free_spent(plugin);
    return LV2_WORKER_SUCCESS;
}

/** The interface wants one, but all is handed over by other ways, which cannot be full. */
static LV2_Worker_Status no_response(LV2_Handle instance, uint32_t size, const void *body)
{
    (void)instance;
    (void)size;
    (void)body;
    return LV2_WORKER_SUCCESS;
}

const LV2_Worker_Interface worker_interface = {.work = work, .work_response = no_response};
