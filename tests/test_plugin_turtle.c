/* SPDX-License-Identifier: ISC */
/* The bundle as hosts see it: its Turtle says the same as the code, and its binary runs. */
#include "folder.h"
#include "load.h"
#include "plugin_files.h"
#include "properties.h"
#include "suite.h"

#include <lilv/lilv.h>
#include <lv2/atom/atom.h>
#include <lv2/patch/patch.h>
#include <lv2/port-props/port-props.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static LilvWorld *world;

static const LilvPlugin *find_plugin(const char *uri)
{
    LilvNode *node = lilv_new_uri(world, uri);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), node);
    lilv_node_free(node);
    return plugin;
}

static bool is_a(const LilvPlugin *plugin, const LilvPort *port, const char *class)
{
    LilvNode *node = lilv_new_uri(world, class);
    const bool is = lilv_port_is_a(plugin, port, node);
    lilv_node_free(node);
    return is;
}

static bool has_property(const LilvPlugin *plugin, const LilvPort *port, const char *property)
{
    LilvNode *node = lilv_new_uri(world, property);
    const bool has = lilv_port_has_property(plugin, port, node);
    lilv_node_free(node);
    return has;
}

/** Whether a port is of the kind that its place in the enumeration implies. */
static bool has_right_kind(const LilvPlugin *plugin, const LilvPort *port, unsigned index)
{
    const bool atom = index == PORT_CONTROL || index == PORT_NOTIFY, audio = index >= PORT_IN_1;
    const bool out = index == PORT_NOTIFY || index == PORT_LATENCY ||
                     (audio && (index - PORT_IN_1) % PORTS_PER_CHANNEL == 1);
    return is_a(plugin, port, out ? LV2_CORE__OutputPort : LV2_CORE__InputPort) &&
           is_a(plugin, port,
                atom    ? LV2_ATOM__AtomPort
                : audio ? LV2_CORE__AudioPort
                        : LV2_CORE__ControlPort) &&
           has_property(plugin, port, LV2_CORE__connectionOptional) == atom;
}

static void check_range(const LilvPlugin *plugin, const LilvPort *port, const struct port_row *row)
{
    LilvNode *initial = NULL, *minimum = NULL, *maximum = NULL;
    lilv_port_get_range(plugin, port, &initial, &minimum, &maximum);
    CU_ASSERT_EQUAL(lilv_node_as_float(initial), row->initial);
    CU_ASSERT_EQUAL(lilv_node_as_float(minimum), row->minimum);
    CU_ASSERT_EQUAL(lilv_node_as_float(maximum), row->maximum);
    lilv_node_free(initial);
    lilv_node_free(minimum);
    lilv_node_free(maximum);
}

static void check_ports(const char *uri, unsigned count)
{
    const LilvPlugin *plugin = find_plugin(uri);
    CU_ASSERT_PTR_NOT_NULL_FATAL(plugin);
    CU_ASSERT_EQUAL_FATAL(lilv_plugin_get_num_ports(plugin), count);
    for (unsigned i = 0; i < count; i++) {
        const LilvPort *port = lilv_plugin_get_port_by_index(plugin, i);
        const LilvNode *symbol = lilv_port_get_symbol(plugin, port);
        CU_ASSERT_STRING_EQUAL(lilv_node_as_string(symbol), port_table[i].symbol);
        CU_ASSERT(has_right_kind(plugin, port, i));
        if (i >= PORT_ENABLED && i < PORT_LATENCY)
            check_range(plugin, port, &port_table[i]);
    }
}

static void ports_are_those_of_the_code(void)
{
    check_ports(XLSTM_MONO_URI, PORT_COUNT_MONO);
    check_ports(XLSTM_STEREO_URI, PORT_COUNT);
}

/** Ardour automates nothing that has one of these properties, and MOD assigns it to no pedal. */
static void every_control_can_be_automated(void)
{
    static const char *const obstacles[] = {
        LV2_PORT_PROPS__expensive, LV2_PORT_PROPS__causesArtifacts, LV2_PORT_PROPS__notAutomatic};
    const LilvPlugin *plugin = find_plugin(XLSTM_STEREO_URI);
    for (enum port port = PORT_ENABLED; port < PORT_LATENCY; port++)
        for (size_t i = 0; i < sizeof obstacles / sizeof *obstacles; i++)
            CU_ASSERT_FALSE(
                has_property(plugin, lilv_plugin_get_port_by_index(plugin, port), obstacles[i]));
}

static void check_designation(const char *designation, unsigned index, const char *direction)
{
    LilvNode *node = lilv_new_uri(world, designation), *class = lilv_new_uri(world, direction);
    const LilvPlugin *plugin = find_plugin(XLSTM_MONO_URI);
    const LilvPort *port = lilv_plugin_get_port_by_designation(plugin, class, node);
    CU_ASSERT_PTR_NOT_NULL_FATAL(port);
    CU_ASSERT_EQUAL(lilv_port_get_index(plugin, port), index);
    lilv_node_free(node);
    lilv_node_free(class);
}

static void special_ports_are_designated(void)
{
    check_designation(LV2_CORE__control, PORT_CONTROL, LV2_CORE__InputPort);
    check_designation(LV2_CORE__enabled, PORT_ENABLED, LV2_CORE__InputPort);
    check_designation(LV2_CORE__latency, PORT_LATENCY, LV2_CORE__OutputPort);
}

/** Whether the plugin has `predicate` with that property as object. */
static bool lists(const char *uri, const char *predicate, const char *property)
{
    LilvNode *node = lilv_new_uri(world, predicate), *object = lilv_new_uri(world, property);
    LilvNode *subject = lilv_new_uri(world, uri);
    const bool listed = lilv_world_ask(world, subject, node, object);
    lilv_node_free(subject);
    lilv_node_free(object);
    lilv_node_free(node);
    return listed;
}

static unsigned count_values(const char *uri, const char *predicate)
{
    LilvNode *node = lilv_new_uri(world, predicate);
    LilvNodes *values = lilv_plugin_get_value(find_plugin(uri), node);
    const unsigned count = lilv_nodes_size(values);
    lilv_nodes_free(values);
    lilv_node_free(node);
    return count;
}

static void check_properties(const char *uri)
{
    unsigned writable = 0;
    for (size_t p = 0; p < PROPERTY_COUNT; p++) {
        const struct property_row *row = &property_table[p];
        CU_ASSERT(lists(uri, row->writable ? LV2_PATCH__writable : LV2_PATCH__readable, row->uri));
        CU_ASSERT(lists(row->uri, LILV_NS_RDFS "range",
                        row->writable ? LV2_ATOM__Path : LV2_ATOM__String));
        writable += row->writable;
    }
    CU_ASSERT_EQUAL(count_values(uri, LV2_PATCH__writable), writable);
    CU_ASSERT_EQUAL(count_values(uri, LV2_PATCH__readable), PROPERTY_COUNT - writable);
}

static void properties_are_those_of_the_code(void)
{
    check_properties(XLSTM_MONO_URI);
    check_properties(XLSTM_STEREO_URI);
}

static LilvNode *get(const LilvNode *subject, const char *predicate)
{
    LilvNode *node = lilv_new_uri(world, predicate);
    LilvNode *value = lilv_world_get(world, subject, node, NULL);
    lilv_node_free(node);
    return value;
}

/** Whether Carla and MOD list a property: they look at one of its types alone. */
static bool is_seen(const LilvNode *property)
{
    LilvNode *node = lilv_new_uri(world, LILV_NS_RDF "type");
    LilvNodes *types = lilv_world_find_nodes(world, property, node, NULL);
    const bool seen =
        lilv_nodes_size(types) == 1 &&
        strcmp(lilv_node_as_uri(lilv_nodes_get_first(types)), LV2_CORE_PREFIX "Parameter") == 0;
    lilv_nodes_free(types);
    lilv_node_free(node);
    return seen;
}

/** Carla takes the path whose URI comes first for the plugin's file. */
static void model_comes_first_of_the_files(void)
{
    LilvNode *node = lilv_new_uri(world, LV2_PATCH__writable);
    LilvNodes *values = lilv_plugin_get_value(find_plugin(XLSTM_MONO_URI), node);
    LILV_FOREACH(nodes, i, values)
    {
        const LilvNode *property = lilv_nodes_get(values, i);
        CU_ASSERT_TRUE(is_seen(property));
        CU_ASSERT(strcmp(lilv_node_as_uri(property), property_table[PROPERTY_MODEL].uri) >= 0);
    }
    lilv_nodes_free(values);
    lilv_node_free(node);
}

/** What plays at first is told to those who ask the Turtle, as MOD does. */
static void the_first_model_is_told(void)
{
    const char *const uris[] = {XLSTM_MONO_URI, XLSTM_STEREO_URI};
    for (size_t i = 0; i < 2; i++) {
        LilvNode *state = get(lilv_plugin_get_uri(find_plugin(uris[i])), LV2_STATE__state);
        LilvNode *model = state ? get(state, MODEL_PROPERTY) : NULL;
        CU_ASSERT_PTR_NOT_NULL_FATAL(model);
        char *path = lilv_node_get_path(model, NULL);
        CU_ASSERT_STRING_EQUAL(path_name(path), DEFAULT_MODEL);
        CU_ASSERT_EQUAL(access(path, R_OK), 0);
        lilv_free(path);
        lilv_node_free(state);
        lilv_node_free(model);
    }
}

/** A preset has a label and a state, which names a file that is there. */
static void check_preset(const LilvNode *preset)
{
    lilv_world_load_resource(world, preset);
    LilvNode *label = get(preset, LILV_NS_RDFS "label");
    LilvNode *state = get(preset, LV2_STATE__state);
    LilvNode *model = state ? get(state, MODEL_PROPERTY) : NULL;
    char *path = model ? lilv_node_get_path(model, NULL) : NULL;
    CU_ASSERT_PTR_NOT_NULL(label);
    CU_ASSERT_PTR_NOT_NULL_FATAL(path);
    CU_ASSERT_EQUAL(access(path, R_OK), 0);
    lilv_free(path);
    lilv_node_free(label);
    lilv_node_free(state);
    lilv_node_free(model);
}

static void presets_name_files_that_are_there(void)
{
    const char *const uris[] = {XLSTM_MONO_URI, XLSTM_STEREO_URI};
    LilvNode *class = lilv_new_uri(world, LV2_PRESETS__Preset);
    for (size_t i = 0; i < 2; i++) {
        LilvNodes *presets = lilv_plugin_get_related(find_plugin(uris[i]), class);
        CU_ASSERT_EQUAL(lilv_nodes_size(presets), BUNDLE_PRESETS);
        LILV_FOREACH(nodes, node, presets)
        check_preset(lilv_nodes_get(presets, node));
        lilv_nodes_free(presets);
    }
    lilv_node_free(class);
}

/* States of older versions */

static void set_port(const char *symbol, void *user_data, const void *value, uint32_t size,
                     uint32_t type)
{
    struct fake_host *host = user_data;
    (void)type;
    for (enum port port = PORT_ENABLED; port < PORT_LATENCY; port++)
        if (strcmp(symbol, port_table[port].symbol) == 0 && size == sizeof(float))
            memcpy(&host->controls[port], value, size);
}

static bool copy_file(const char *from, const char *to)
{
    char bytes[HOST_ATOM_BYTES];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    const size_t size = in ? fread(bytes, 1, sizeof bytes, in) : 0;
    const bool copied = out && size > 0 && fwrite(bytes, 1, size, out) == size;
    if (in)
        fclose(in);
    return out && fclose(out) == 0 && copied;
}

static void state_of_an_older_version_opens(void)
{
    struct fake_host host = {.rate = 48000};
    CU_ASSERT_PTR_NOT_NULL_FATAL(plugin_files_make());
    CU_ASSERT_TRUE(plugin_file_add("mine.safetensors", OTHER_GAIN, 48000));
    CU_ASSERT_TRUE(
        copy_file(TEST_DATA "/states/without_cabinet.ttl", plugin_file("without_cabinet.ttl")));
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    LilvState *state =
        lilv_state_new_from_file(world, &host.map, NULL, plugin_file("without_cabinet.ttl"));
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    LilvInstance instance = {host.descriptor, host.instance, NULL};
    lilv_state_restore(state, &instance, set_port, &host, 0, host.feature_list);
    lilv_state_free(state);
    CU_ASSERT_EQUAL(host.controls[PORT_KNOB_1], 0.25f);
    CU_ASSERT_EQUAL(host.controls[PORT_GATE], GATE_OFF_DB);
    gain_error(&host, 0, FADE_FRAMES);
    CU_ASSERT(gain_error(&host, OTHER_GAIN * 0.501187234f, 4096) < 1e-6f); /* -6 dB */
    CU_ASSERT_EQUAL(host.log_lines, 0);
    host_close(&host);
    remove(plugin_file("mine.safetensors"));
    remove(plugin_file("without_cabinet.ttl"));
    plugin_files_remove();
}

static const char *unmap(LV2_URID_Unmap_Handle handle, LV2_URID urid)
{
    const struct fake_host *host = handle;
    return urid > 0 && urid <= host->uri_count ? host->uris[urid - 1] : NULL;
}

static const void *get_port(const char *symbol, void *user_data, uint32_t *size, uint32_t *type)
{
    struct fake_host *host = user_data;
    for (enum port port = PORT_ENABLED; port < PORT_LATENCY; port++)
        if (strcmp(symbol, port_table[port].symbol) == 0) {
            *size = sizeof(float);
            *type = host_map(host, LV2_ATOM__Float);
            return &host->controls[port];
        }
    return NULL;
}

/** The Turtle that hosts around lilv save, to be freed with free(). */
static char *save_as_turtle(struct fake_host *host)
{
    LilvInstance instance = {host->descriptor, host->instance, NULL};
    LV2_URID_Unmap unmapper = {host, unmap};
    LilvState *state = lilv_state_new_from_instance(
        find_plugin(XLSTM_MONO_URI), &instance, &host->map, NULL, NULL, NULL, NULL, get_port, host,
        LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, host->feature_list);
    char *text =
        lilv_state_to_string(world, &host->map, &unmapper, state, "http://example.org/state", NULL);
    lilv_state_free(state);
    return text;
}

static void a_state_outlasts_the_turtle_of_hosts(void)
{
    CU_ASSERT_PTR_NOT_NULL_FATAL(plugin_files_make());
    struct fake_host host = {.worker = WORKER_AT_ONCE}, again = {.rate = 48000};
    CU_ASSERT_TRUE_FATAL(host_start(&host));
    host.controls[PORT_OVERSAMPLING] = 4;
    host_set_path(&host, NULL, MODEL_PROPERTY, plugin_file(OTHER_FILE));
    gain_error(&host, 0, FADE_FRAMES);
    char *text = save_as_turtle(&host);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    CU_ASSERT_TRUE_FATAL(host_open(&again, XLSTM_MONO_URI, plugin_file("")));
    LilvState *state = lilv_state_new_from_string(world, &again.map, text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(state);
    LilvInstance instance = {again.descriptor, again.instance, NULL};
    lilv_state_restore(state, &instance, set_port, &again, 0, again.feature_list);
    host_activate(&again);
    gain_error(&again, 0, 64);
    CU_ASSERT(again.controls[PORT_LATENCY] > 0);
    CU_ASSERT_EQUAL(again.controls[PORT_LATENCY], host.controls[PORT_LATENCY]);
    CU_ASSERT_EQUAL(again.job_count, 0);
    CU_ASSERT_STRING_EQUAL(host_was_set(&again, MODEL_PROPERTY), plugin_file(OTHER_FILE));
    lilv_state_free(state);
    free(text);
    host_close(&host);
    host_close(&again);
    plugin_files_remove();
}

static void binary_runs_without_features(void)
{
    const char *const uris[] = {XLSTM_MONO_URI, XLSTM_STEREO_URI};
    for (size_t i = 0; i < 2; i++) {
        float in[64] = {0.5f}, out[64] = {0};
        LilvInstance *instance = lilv_plugin_instantiate(find_plugin(uris[i]), 48000, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(instance);
        lilv_instance_connect_port(instance, PORT_IN_1, in);
        lilv_instance_connect_port(instance, PORT_OUT_1, out);
        lilv_instance_activate(instance);
        lilv_instance_run(instance, 64);
        CU_ASSERT(isfinite(out[0]));
        lilv_instance_deactivate(instance);
        lilv_instance_free(instance);
    }
}

static bool load_bundle(void)
{
    world = lilv_world_new();
    LilvNode *bundle = lilv_new_file_uri(world, NULL, BUNDLE "/");
    lilv_world_load_bundle(world, bundle);
    lilv_node_free(bundle);
    return find_plugin(XLSTM_MONO_URI) && find_plugin(XLSTM_STEREO_URI);
}

static const struct test tests[] = {
    {"ports are those of the code", ports_are_those_of_the_code},
    {"every control can be automated", every_control_can_be_automated},
    {"special ports are designated", special_ports_are_designated},
    {"properties are those of the code", properties_are_those_of_the_code},
    {"the model comes first of the files", model_comes_first_of_the_files},
    {"the first model is told", the_first_model_is_told},
    {"presets name files that are there", presets_name_files_that_are_there},
    {"a state of an older version opens", state_of_an_older_version_opens},
    {"a state outlasts the Turtle of hosts", a_state_outlasts_the_turtle_of_hosts},
    {"the binary runs without features", binary_runs_without_features},
};

int main(void)
{
    if (!load_bundle())
        return 1;
    const int status = run_suite("plugin: Turtle", tests, sizeof tests / sizeof *tests);
    lilv_world_free(world);
    return status;
}
