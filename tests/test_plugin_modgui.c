/* SPDX-License-Identifier: ISC */
/* The look on MOD devices: what its template, style and Turtle name is there, and nothing that the
 * user may set is missing. */
#include "ports.h"
#include "suite.h"
#include "uris.h"

#include <lilv/lilv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER TEST_DATA "/../ttl/modgui/"
#define MODGUI "http://moddevices.com/ns/modgui#"

enum { TEXT_BYTES = 1 << 16, NAME_BYTES = 128 };

static char template[TEXT_BYTES], style[TEXT_BYTES];
static LilvWorld *world;

static bool read_text(char *text, const char *path)
{
    FILE *file = fopen(path, "r");
    const size_t size = file ? fread(text, 1, TEXT_BYTES - 1, file) : 0;
    text[size] = '\0';
    return file && fclose(file) == 0 && size > 0 && size < TEXT_BYTES - 1;
}

/** Copies what follows the next `before` up to `end`; returns where to go on, NULL: no more. */
static const char *next_name(const char *text, const char *before, char end, char *name)
{
    const char *start = strstr(text, before);
    const char *stop = start ? strchr(start + strlen(before), end) : NULL;
    if (!stop)
        return NULL;
    start += strlen(before);
    snprintf(name, NAME_BYTES, "%.*s", (int)(stop - start), start);
    return stop;
}

static enum port find_port(const char *symbol)
{
    enum port port = 0;
    while (port < PORT_COUNT && strcmp(port_table[port].symbol, symbol) != 0)
        port++;
    return port;
}

static LilvNode *get(const LilvNode *subject, const char *predicate)
{
    LilvNode *node = lilv_new_uri(world, predicate);
    LilvNode *value = lilv_world_get(world, subject, node, NULL);
    lilv_node_free(node);
    return value;
}

static LilvNode *gui_of(const char *plugin)
{
    LilvNode *uri = lilv_new_uri(world, plugin), *gui = get(uri, MODGUI "gui");
    lilv_node_free(uri);
    CU_ASSERT_PTR_NOT_NULL_FATAL(gui);
    return gui;
}

/** Marks the ports that the Turtle gives to the template's list of knobs. */
static void mark_knobs(bool *seen)
{
    LilvNode *gui = gui_of(XLSTM_MONO_URI), *node = lilv_new_uri(world, MODGUI "port");
    LilvNodes *ports = lilv_world_find_nodes(world, gui, node, NULL);
    LILV_FOREACH(nodes, i, ports)
    {
        LilvNode *symbol = get(lilv_nodes_get(ports, i), LILV_NS_LV2 "symbol");
        const enum port port = find_port(lilv_node_as_string(symbol));
        CU_ASSERT(port >= PORT_ENABLED && port < PORT_LATENCY);
        seen[port < PORT_COUNT ? port : 0] = true;
        lilv_node_free(symbol);
    }
    lilv_nodes_free(ports);
    lilv_node_free(node);
    lilv_node_free(gui);
}

static void every_control_is_there(void)
{
    bool seen[PORT_COUNT] = {false};
    char name[NAME_BYTES];
    mark_knobs(seen);
    for (const char *at = template; (at = next_name(at, "mod-port-symbol=\"", '"', name));) {
        const enum port port = find_port(name);
        CU_ASSERT(port < PORT_COUNT || strcmp(name, "{{symbol}}") == 0);
        seen[port < PORT_COUNT ? port : 0] = true;
    }
    for (enum port port = PORT_INPUT_GAIN; port < PORT_LATENCY; port++)
        CU_ASSERT_TRUE(seen[port]);
    CU_ASSERT_PTR_NOT_NULL(strstr(template, "mod-role=\"bypass\"")); /* is PORT_ENABLED */
}

/** A port's lists have the values and words of its scale points. */
static void check_choices(const char *symbol)
{
    LilvNode *uri = lilv_new_uri(world, XLSTM_MONO_URI), *node = lilv_new_string(world, symbol);
    const LilvPlugin *plugin = lilv_plugins_get_by_uri(lilv_world_get_all_plugins(world), uri);
    LilvScalePoints *points =
        lilv_port_get_scale_points(plugin, lilv_plugin_get_port_by_symbol(plugin, node));
    CU_ASSERT_FATAL(lilv_scale_points_size(points) > 1);
    LILV_FOREACH(scale_points, i, points)
    {
        const LilvScalePoint *point = lilv_scale_points_get(points, i);
        char option[NAME_BYTES];
        snprintf(option, sizeof option, "mod-port-value=\"%g\">%s<",
                 (double)lilv_node_as_float(lilv_scale_point_get_value(point)),
                 lilv_node_as_string(lilv_scale_point_get_label(point)));
        CU_ASSERT_PTR_NOT_NULL(strstr(template, option));
    }
    lilv_scale_points_free(points);
    lilv_node_free(node);
    lilv_node_free(uri);
}

static void choices_are_those_of_the_ports(void)
{
    check_choices("quality");
    check_choices("oversampling");
}

/** Of every `{{#section}}` there is an end, and before that of the one around it. */
static void sections_are_closed(void)
{
    char open[8][NAME_BYTES], tag[NAME_BYTES];
    size_t depth = 0;
    for (const char *at = template; (at = next_name(at, "{{", '}', tag));) {
        if (tag[0] == '#' && depth < 8)
            snprintf(open[depth++], NAME_BYTES, "%s", tag + 1);
        if (tag[0] == '/') {
            CU_ASSERT_FATAL(depth > 0);
            CU_ASSERT_STRING_EQUAL(open[--depth], tag + 1);
        }
    }
    CU_ASSERT_EQUAL(depth, 0);
}

/** Whether a text has a class's name as a whole word. */
static bool has_class(const char *text, const char *class)
{
    const size_t length = strlen(class);
    while ((text = strstr(text, class)) && strchr("-abcdefghijklmnopqrstuvwxyz", text[length]))
        text += length;
    return text != NULL;
}

static void check_classes(const char *text, const char *end, const char *other)
{
    for (const char *at = text; (at = strstr(at, "xlstm-"));) {
        const size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz-");
        char class[NAME_BYTES];
        snprintf(class, sizeof class, "%.*s", (int)length, at);
        if (strchr(end, at[length]))
            CU_ASSERT_TRUE(has_class(other, class));
        at += length;
    }
}

static void template_and_style_have_the_same_classes(void)
{
    check_classes(template, "\" ", style);
    check_classes(style, " .:", template);
}

static void check_file(const char *plugin, const char *property)
{
    LilvNode *gui = gui_of(plugin), *file = get(gui, property);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    char *path = lilv_node_get_path(file, NULL), here[NAME_BYTES + sizeof FOLDER];
    snprintf(here, sizeof here, FOLDER "%s", strrchr(path, '/') + 1);
    CU_ASSERT_EQUAL(access(here, R_OK), 0);
    lilv_free(path);
    lilv_node_free(file);
    lilv_node_free(gui);
}

static void files_are_there(void)
{
    static const char *const properties[] = {MODGUI "iconTemplate", MODGUI "stylesheet",
                                             MODGUI "javascript", MODGUI "screenshot",
                                             MODGUI "thumbnail"};
    char name[NAME_BYTES];
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        check_file(XLSTM_MONO_URI, properties[i]);
        check_file(XLSTM_STEREO_URI, properties[i]);
    }
    for (const char *at = style; (at = next_name(at, "/resources/", '{', name));) {
        char path[NAME_BYTES + sizeof FOLDER];
        snprintf(path, sizeof path, FOLDER "%s", name);
        CU_ASSERT_EQUAL(access(path, R_OK), 0);
    }
}

static bool load(void)
{
    world = lilv_world_new();
    LilvNode *bundle = lilv_new_file_uri(world, NULL, BUNDLE "/");
    lilv_world_load_bundle(world, bundle);
    LilvNode *plugin = lilv_new_uri(world, XLSTM_MONO_URI);
    lilv_world_load_resource(world, plugin);
    lilv_node_free(plugin);
    lilv_node_free(bundle);
    return read_text(template, FOLDER "icon.html") && read_text(style, FOLDER "style.css");
}

static const struct test tests[] = {
    {"every control is there", every_control_is_there},
    {"choices are those of the ports", choices_are_those_of_the_ports},
    {"sections are closed", sections_are_closed},
    {"template and style have the same classes", template_and_style_have_the_same_classes},
    {"files are there", files_are_there},
};

int main(void)
{
    if (!load())
        return 1;
    const int status = run_suite("plugin: look on MOD", tests, sizeof tests / sizeof *tests);
    lilv_world_free(world);
    return status;
}
