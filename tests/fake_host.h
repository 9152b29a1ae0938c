/* SPDX-License-Identifier: ISC */
/* A small host for one instance of the plugin, with the habits of good and bad hosts. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "ports.h"
#include "uris.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <stdbool.h>

enum {
    HOST_URIDS = 128,
    HOST_ATOM_BYTES = 8192,
    HOST_JOBS = 16,
    HOST_TEXT_BYTES = 1024,
    HOST_URI_BYTES = 128,
    HOST_VALUES = 4,
};

/** What happens when the plugin asks for work. */
enum host_worker {
    WORKER_LATER,      ///< it waits for host_work()
    WORKER_AT_ONCE,    ///< it is done inside of the call, as in freewheeling
    WORKER_QUEUE_FULL, ///< it is refused
    WORKER_NONE,       ///< the feature is missing
};

/** One value of a saved state. */
struct host_state {
    char key[HOST_URI_BYTES], type[HOST_URI_BYTES], value[HOST_TEXT_BYTES];
    size_t size;
    bool used;
    const struct host_state *also; ///< another value of the same state, or NULL
};

struct fake_host {
    /* To be set before host_open(); the rest starts as zeros */
    double rate;
    enum host_worker worker; ///< may change later, but not to or from WORKER_NONE
    bool no_urid_map;
    bool map_paths;           ///< state paths are relative to `folder`, made with mapPath
    const char *folder;       ///< of such paths, without a slash at its end
    uint32_t notify_capacity; ///< bytes of the notify port; 0: HOST_ATOM_BYTES

    LV2_Handle instance;
    const LV2_Descriptor *descriptor;
    unsigned channels;
    float controls[PORT_COUNT];
    _Alignas(8) unsigned char control[HOST_ATOM_BYTES], notify[HOST_ATOM_BYTES];
    uint32_t jobs[HOST_JOBS]; ///< what waits for host_work()
    unsigned job_count;
    unsigned refused;          ///< times that the plugin asked for work in vain
    char log[HOST_TEXT_BYTES]; ///< the last line of the plugin's log
    unsigned log_lines;
    unsigned paths_made, paths_freed;        ///< by the path features
    struct host_state state;                 ///< what host_save() made, the first value
    struct host_state more[HOST_VALUES - 1]; ///< the others
    char uris[HOST_URIDS][HOST_URI_BYTES];
    unsigned uri_count;
    LV2_URID_Map map;
    LV2_Worker_Schedule schedule;
    LV2_Log_Log log_feature;
    LV2_State_Map_Path map_path;
    LV2_State_Free_Path free_path;
    LV2_Feature features[8];
    const LV2_Feature *feature_list[9];
};

/** Makes an instance and connects its ports, controls at their defaults. Not activated. */
bool host_open(struct fake_host *host, const char *plugin_uri, const char *bundle);

void host_activate(struct fake_host *host);

/** Runs a block; then the messages to the plugin are gone and those from it can be read. */
void host_run(struct fake_host *host, const float *const *in, float *const *out, uint32_t frames);

/** The same for the first channel alone. */
void host_run_mono(struct fake_host *host, const float *in, float *out, uint32_t frames);

/** Does the work that waits. */
void host_work(struct fake_host *host);

/** Does one job, in whatever thread calls. */
void host_do_job(struct fake_host *host, uint32_t job);

/** Deactivates and frees the instance. */
void host_close(struct fake_host *host);

LV2_URID host_map(struct fake_host *host, const char *uri);

/** Queues a patch:Set of a path for the next run. Subject NULL: without one. */
void host_set_path(struct fake_host *host, const char *subject, const char *property,
                   const char *path);

/** Queues a patch:Set with a value of any type. */
void host_set(struct fake_host *host, const char *subject, const char *property, const char *type,
              const void *value, uint32_t size);

/** Queues an object, an LV2_Atom, for the next run. */
void host_queue(struct fake_host *host, const void *object);

/** Queues an object of class `type` with one member for the next run. */
void host_send(struct fake_host *host, const char *type, const char *key, const char *value_type,
               const void *value, uint32_t size);

/** Asks for xl:Levels, as a user interface does. */
void host_watch(struct fake_host *host, int32_t seconds);

/** Queues a patch:Get; property NULL: of all. */
void host_get(struct fake_host *host, const char *property);

/** The value that the last run told of a property by patch:Set, or NULL. */
const char *host_was_set(struct fake_host *host, const char *property);

/** The same by patch:Put. */
const char *host_was_put(struct fake_host *host, const char *property);

/** Whether the last run sent an object of that class. */
bool host_was_sent(struct fake_host *host, const char *type);

/** Events that the last run sent. */
unsigned host_events(struct fake_host *host);

LV2_State_Status host_save(struct fake_host *host);

/** What host_save() made of a property, or NULL. */
const struct host_state *host_saved(const struct fake_host *host, const char *key);

/** Restores what `state` holds. */
LV2_State_Status host_restore(struct fake_host *host, const struct host_state *state);

#endif
