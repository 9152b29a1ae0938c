/* SPDX-License-Identifier: ISC */
#include "fake_host.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Features */

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
    struct fake_host *host = handle;
    for (unsigned i = 0; i < host->uri_count; i++)
        if (strcmp(host->uris[i], uri) == 0)
            return i + 1;
    if (host->uri_count == HOST_URIDS)
        abort();
    snprintf(host->uris[host->uri_count], sizeof host->uris[0], "%s", uri);
    return ++host->uri_count;
}

LV2_URID host_map(struct fake_host *host, const char *uri)
{
    return map_uri(host, uri);
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
    const struct fake_host *host = handle;
    const LV2_Worker_Interface *worker = host->descriptor->extension_data(LV2_WORKER__interface);
    return worker->work_response(host->instance, size, data);
}

void host_do_job(struct fake_host *host, uint32_t job)
{
    const LV2_Worker_Interface *worker = host->descriptor->extension_data(LV2_WORKER__interface);
    worker->work(host->instance, respond, host, sizeof job, &job);
}

static LV2_Worker_Status schedule_work(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                       const void *data)
{
    struct fake_host *host = handle;
    uint32_t job = 0;
    if (size != sizeof job)
        abort();
    memcpy(&job, data, sizeof job);
    if (host->worker == WORKER_AT_ONCE) {
        host_do_job(host, job);
        return LV2_WORKER_SUCCESS;
    }
    if (host->worker == WORKER_QUEUE_FULL || host->job_count == HOST_JOBS) {
        host->refused++;
        return LV2_WORKER_ERR_NO_SPACE;
    }
    host->jobs[host->job_count++] = job;
    return LV2_WORKER_SUCCESS;
}

void host_work(struct fake_host *host)
{
    const unsigned count = host->job_count;
    host->job_count = 0;
    for (unsigned i = 0; i < count; i++)
        host_do_job(host, host->jobs[i]);
}

static int log_vprintf(LV2_Log_Handle handle, LV2_URID type, const char *format, va_list args)
{
    (void)type;
    struct fake_host *host = handle;
    host->log_lines++;
    return vsnprintf(host->log, sizeof host->log, format, args);
}

static int log_printf(LV2_Log_Handle handle, LV2_URID type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int written = log_vprintf(handle, type, format, args);
    va_end(args);
    return written;
}

static char *new_path(struct fake_host *host, const char *path)
{
    host->paths_made++;
    return strdup(path);
}

static char *abstract_path(LV2_State_Map_Path_Handle handle, const char *path)
{
    struct fake_host *host = handle;
    const size_t length = strlen(host->folder);
    const bool inside = strncmp(path, host->folder, length) == 0 && path[length] == '/';
    return new_path(host, inside ? path + length + 1 : path);
}

static char *absolute_path(LV2_State_Map_Path_Handle handle, const char *path)
{
    struct fake_host *host = handle;
    char absolute[HOST_TEXT_BYTES];
    snprintf(absolute, sizeof absolute, "%s%s%s", path[0] == '/' ? "" : host->folder,
             path[0] == '/' ? "" : "/", path);
    return new_path(host, absolute);
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path)
{
    struct fake_host *host = handle;
    host->paths_freed++;
    free(path);
}

static void add_feature(struct fake_host *host, const char *uri, void *data)
{
    size_t count = 0;
    while (host->feature_list[count])
        count++;
    host->features[count] = (LV2_Feature){uri, data};
    host->feature_list[count] = &host->features[count];
}

static void make_features(struct fake_host *host)
{
    host->map = (LV2_URID_Map){host, map_uri};
    host->schedule = (LV2_Worker_Schedule){host, schedule_work};
    host->log_feature = (LV2_Log_Log){host, log_printf, log_vprintf};
    host->map_path = (LV2_State_Map_Path){host, abstract_path, absolute_path};
    host->free_path = (LV2_State_Free_Path){host, free_path};
    add_feature(host, LV2_LOG__log, &host->log_feature);
    if (!host->no_urid_map)
        add_feature(host, LV2_URID__map, &host->map);
    if (host->worker != WORKER_NONE)
        add_feature(host, LV2_WORKER__schedule, &host->schedule);
    if (host->map_paths) {
        add_feature(host, LV2_STATE__mapPath, &host->map_path);
        add_feature(host, LV2_STATE__freePath, &host->free_path);
    }
}

/* Life */

static const LV2_Descriptor *find_plugin(const char *uri)
{
    for (uint32_t i = 0; lv2_descriptor(i); i++)
        if (strcmp(lv2_descriptor(i)->URI, uri) == 0)
            return lv2_descriptor(i);
    return NULL;
}

static void clear_control(struct fake_host *host)
{
    LV2_Atom_Sequence *control = (LV2_Atom_Sequence *)host->control;
    control->atom.type = host_map(host, LV2_ATOM__Sequence);
    lv2_atom_sequence_clear(control);
}

static void clear_notify(struct fake_host *host)
{
    LV2_Atom_Sequence *notify = (LV2_Atom_Sequence *)host->notify;
    const uint32_t room = host->notify_capacity ? host->notify_capacity : HOST_ATOM_BYTES;
    notify->atom.type = host_map(host, LV2_ATOM__Chunk);
    notify->atom.size = room - (uint32_t)sizeof notify->atom;
}

static void connect_controls(struct fake_host *host)
{
    for (uint32_t port = PORT_ENABLED; port <= PORT_LATENCY; port++) {
        host->controls[port] = port_table[port].initial;
        host->descriptor->connect_port(host->instance, port, &host->controls[port]);
    }
    host->descriptor->connect_port(host->instance, PORT_CONTROL, host->control);
    host->descriptor->connect_port(host->instance, PORT_NOTIFY, host->notify);
}

bool host_open(struct fake_host *host, const char *plugin_uri, const char *bundle)
{
    make_features(host);
    host->descriptor = find_plugin(plugin_uri);
    host->channels = strcmp(plugin_uri, XLSTM_STEREO_URI) == 0 ? 2 : 1;
    if (!host->descriptor)
        return false;
    host->instance =
        host->descriptor->instantiate(host->descriptor, host->rate, bundle, host->feature_list);
    if (!host->instance)
        return false;
    clear_control(host);
    connect_controls(host);
    return true;
}

void host_activate(struct fake_host *host)
{
    host->descriptor->activate(host->instance);
}

void host_run(struct fake_host *host, const float *const *in, float *const *out, uint32_t frames)
{
    for (unsigned c = 0; c < host->channels; c++) {
        const uint32_t first = PORT_IN_1 + c * PORTS_PER_CHANNEL;
        host->descriptor->connect_port(host->instance, first, (void *)(uintptr_t)in[c]);
        host->descriptor->connect_port(host->instance, first + 1, out[c]);
    }
    clear_notify(host);
    host->descriptor->run(host->instance, frames);
    clear_control(host);
}

void host_run_mono(struct fake_host *host, const float *in, float *out, uint32_t frames)
{
    host_run(host, &in, &out, frames);
}

void host_close(struct fake_host *host)
{
    if (!host->instance)
        return;
    host->descriptor->deactivate(host->instance);
    host->descriptor->cleanup(host->instance);
    host->instance = NULL;
}

/* Messages */

void host_queue(struct fake_host *host, const void *object)
{
    LV2_Atom_Sequence *control = (LV2_Atom_Sequence *)host->control;
    const uint32_t size = lv2_atom_total_size(object);
    _Alignas(8) unsigned char event[HOST_ATOM_BYTES] = {0};
    memcpy(event + sizeof(LV2_Atom_Event) - sizeof(LV2_Atom), object, size);
    if (!lv2_atom_sequence_append_event(control, HOST_ATOM_BYTES - sizeof *control,
                                        (const LV2_Atom_Event *)(const void *)event))
        abort();
}

static void begin(struct fake_host *host, LV2_Atom_Forge *forge, LV2_Atom_Forge_Frame *frame,
                  unsigned char *buffer, const char *type)
{
    lv2_atom_forge_init(forge, &host->map);
    lv2_atom_forge_set_buffer(forge, buffer, HOST_ATOM_BYTES);
    lv2_atom_forge_object(forge, frame, 0, host_map(host, type));
}

static void add_urid(struct fake_host *host, LV2_Atom_Forge *forge, const char *key,
                     const char *uri)
{
    if (!uri)
        return;
    lv2_atom_forge_key(forge, host_map(host, key));
    lv2_atom_forge_urid(forge, host_map(host, uri));
}

void host_set(struct fake_host *host, const char *subject, const char *property, const char *type,
              const void *value, uint32_t size)
{
    _Alignas(8) unsigned char buffer[HOST_ATOM_BYTES];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    begin(host, &forge, &frame, buffer, LV2_PATCH__Set);
    add_urid(host, &forge, LV2_PATCH__subject, subject);
    add_urid(host, &forge, LV2_PATCH__property, property);
    lv2_atom_forge_key(&forge, host_map(host, LV2_PATCH__value));
    lv2_atom_forge_atom(&forge, size, host_map(host, type));
    lv2_atom_forge_write(&forge, value, size);
    lv2_atom_forge_pop(&forge, &frame);
    host_queue(host, buffer);
}

void host_send(struct fake_host *host, const char *type, const char *key, const char *value_type,
               const void *value, uint32_t size)
{
    _Alignas(8) unsigned char buffer[HOST_ATOM_BYTES];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    begin(host, &forge, &frame, buffer, type);
    lv2_atom_forge_key(&forge, host_map(host, key));
    lv2_atom_forge_atom(&forge, size, host_map(host, value_type));
    lv2_atom_forge_write(&forge, value, size);
    lv2_atom_forge_pop(&forge, &frame);
    host_queue(host, buffer);
}

void host_watch(struct fake_host *host, int32_t seconds)
{
    host_send(host, XLSTM_URI "#Watch", XLSTM_URI "#seconds", LV2_ATOM__Int, &seconds,
              sizeof seconds);
}

void host_set_path(struct fake_host *host, const char *subject, const char *property,
                   const char *path)
{
    host_set(host, subject, property, LV2_ATOM__Path, path, (uint32_t)strlen(path) + 1);
}

void host_get(struct fake_host *host, const char *property)
{
    _Alignas(8) unsigned char buffer[HOST_ATOM_BYTES];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    begin(host, &forge, &frame, buffer, LV2_PATCH__Get);
    add_urid(host, &forge, LV2_PATCH__property, property);
    lv2_atom_forge_pop(&forge, &frame);
    host_queue(host, buffer);
}

unsigned host_events(struct fake_host *host)
{
    unsigned count = 0;
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)host->notify, event)
    count++;
    return count;
}

bool host_was_sent(struct fake_host *host, const char *type)
{
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)host->notify, event)
    if (((const LV2_Atom_Object *)&event->body)->body.otype == host_map(host, type))
        return true;
    return false;
}

static const LV2_Atom *member(struct fake_host *host, const LV2_Atom_Object *object,
                              const char *key)
{
    const LV2_Atom *value = NULL;
    lv2_atom_object_get(object, host_map(host, key), &value, 0);
    return value;
}

static bool names(struct fake_host *host, const LV2_Atom *value, const char *uri)
{
    return value && value->type == host_map(host, LV2_ATOM__URID) &&
           ((const LV2_Atom_URID *)value)->body == host_map(host, uri);
}

const char *host_was_set(struct fake_host *host, const char *property)
{
    const char *found = NULL;
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)host->notify, event)
    {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        const LV2_Atom *value = member(host, object, LV2_PATCH__value);
        if (object->body.otype == host_map(host, LV2_PATCH__Set) && value &&
            value->type == host_map(host, LV2_ATOM__Path) &&
            names(host, member(host, object, LV2_PATCH__subject), host->descriptor->URI) &&
            names(host, member(host, object, LV2_PATCH__property), property))
            found = LV2_ATOM_BODY_CONST(value);
    }
    return found;
}

const char *host_was_put(struct fake_host *host, const char *property)
{
    const char *found = NULL;
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)host->notify, event)
    {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        const LV2_Atom *body = member(host, object, LV2_PATCH__body);
        if (object->body.otype != host_map(host, LV2_PATCH__Put) || !body)
            continue;
        const LV2_Atom *value = member(host, (const LV2_Atom_Object *)body, property);
        if (value && value->type == host_map(host, LV2_ATOM__String))
            found = LV2_ATOM_BODY_CONST(value);
    }
    return found;
}

/* State */

static LV2_State_Status store(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                              uint32_t type, uint32_t flags)
{
    (void)flags;
    struct fake_host *host = handle;
    struct host_state *state = &host->state;
    for (unsigned i = 0; state->used; i++) {
        if (i == HOST_VALUES - 1)
            abort();
        state->also = &host->more[i];
        state = &host->more[i];
    }
    if (size > sizeof state->value)
        return LV2_STATE_ERR_NO_SPACE;
    memcpy(state->key, host->uris[key - 1], sizeof state->key);
    memcpy(state->type, host->uris[type - 1], sizeof state->type);
    memcpy(state->value, value, size);
    state->size = size;
    state->used = true;
    return LV2_STATE_SUCCESS;
}

/** What a retrieve callback needs. */
struct retrieval {
    struct fake_host *host;
    const struct host_state *state;
};

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                            uint32_t *flags)
{
    const struct retrieval *retrieval = handle;
    const struct host_state *state = retrieval->state;
    while (state && !(state->used && key == host_map(retrieval->host, state->key)))
        state = state->also;
    if (!state)
        return NULL;
    *size = state->size;
    *type = host_map(retrieval->host, state->type);
    *flags = LV2_STATE_IS_POD;
    return state->value;
}

LV2_State_Status host_save(struct fake_host *host)
{
    const LV2_State_Interface *state = host->descriptor->extension_data(LV2_STATE__interface);
    host->state = (struct host_state){.used = false};
    memset(host->more, 0, sizeof host->more);
    return state->save(host->instance, store, host, 0, host->feature_list);
}

const struct host_state *host_saved(const struct fake_host *host, const char *key)
{
    const struct host_state *state = &host->state;
    while (state && !(state->used && strcmp(state->key, key) == 0))
        state = state->also;
    return state;
}

LV2_State_Status host_restore(struct fake_host *host, const struct host_state *state)
{
    const LV2_State_Interface *interface = host->descriptor->extension_data(LV2_STATE__interface);
    struct retrieval retrieval = {host, state};
    return interface->restore(host->instance, retrieve, &retrieval, 0, host->feature_list);
}
