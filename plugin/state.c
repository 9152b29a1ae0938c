/* SPDX-License-Identifier: ISC */
/* Saving and restoring. Both may run beside the audio thread: they touch nothing of its own, and
 * restoring ends with things left for it, so it needs no worker and no pause.
 *
 *     xl:model </a/model> ; xl:response </an/impulse/response> ; xl:quality 2 ; xl:oversampling 4 .
 *
 * Any of them may be missing, as in older sessions. The two numbers repeat what the ports said:
 * hosts restore those when they like, and a session should not have to begin with another voice. */
#include "state.h"

#include "folder.h"
#include "load.h"
#include "plugin.h"

#include <lv2/core/lv2_util.h>
#include <stdlib.h>
#include <string.h>

/** Host's functions for paths; any may be NULL. */
struct path_features {
    LV2_State_Map_Path *map;
    LV2_State_Free_Path *free;
};

static struct path_features path_features(const LV2_Feature *const *features)
{
    if (!features)
        return (struct path_features){NULL, NULL};
    return (struct path_features){lv2_features_data(features, LV2_STATE__mapPath),
                                  lv2_features_data(features, LV2_STATE__freePath)};
}

/** Frees a path that a function of `map` made. */
static void free_path(const struct path_features *features, char *path)
{
    if (features->free)
        features->free->free_path(features->free->handle, path);
    else
        free(path);
}

/** Saves what is kept of a file, if there is anything. */
static LV2_State_Status save_path(struct plugin *plugin, enum property file,
                                  LV2_State_Store_Function store, LV2_State_Handle handle,
                                  const struct path_features *paths)
{
    char *path = copy_kept_path(plugin, file);
    if (!path || path[0] == '\0') {
        free(path);
        return LV2_STATE_SUCCESS;
    }
    char *abstract = paths->map ? paths->map->abstract_path(paths->map->handle, path) : NULL;
    const char *value = abstract ? abstract : path;
    const LV2_State_Status status =
        store(handle, plugin->property_urids[file], value, strlen(value) + 1,
              plugin->uris.atom_Path, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    if (abstract)
        free_path(paths, abstract);
    free(path);
    return status;
}

/** Saves a number of the choice that voices are made with. */
static LV2_State_Status save_number(const struct plugin *plugin, LV2_URID key, int32_t number,
                                    LV2_State_Store_Function store, LV2_State_Handle handle)
{
    return store(handle, key, &number, sizeof number, plugin->uris.atom_Int,
                 LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

static LV2_State_Status save_choice(struct plugin *plugin, LV2_State_Store_Function store,
                                    LV2_State_Handle handle)
{
    const struct voice_choice choice = voice_choice_unpack(atomic_load(&plugin->choice));
    const LV2_State_Status status =
        save_number(plugin, plugin->uris.quality, choice.quality, store, handle);
    return status == LV2_STATE_SUCCESS
               ? save_number(plugin, plugin->uris.oversampling, choice.oversampling, store, handle)
               : status;
}

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store,
                             LV2_State_Handle handle, uint32_t flags,
                             const LV2_Feature *const *features)
{
    (void)flags;
    struct plugin *plugin = instance;
    LV2_State_Status status = LV2_STATE_SUCCESS;
    if (!plugin->named)
        return LV2_STATE_ERR_NO_FEATURE;
    const struct path_features paths = path_features(features);
    for (enum property file = 0; file < PROPERTY_FILES && status == LV2_STATE_SUCCESS; ++file)
        status = save_path(plugin, file, store, handle, &paths);
    return status == LV2_STATE_SUCCESS ? save_choice(plugin, store, handle) : status;
}

/** The path that a state holds, absolute and to be freed with free(); NULL if it holds none or
 *  something else. */
static char *retrieve_path(const struct plugin *plugin, enum property file,
                           LV2_State_Retrieve_Function retrieve, LV2_State_Handle handle,
                           const struct path_features *paths)
{
    size_t size = 0;
    uint32_t type = 0, flags = 0;
    const char *value = retrieve(handle, plugin->property_urids[file], &size, &type, &flags);
    if (!value || type != plugin->uris.atom_Path || strnlen(value, size) == 0)
        return NULL;
    char *path = strndup(value, size);
    if (!path || !paths->map)
        return path;
    char *mapped = paths->map->absolute_path(paths->map->handle, path);
    if (!mapped)
        return path;
    char *absolute = strdup(mapped);
    free_path(paths, mapped);
    free(path);
    return absolute;
}

/** A number of the choice that a state holds; `now` if it holds none or something else. */
static float retrieve_number(const struct plugin *plugin, LV2_URID key, enum port port, float now,
                             LV2_State_Retrieve_Function retrieve, LV2_State_Handle handle)
{
    size_t size = 0;
    uint32_t type = 0, flags = 0;
    int32_t number = 0;
    const void *value = retrieve(handle, key, &size, &type, &flags);
    if (!value || type != plugin->uris.atom_Int || size != sizeof number)
        return now;
    memcpy(&number, value, sizeof number);
    return port_value(port, (float)number);
}

/** From here on voices are made as a session asks for; soon the ports have the say. */
static void restore_choice(struct plugin *plugin, LV2_State_Retrieve_Function retrieve,
                           LV2_State_Handle handle)
{
    const struct uris *uris = &plugin->uris;
    const struct voice_choice now = voice_choice_unpack(atomic_load(&plugin->choice));
    const float quality =
        retrieve_number(plugin, uris->quality, PORT_QUALITY, now.quality, retrieve, handle);
    const float oversampling = retrieve_number(plugin, uris->oversampling, PORT_OVERSAMPLING,
                                               now.oversampling, retrieve, handle);
    atomic_store(&plugin->choice, voice_choice_pack(voice_choice_of(quality, oversampling)));
}

/** Loads the model that a session asks for. A file that is gone may still be one of our own
 *  presets, if the bundle moved since; else what plays goes on, and the session keeps its path for
 *  better days. */
static void restore_model(struct plugin *plugin, const char *path)
{
    if (!path)
        load_bundled(plugin, DEFAULT_MODEL);
    else if (load_file(plugin, PROPERTY_MODEL, path, ORIGIN_HOST) ||
             !load_bundled(plugin, path_name(path)))
        keep_path(plugin, PROPERTY_MODEL, path);
}

/** Loads the response that a session asks for; older ones know of none. */
static void restore_response(struct plugin *plugin, const char *path)
{
    const char *wanted = path ? path : "";
    load_file(plugin, PROPERTY_RESPONSE, wanted, ORIGIN_HOST);
    keep_path(plugin, PROPERTY_RESPONSE, wanted);
}

static LV2_State_Status restore(LV2_Handle instance, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle handle, uint32_t flags,
                                const LV2_Feature *const *features)
{
    (void)flags;
    struct plugin *plugin = instance;
    if (!plugin->named)
        return LV2_STATE_ERR_NO_FEATURE;
    const struct path_features paths = path_features(features);
    char *model = retrieve_path(plugin, PROPERTY_MODEL, retrieve, handle, &paths);
    char *response = retrieve_path(plugin, PROPERTY_RESPONSE, retrieve, handle, &paths);
    free_spent(plugin);
    restore_choice(plugin, retrieve, handle);
    restore_model(plugin, model);
    restore_response(plugin, response);
    free(model);
    free(response);
    return LV2_STATE_SUCCESS;
}

const LV2_State_Interface state_interface = {save, restore};
