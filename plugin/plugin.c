/* SPDX-License-Identifier: ISC */
/* What the host gets: descriptors, and an instance's life around the audio. */
#include "plugin.h"

#include "load.h"
#include "run.h"
#include "state.h"

#include <lv2/core/lv2_util.h>
#include <stdlib.h>
#include <string.h>

static void map_names(struct plugin *plugin, LV2_URID_Map *map, const char *plugin_uri)
{
    plugin->named = true;
    uris_map(&plugin->uris, map, plugin_uri);
    for (size_t p = 0; p < PROPERTY_COUNT; ++p)
        plugin->property_urids[p] = map->map(map->handle, property_table[p].uri);
    messages_init(plugin, map);
    lv2_log_logger_set_map(&plugin->logger, map);
}

/** Puts what others left for the audio thread in place at once: no audio runs meanwhile. */
static void settle(struct plugin *plugin)
{
    mixer_start(&plugin->mixer);
    retire(plugin);
    collect(plugin);
    mixer_start(&plugin->mixer);
    retire(plugin);
    free_spent(plugin);
}

/** Takes what the host offers. Without numbers for names there are no messages and no state, but
 *  there is sound: lv2apply offers nothing at all. */
static void take_features(struct plugin *plugin, const char *plugin_uri,
                          const LV2_Feature *const *features)
{
    plugin->logger.log = lv2_features_data(features, LV2_LOG__log);
    plugin->schedule = lv2_features_data(features, LV2_WORKER__schedule);
    LV2_URID_Map *map = lv2_features_data(features, LV2_URID__map);
    if (map)
        map_names(plugin, map, plugin_uri);
    watch_init(&plugin->watch, map, plugin->channels, plugin->rate);
}

static void cleanup(LV2_Handle instance)
{
    struct plugin *plugin = instance;
    handover_clear(&plugin->voices);
    handover_clear(&plugin->cabinets);
    voices_free((struct parcel *)plugin->mixer.playing);
    voices_free((struct parcel *)plugin->mixer.fading);
    cabinets_free((struct parcel *)plugin->mixer.speaker.playing);
    cabinets_free((struct parcel *)plugin->mixer.speaker.fading);
    pthread_mutex_destroy(&plugin->lock);
    for (enum property file = 0; file < PROPERTY_FILES; ++file)
        free(plugin->kept_paths[file]);
    free(plugin->loaded_path);
    free(plugin->bundle);
    free(plugin);
}

static LV2_Handle instantiate(const LV2_Descriptor *descriptor, double rate,
                              const char *bundle_path, const LV2_Feature *const *features)
{
    struct plugin *plugin = calloc(1, sizeof *plugin);
    if (!plugin)
        return NULL;
    pthread_mutex_init(&plugin->lock, NULL);
    plugin->rate = rate;
    plugin->channels = strcmp(descriptor->URI, XLSTM_STEREO_URI) == 0 ? 2 : 1;
    plugin->voices.free_all = voices_free;
    plugin->cabinets.free_all = cabinets_free;
    plugin->bundle = strdup(bundle_path);
    for (unsigned t = 0; t < TRIGGERS; ++t) /* what a session left high is no wish */
        plugin->pressed[t] = true;
    if (!plugin->bundle) {
        cleanup(plugin);
        return NULL;
    }
    take_features(plugin, descriptor->URI, features);
    mixer_init(&plugin->mixer, plugin->channels, rate);
    atomic_store(&plugin->choice,
                 voice_choice_pack(voice_choice_of(port_table[PORT_QUALITY].initial,
                                                   port_table[PORT_OVERSAMPLING].initial)));
    load_bundled(plugin, DEFAULT_MODEL);
    return plugin;
}

static void connect_port(LV2_Handle instance, uint32_t port, void *data)
{
    struct plugin *plugin = instance;
    if (port < PORT_COUNT)
        plugin->ports[port] = data;
}

/** Makes what plays anew if the user's choice has changed since: a host without a worker gets its
 *  choice here. */
static void activate(LV2_Handle instance)
{
    struct plugin *plugin = instance;
    settle(plugin);
    const struct voice *playing = plugin->mixer.playing;
    if (playing && voice_choice_pack(playing->choice) != atomic_load(&plugin->choice) &&
        load_again(plugin))
        settle(plugin);
}

static void deactivate(LV2_Handle instance)
{
    free_spent(instance);
}

static const void *extension_data(const char *uri)
{
    if (strcmp(uri, LV2_WORKER__interface) == 0)
        return &worker_interface;
    if (strcmp(uri, LV2_STATE__interface) == 0)
        return &state_interface;
    return NULL;
}

#define DESCRIPTOR(uri)                                                                            \
    {                                                                                              \
        uri, instantiate, connect_port, activate, plugin_run, deactivate, cleanup, extension_data, \
    }

static const LV2_Descriptor descriptors[] = {DESCRIPTOR(XLSTM_MONO_URI),
                                             DESCRIPTOR(XLSTM_STEREO_URI)};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    return index < sizeof descriptors / sizeof descriptors[0] ? &descriptors[index] : NULL;
}
