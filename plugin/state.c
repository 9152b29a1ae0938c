/* SPDX-License-Identifier: ISC */
/* Saving and restoring. Both may run beside the audio thread: they touch nothing of its own, and
 * restoring ends with a voice left for it, so it needs no worker and no pause. */
#include "state.h"

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

/** A copy of what is to be kept, to be freed; NULL: nothing, or out of memory. */
static char *copy_kept_path(struct plugin *plugin)
{
    pthread_mutex_lock(&plugin->lock);
    char *copy = plugin->kept_path ? strdup(plugin->kept_path) : NULL;
    pthread_mutex_unlock(&plugin->lock);
    return copy;
}

static LV2_State_Status store_path(const struct plugin *plugin, LV2_State_Store_Function store,
                                   LV2_State_Handle handle, const char *path)
{
    return store(handle, plugin->property_urids[PROPERTY_MODEL], path, strlen(path) + 1,
                 plugin->uris.atom_Path, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
}

static LV2_State_Status save(LV2_Handle instance, LV2_State_Store_Function store,
                             LV2_State_Handle handle, uint32_t flags,
                             const LV2_Feature *const *features)
{
    (void)flags;
    struct plugin *plugin = instance;
    if (!plugin->named)
        return LV2_STATE_ERR_NO_FEATURE;
    const struct path_features paths = path_features(features);
    char *path = copy_kept_path(plugin);
    if (!path)
        return LV2_STATE_SUCCESS;
    char *abstract = paths.map ? paths.map->abstract_path(paths.map->handle, path) : NULL;
    const LV2_State_Status status = store_path(plugin, store, handle, abstract ? abstract : path);
    if (abstract)
        free_path(&paths, abstract);
    free(path);
    return status;
}

/** The path that a state holds, to be freed; NULL if it holds none or something else. */
static char *retrieve_path(struct plugin *plugin, LV2_State_Retrieve_Function retrieve,
                           LV2_State_Handle handle)
{
    size_t size = 0;
    uint32_t type = 0, flags = 0;
    const char *value =
        retrieve(handle, plugin->property_urids[PROPERTY_MODEL], &size, &type, &flags);
    if (!value || type != plugin->uris.atom_Path || strnlen(value, size) == 0)
        return NULL;
    return strndup(value, size);
}

/** The name of a file without its folders. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/** Loads what a session asks for. A file that is gone may still be one of our own presets, if the
 *  bundle moved since; else what plays goes on, and the session keeps its path for better days. */
static void restore_path(struct plugin *plugin, const char *path)
{
    if (!load_file(plugin, path) && load_bundled(plugin, file_name(path)))
        return;
    keep_path(plugin, path);
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
    free_spent(plugin);
    char *path = retrieve_path(plugin, retrieve, handle);
    if (!path) {
        load_bundled(plugin, DEFAULT_MODEL);
        return LV2_STATE_SUCCESS;
    }
    char *absolute = paths.map ? paths.map->absolute_path(paths.map->handle, path) : NULL;
    restore_path(plugin, absolute ? absolute : path);
    if (absolute)
        free_path(&paths, absolute);
    free(path);
    return LV2_STATE_SUCCESS;
}

const LV2_State_Interface state_interface = {save, restore};
