/* SPDX-License-Identifier: ISC */
/* bench_plugins URI...: what LV2 plugins cost beside each other, in a host that offers what amps
 * ask for: a worker, bounded blocks, options. Each plays ten seconds of plucked strings at 48 kHz
 * in blocks of 64; the least of five takes counts, since others may use the machine too. */
#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/options/options.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RATE = 48000, BLOCK = 64, SECONDS = 10, TAKES = 5, URIDS = 512, ATOM_BYTES = 65536 };

/* Features */

static char *uris[URIDS];

static LV2_URID map_uri(LV2_URID_Map_Handle handle, const char *uri)
{
    (void)handle;
    for (uint32_t i = 0; i < URIDS; i++) {
        if (!uris[i])
            uris[i] = strdup(uri);
        if (strcmp(uris[i], uri) == 0)
            return i + 1;
    }
    abort();
}

static const char *unmap_uri(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    (void)handle;
    return urid > 0 && urid <= URIDS ? uris[urid - 1] : NULL;
}

static LilvInstance *working; ///< whose worker runs

static const LV2_Worker_Interface *worker(void)
{
    return lilv_instance_get_extension_data(working, LV2_WORKER__interface);
}

static LV2_Worker_Status respond(LV2_Worker_Respond_Handle handle, uint32_t size, const void *data)
{
    (void)handle;
    return worker()->work_response(lilv_instance_get_handle(working), size, data);
}

static LV2_Worker_Status schedule(LV2_Worker_Schedule_Handle handle, uint32_t size,
                                  const void *data)
{
    (void)handle;
    if (!working)
        return LV2_WORKER_ERR_UNKNOWN;
    return worker()->work(lilv_instance_get_handle(working), respond, NULL, size, data);
}

static LV2_URID_Map map = {NULL, map_uri};
static LV2_URID_Unmap unmap = {NULL, unmap_uri};
static LV2_Worker_Schedule scheduler = {NULL, schedule};
static const int32_t block = BLOCK, atom_bytes = ATOM_BYTES;

static LilvInstance *instantiate(const LilvPlugin *plugin)
{
    const LV2_URID is_int = map_uri(NULL, LV2_ATOM__Int);
    const LV2_Options_Option options[] = {
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__minBlockLength), sizeof block, is_int,
         &block},
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__maxBlockLength), sizeof block, is_int,
         &block},
        {LV2_OPTIONS_INSTANCE, 0, map_uri(NULL, LV2_BUF_SIZE__sequenceSize), sizeof atom_bytes,
         is_int, &atom_bytes},
        {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL}};
    const LV2_Feature features[] = {{LV2_URID__map, &map},
                                    {LV2_URID__unmap, &unmap},
                                    {LV2_WORKER__schedule, &scheduler},
                                    {LV2_OPTIONS__options, (void *)(uintptr_t)options},
                                    {LV2_BUF_SIZE__boundedBlockLength, NULL},
                                    {LV2_BUF_SIZE__fixedBlockLength, NULL},
                                    {LV2_BUF_SIZE__powerOf2BlockLength, NULL}};
    const LV2_Feature *list[] = {&features[0], &features[1], &features[2], &features[3],
                                 &features[4], &features[5], &features[6], NULL};
    return lilv_plugin_instantiate(plugin, RATE, list);
}

/* Ports */

static float input[RATE * SECONDS], output[2][BLOCK], controls[256];
static _Alignas(8) unsigned char atoms[2][ATOM_BYTES];

static bool is_a(const LilvWorld *world, const LilvPlugin *plugin, const LilvPort *port,
                 const char *class)
{
    LilvNode *node = lilv_new_uri((LilvWorld *)(uintptr_t)world, class);
    const bool is = lilv_port_is_a(plugin, port, node);
    lilv_node_free(node);
    return is;
}

/** Connects all ports; `audio_in` takes the numbers of the audio inputs. Returns their count. */
static unsigned connect(const LilvWorld *world, const LilvPlugin *plugin, LilvInstance *instance,
                        uint32_t *audio_in)
{
    const uint32_t count = lilv_plugin_get_num_ports(plugin);
    unsigned inputs = 0, outputs = 0;
    lilv_plugin_get_port_ranges_float(plugin, NULL, NULL, controls);
    for (uint32_t i = 0; i < count; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        const bool in = is_a(world, plugin, port, LILV_URI_INPUT_PORT);
        if (isnan(controls[i]))
            controls[i] = 0;
        if (is_a(world, plugin, port, LILV_URI_CONTROL_PORT))
            lilv_instance_connect_port(instance, i, &controls[i]);
        else if (is_a(world, plugin, port, LILV_URI_ATOM_PORT))
            lilv_instance_connect_port(instance, i, atoms[in ? 0 : 1]);
        else if (in)
            audio_in[inputs++ % 2] = i;
        else
            lilv_instance_connect_port(instance, i, output[outputs++ % 2]);
    }
    return inputs;
}

static void clear_atoms(void)
{
    LV2_Atom_Sequence *in = (LV2_Atom_Sequence *)atoms[0], *out = (LV2_Atom_Sequence *)atoms[1];
    in->atom = (LV2_Atom){sizeof in->body, map_uri(NULL, LV2_ATOM__Sequence)};
    out->atom = (LV2_Atom){ATOM_BYTES - sizeof out->atom, map_uri(NULL, LV2_ATOM__Chunk)};
}

/* Time */

static void pluck(void)
{
    for (int i = 0; i < RATE * SECONDS; i++) {
        const double time = i % (RATE / 2) / (double)RATE;
        for (int partial = 1; partial <= 6; partial++)
            input[i] += (float)(0.25 / partial * exp(-3 * time * partial) *
                                sin(6.283185307179586 * 110 * partial * time));
    }
}

/** Seconds of processor time that the plugin takes for the whole input. */
static double take(LilvInstance *instance, const uint32_t *audio_in, unsigned inputs)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (int at = 0; at + BLOCK <= RATE * SECONDS; at += BLOCK) {
        for (unsigned i = 0; i < inputs; i++)
            lilv_instance_connect_port(instance, audio_in[i], input + at);
        clear_atoms();
        lilv_instance_run(instance, BLOCK);
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    return (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}

/** The least time of all takes; NaN if the plugin does not run. */
static double measure(const LilvWorld *world, const LilvPlugin *plugin)
{
    uint32_t audio_in[2];
    double least = INFINITY;
    LilvInstance *instance = instantiate(plugin);
    if (!instance)
        return NAN;
    working = lilv_instance_get_extension_data(instance, LV2_WORKER__interface) ? instance : NULL;
    const unsigned inputs = connect(world, plugin, instance, audio_in);
    lilv_instance_activate(instance);
    for (int i = 0; i < TAKES; i++)
        least = fmin(least, take(instance, audio_in, inputs < 2 ? inputs : 2));
    lilv_instance_deactivate(instance);
    lilv_instance_free(instance);
    return least;
}

int main(int count, char **words)
{
    LilvWorld *world = lilv_world_new();
    double first = NAN;
    lilv_world_load_all(world);
    pluck();
    printf("%10s %8s %7s  plugin\n", "ns/frame", "CPU %", "ratio");
    for (int i = 1; i < count; i++) {
        LilvNode *uri = lilv_new_uri(world, words[i]);
        const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
        const double seconds = plugin ? measure(world, plugin) : NAN;
        if (i == 1)
            first = seconds;
        printf("%10.1f %8.2f %7.2f  %s\n", 1e9 * seconds / (RATE * SECONDS),
               100 * seconds / SECONDS, first / seconds, words[i]);
        lilv_node_free(uri);
    }
    lilv_world_free(world);
    return isnan(first);
}
