/* SPDX-License-Identifier: ISC */
/* One instance of the plugin, its members grouped by the thread that may touch them.
 *
 * Voices pass between threads through two atomic pointers, so that nothing is lost if a host's
 * queue is full, has no worker, or restores a state whenever it likes:
 *
 *     worker or restore --arrived, refused--> audio thread --spent--> whoever frees
 *
 * | file         | runs in                                    |
 * |--------------|--------------------------------------------|
 * | plugin.c     | the host's thread; no audio meanwhile      |
 * | load.c       | the worker, or any thread but audio        |
 * | state.c      | any thread but audio, perhaps beside audio |
 * | run.c, mixer.c, messages.c, properties.c, watch.c | the audio thread | */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include "messages.h"
#include "mixer.h"
#include "ports.h"
#include "properties.h"
#include "uris.h"
#include "voice.h"
#include "watch.h"

#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/worker/worker.h>
#include <pthread.h>
#include <stdatomic.h>

/** A message to the worker is one of these, as uint32_t. */
enum errand {
    ERRAND_LOAD,   ///< load the file of `request`, then as the last
    ERRAND_CHOICE, ///< load what was loaded last, as the choice is now, then as the last
    ERRAND_FREE,   ///< free what is in `spent`
};

struct plugin {
    /* Constant after instantiate */
    double rate; ///< Hz
    unsigned channels;
    bool named; ///< the host has urid:map, so that the next two are filled
    struct uris uris;
    LV2_URID property_urids[PROPERTY_COUNT];
    LV2_Worker_Schedule *schedule; ///< NULL: the host has no worker
    LV2_Log_Logger logger;         ///< not for the audio thread
    char *bundle;                  ///< path of the bundle's folder, with a slash at its end

    /* Audio thread */
    void *ports[PORT_COUNT];
    struct mixer mixer;
    struct messages messages;
    struct watch watch;
    uint32_t tried; ///< the choice that the worker was last asked for, packed; 0: none

    /* Between the threads */
    _Atomic(struct voice *) arrived; ///< newest voice loaded; the audio thread takes it
    _Atomic(struct voice *) refused; ///< newest voice without a model; likewise
    _Atomic(struct voice *) spent;   ///< list of voices that the audio thread is done with
    atomic_bool loading;             ///< whether `request` is the worker's, not the audio thread's
    atomic_bool freeing;             ///< the worker was told to free `spent` and did not begin yet
    char request[PATH_BYTES];        ///< file that the worker is to load
    _Atomic(uint32_t) choice;        ///< how to make voices, packed; the audio thread sets it

    /* All but the audio thread */
    pthread_mutex_t lock;
    char *kept_path;   ///< what a session should keep: the file last asked for; behind `lock`
    char *loaded_path; ///< the file of the newest voice that was left to be played; likewise
};

#endif
