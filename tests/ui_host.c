/* SPDX-License-Identifier: ISC */
#include "ui_host.h"

#include <dlfcn.h>
#include <lv2/atom/util.h>
#include <lv2/parameters/parameters.h>
#include <lv2/patch/patch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/xcb_keysyms.h>
#include <xcb/xtest.h>

/** What the window of the host measures at first. */
enum { PARENT_SIZE = 2000 };

/* What the interface asks of the host */

static void note_set(struct ui_host *host, const LV2_Atom_Object *object)
{
    const LV2_Atom *property = NULL, *value = NULL;
    lv2_atom_object_get(object, host_map(host->plugin, LV2_PATCH__property), &property,
                        host_map(host->plugin, LV2_PATCH__value), &value, 0);
    if (object->body.otype != host_map(host->plugin, LV2_PATCH__Set) || !property || !value)
        return;
    host->set = ((const LV2_Atom_URID *)property)->body;
    snprintf(host->path, sizeof host->path, "%.*s", (int)value->size,
             (const char *)LV2_ATOM_BODY_CONST(value));
}

static void write_port(LV2UI_Controller controller, uint32_t port, uint32_t size, uint32_t protocol,
                       const void *buffer)
{
    struct ui_host *host = controller;
    if (protocol == 0 && size == sizeof(float)) {
        memcpy(&host->plugin->controls[port], buffer, size);
        host->told[port] = host->plugin->controls[port];
        host->writes++;
    } else {
        host_queue(host->plugin, buffer);
        note_set(host, buffer);
        host->messages++;
    }
}

static int resize(LV2UI_Feature_Handle handle, int width, int height)
{
    struct ui_host *host = handle;
    host->asked_width = width;
    host->asked_height = height;
    return 0;
}

static void touch(LV2UI_Feature_Handle handle, uint32_t port, bool grabbed)
{
    struct ui_host *host = handle;
    (void)port;
    host->touches += grabbed;
    host->held = grabbed;
}

/* Life */

static bool open_display(struct ui_host *host)
{
    host->connection = xcb_connect(NULL, NULL);
    if (xcb_connection_has_error(host->connection))
        return false;
    host->screen = xcb_setup_roots_iterator(xcb_get_setup(host->connection)).data;
    if (!host->embed)
        return true;
    host->parent = xcb_generate_id(host->connection);
    xcb_create_window(host->connection, XCB_COPY_FROM_PARENT, host->parent, host->screen->root, 0,
                      0, PARENT_SIZE, PARENT_SIZE, 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      XCB_COPY_FROM_PARENT, 0, NULL);
    xcb_map_window(host->connection, host->parent);
    xcb_flush(host->connection);
    return true;
}

static bool load(struct ui_host *host, const char *library)
{
    host->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    if (!host->library)
        return false;
    LV2UI_DescriptorFunction find = NULL;
    *(void **)&find = dlsym(host->library, "lv2ui_descriptor");
    host->descriptor = find ? find(0) : NULL;
    return host->descriptor != NULL;
}

static bool start(struct ui_host *host, const char *bundle)
{
    struct fake_host *plugin = host->plugin;
    const LV2_URID is_float = host_map(plugin, LV2_ATOM__Float);
    const float scale = (float)host->scale, rate = (float)plugin->rate;
    const LV2_Options_Option options[] = {
        {LV2_OPTIONS_INSTANCE, 0, host_map(plugin, LV2_PARAMETERS__sampleRate), sizeof rate,
         is_float, &rate},
        {LV2_OPTIONS_INSTANCE, 0, host->scale > 0 ? host_map(plugin, LV2_UI__scaleFactor) : 0,
         sizeof scale, is_float, host->scale > 0 ? &scale : NULL},
        {LV2_OPTIONS_INSTANCE, 0, 0, 0, 0, NULL}};
    host->resizer = (LV2UI_Resize){host, resize};
    host->toucher = (LV2UI_Touch){host, touch};
    const LV2_Feature features[] = {{LV2_URID__map, &plugin->map},
                                    {LV2_OPTIONS__options, (void *)(uintptr_t)options},
                                    {LV2_UI__resize, &host->resizer},
                                    {LV2_UI__touch, &host->toucher},
                                    {LV2_UI__parent, (void *)(uintptr_t)host->parent}};
    const LV2_Feature *list[] = {
        &features[0], &features[1], &features[2], &features[3], host->embed ? &features[4] : NULL,
        NULL};
    LV2UI_Widget widget = NULL;
    host->ui = host->descriptor->instantiate(host->descriptor, plugin->descriptor->URI, bundle,
                                             write_port, host, &widget, list);
    host->window = (xcb_window_t)(uintptr_t)widget;
    return host->ui != NULL;
}

bool ui_host_open(struct ui_host *host, const char *library, const char *bundle)
{
    for (uint32_t port = 0; port < PORT_COUNT; port++)
        host->told[port] = NAN;
    return open_display(host) && load(host, library) && start(host, bundle);
}

void ui_host_close(struct ui_host *host)
{
    if (host->ui)
        host->descriptor->cleanup(host->ui);
    if (host->library)
        dlclose(host->library);
    xcb_disconnect(host->connection);
    host->ui = NULL;
    host->library = NULL;
}

/* Time */

/** Tells the interface what came out of the last run. */
static void tell(struct ui_host *host)
{
    struct fake_host *plugin = host->plugin;
    const LV2_URID transfer = host_map(plugin, LV2_ATOM__eventTransfer);
    for (uint32_t port = PORT_ENABLED; port <= PORT_LATENCY; port++) {
        if (host->told[port] == plugin->controls[port])
            continue;
        host->told[port] = plugin->controls[port];
        host->descriptor->port_event(host->ui, port, sizeof(float), 0, &plugin->controls[port]);
    }
    LV2_ATOM_SEQUENCE_FOREACH((const LV2_Atom_Sequence *)plugin->notify, event)
    host->descriptor->port_event(host->ui, PORT_NOTIFY, lv2_atom_total_size(&event->body), transfer,
                                 &event->body);
}

/** A plucked string, over and over. */
static void pluck(struct ui_host *host, float *samples)
{
    for (int i = 0; i < UI_BLOCK; i++) {
        const double time = fmod((double)host->played++ / host->plugin->rate, 1.0);
        double sum = 0;
        for (int partial = 1; partial <= 5; partial++)
            sum += exp(-time * partial) / partial * sin(6.283185307 * 110 * partial * time);
        samples[i] = host->amplitude * (float)(sum / 1.5);
    }
}

void ui_host_run(struct ui_host *host, double seconds)
{
    static float left[UI_BLOCK], right[UI_BLOCK];
    const LV2UI_Idle_Interface *idle = host->descriptor->extension_data(LV2_UI__idleInterface);
    const double block = UI_BLOCK / host->plugin->rate;
    const struct timespec pause = {0, (long)(1e9 * block)};
    for (double time = 0; time < seconds; time += block) {
        pluck(host, left);
        memcpy(right, left, sizeof right);
        host_run(host->plugin, (const float *const[]){left, right}, (float *const[]){left, right},
                 UI_BLOCK);
        host_work(host->plugin);
        tell(host);
        idle->idle(host->ui);
        nanosleep(&pause, NULL);
    }
}

/* Hands */

static void fake(struct ui_host *host, uint8_t type, uint8_t detail, int x, int y)
{
    xcb_test_fake_input(host->connection, type, detail, XCB_CURRENT_TIME, host->screen->root,
                        (int16_t)x, (int16_t)y, 0);
    xcb_flush(host->connection);
}

void ui_host_point(struct ui_host *host, int x, int y)
{
    fake(host, XCB_MOTION_NOTIFY, 0, x, y);
}

void ui_host_button(struct ui_host *host, unsigned button, bool pressed)
{
    fake(host, pressed ? XCB_BUTTON_PRESS : XCB_BUTTON_RELEASE, (uint8_t)button, 0, 0);
}

void ui_host_click(struct ui_host *host, int x, int y)
{
    ui_host_point(host, x, y);
    ui_host_button(host, 1, true);
    ui_host_button(host, 1, false);
}

void ui_host_key(struct ui_host *host, uint32_t symbol)
{
    xcb_key_symbols_t *keys = xcb_key_symbols_alloc(host->connection);
    xcb_keycode_t *codes = xcb_key_symbols_get_keycode(keys, symbol);
    if (codes) {
        fake(host, XCB_KEY_PRESS, codes[0], 0, 0);
        fake(host, XCB_KEY_RELEASE, codes[0], 0, 0);
    }
    free(codes);
    xcb_key_symbols_free(keys);
}

uint32_t *ui_host_picture(struct ui_host *host, unsigned *width, unsigned *height)
{
    xcb_get_geometry_reply_t *size = xcb_get_geometry_reply(
        host->connection, xcb_get_geometry(host->connection, host->window), NULL);
    if (!size)
        return NULL;
    *width = size->width;
    *height = size->height;
    free(size);
    xcb_get_image_reply_t *image =
        xcb_get_image_reply(host->connection,
                            xcb_get_image(host->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, host->window,
                                          0, 0, (uint16_t)*width, (uint16_t)*height, UINT32_MAX),
                            NULL);
    const size_t count = (size_t)*width * *height;
    uint32_t *pixels = image ? malloc(count * sizeof *pixels) : NULL;
    if (pixels && (size_t)xcb_get_image_data_length(image) >= count * sizeof *pixels)
        memcpy(pixels, xcb_get_image_data(image), count * sizeof *pixels);
    for (size_t i = 0; pixels && i < count; i++)
        pixels[i] &= 0xffffff;
    free(image);
    return pixels;
}
