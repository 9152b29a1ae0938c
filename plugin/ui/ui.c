/* SPDX-License-Identifier: ISC */
/* The user interface as hosts see it. It lives beside the plugin, maybe in another process, and
 * reaches it by ports and messages alone. */
#include "face.h"
#include "uris.h"

#include <lv2/core/lv2_util.h>
#include <lv2/options/options.h>
#include <lv2/parameters/parameters.h>
#include <lv2/ui/ui.h>
#include <stdlib.h>
#include <string.h>

#define UI_URI XLSTM_URI "#ui"

/** An option of the host that is a number; 0: it gives none. */
static double option(const LV2_Options_Option *options, LV2_URID_Map *map, const char *uri)
{
    const LV2_URID key = map->map(map->handle, uri);
    const LV2_URID is_float = map->map(map->handle, LV2_ATOM__Float);
    for (; options && (options->key || options->value); ++options)
        if (options->key == key && options->type == is_float && options->value)
            return (double)*(const float *)options->value;
    return 0;
}

static const char *title_of(const LV2_Options_Option *options, LV2_URID_Map *map)
{
    const LV2_URID key = map->map(map->handle, LV2_UI__windowTitle);
    const LV2_URID is_string = map->map(map->handle, LV2_ATOM__String);
    for (; options && (options->key || options->value); ++options)
        if (options->key == key && options->type == is_string && options->value)
            return options->value;
    return "xLSTM";
}

/** Asks the host for the room that the window takes. */
static void ask_for_room(const struct face *face, const LV2UI_Resize *resize)
{
    if (resize)
        resize->ui_resize(resize->handle, (int)window_width(face->window),
                          (int)window_height(face->window));
}

static LV2UI_Handle instantiate(const LV2UI_Descriptor *descriptor, const char *plugin_uri,
                                const char *bundle, LV2UI_Write_Function write,
                                LV2UI_Controller controller, LV2UI_Widget *widget,
                                const LV2_Feature *const *features)
{
    (void)descriptor;
    LV2_URID_Map *map = lv2_features_data(features, LV2_URID__map);
    struct face *face = map ? calloc(1, sizeof *face) : NULL;
    if (!face)
        return NULL;
    const LV2_Options_Option *options = lv2_features_data(features, LV2_OPTIONS__options);
    const void *parent = lv2_features_data(features, LV2_UI__parent);
    link_init(&face->link, map, write, controller);
    face->link.touch = lv2_features_data(features, LV2_UI__touch);
    face->facts.channels = strcmp(plugin_uri, XLSTM_STEREO_URI) == 0 ? 2 : 1;
    face->facts.rate = option(options, map, LV2_PARAMETERS__sampleRate);
    if (!face_open(face, bundle, (uint32_t)(uintptr_t)parent,
                   option(options, map, LV2_UI__scaleFactor), title_of(options, map))) {
        free(face);
        return NULL;
    }
    ask_for_room(face, lv2_features_data(features, LV2_UI__resize));
    *widget = (LV2UI_Widget)(uintptr_t)window_id(face->window);
    return face;
}

static void cleanup(LV2UI_Handle handle)
{
    face_close(handle);
    free(handle);
}

static void port_event(LV2UI_Handle handle, uint32_t port, uint32_t size, uint32_t format,
                       const void *buffer)
{
    face_hear(handle, port, size, format, buffer);
}

static int idle(LV2UI_Handle handle)
{
    return face_idle(handle) ? 0 : 1;
}

static int show(LV2UI_Handle handle)
{
    const struct face *face = handle;
    window_show(face->window);
    return 0;
}

static int hide(LV2UI_Handle handle)
{
    const struct face *face = handle;
    window_hide(face->window);
    return 0;
}

static const void *extension_data(const char *uri)
{
    static const LV2UI_Idle_Interface idle_interface = {idle};
    static const LV2UI_Show_Interface show_interface = {show, hide};
    if (strcmp(uri, LV2_UI__idleInterface) == 0)
        return &idle_interface;
    if (strcmp(uri, LV2_UI__showInterface) == 0)
        return &show_interface;
    return NULL;
}

LV2_SYMBOL_EXPORT const LV2UI_Descriptor *lv2ui_descriptor(uint32_t index)
{
    static const LV2UI_Descriptor ui = {UI_URI, instantiate, cleanup, port_event, extension_data};
    return index == 0 ? &ui : NULL;
}
