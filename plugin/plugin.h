/* SPDX-License-Identifier: ISC */
/* One instance of the plugin, its members grouped by the thread that may touch them.
 *
 * Voices and cabinets pass between threads as handover.h says.
 *
 * | file         | runs in                                    |
 * |--------------|--------------------------------------------|
 * | plugin.c     | the host's thread; no audio meanwhile      |
 * | load.c       | the worker, or any thread but audio        |
 * | state.c      | any thread but audio, perhaps beside audio |
 * | run.c, all in the mixer, messages.c, properties.c, watch.c | the audio thread | */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "handover.h"
#include "messages.h"
#include "mixer.h"
#include "ports.h"
#include "properties.h"
#include "uris.h"
#include "watch.h"

#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/worker/worker.h>
#include <pthread.h>
#include <stdatomic.h>

enum { TRIGGERS = PORT_PREVIOUS - PORT_NEXT + 1 };

/** A message to the worker is one of these, as uint32_t. */
enum errand {
    ERRAND_MODEL,    ///< load the model of `request`, then as the last
    ERRAND_RESPONSE, ///< load the cabinet's response of `request`, then as the last
    ERRAND_STEP,     ///< load the model that many steps of `request` further, then as the last
    ERRAND_CHOICE,   ///< load the model loaded last, as the choice is now, then as the last
    ERRAND_FREE,     ///< free what is spent
};

/** What the worker is to load. */
struct request {
    char path[PATH_BYTES];
    int steps;
};

/** The instance. */
struct plugin {
    /* Constant after instantiate */
    double rate; ///< Hz
    unsigned channels;
    bool named; ///< the host has urid:map, so that the next two are filled
    struct uris uris;
    LV2_URID property_urids[PROPERTY_COUNT];
    LV2_Worker_Schedule *schedule; ///< NULL: the host has no worker
    LV2_Log_Logger logger;         ///< not for the audio thread
    char *bundle;                  ///< path of the bundle's folder

    /* Audio thread */
    void *ports[PORT_COUNT];
    struct mixer mixer;
    struct messages messages;
    struct watch watch;
    uint32_t tried;         ///< the choice that the worker was last asked for, packed; 0: none
    int steps;              ///< models to go on, back if below 0, that were asked for
    unsigned turn;          ///< which of the requests comes first
    bool pressed[TRIGGERS]; ///< whether a trigger was high in the last run

    /* Between the threads */
    struct handover voices, cabinets;
    atomic_bool loading;      ///< whether `request` is the worker's, not the audio thread's
    atomic_bool freeing;      ///< the worker was told to free what is spent and did not begin yet
    struct request request;   ///< for the next errand
    _Atomic(uint32_t) choice; ///< how to make voices, packed; set by the audio thread and restore

    /* All but the audio thread */
    pthread_mutex_t lock;
    char *kept_paths[PROPERTY_FILES]; ///< what a session should keep; behind `lock`
    char *loaded_path; ///< file of the newest voice that was left to be played; behind `lock`
};

#endif
