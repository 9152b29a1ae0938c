/* SPDX-License-Identifier: ISC */
/* A plugin UI without a face, for hosts under test: it chooses the file that XLSTM_TEST_MODEL
 * names, as a person would in a file dialog, and prints what the plugin says of its model. */
#include "uris.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/core/lv2_util.h>
#include <lv2/patch/patch.h>
#include <lv2/ui/ui.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UI_URI XLSTM_URI "#test-ui"
#define MODEL_URI XLSTM_URI "#model"

enum { MESSAGE_BYTES = 8192, IDLE_CALLS_BEFORE = 10 };

struct ui {
    LV2_URID_Map *map;
    LV2UI_Write_Function write;
    LV2UI_Controller controller;
    unsigned calls; ///< of idle()
};

static LV2_URID urid(const struct ui *ui, const char *uri)
{
    return ui->map->map(ui->map->handle, uri);
}

/** []  a patch:Set ; patch:property <model> ; patch:value "path" . */
static void choose(struct ui *ui, const char *path)
{
    _Alignas(8) uint8_t buffer[MESSAGE_BYTES];
    LV2_Atom_Forge forge;
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_init(&forge, ui->map);
    lv2_atom_forge_set_buffer(&forge, buffer, sizeof buffer);
    lv2_atom_forge_object(&forge, &frame, 0, urid(ui, LV2_PATCH__Set));
    lv2_atom_forge_key(&forge, urid(ui, LV2_PATCH__property));
    lv2_atom_forge_urid(&forge, urid(ui, MODEL_URI));
    lv2_atom_forge_key(&forge, urid(ui, LV2_PATCH__value));
    lv2_atom_forge_path(&forge, path, (uint32_t)strlen(path));
    lv2_atom_forge_pop(&forge, &frame);
    const LV2_Atom *message = (const LV2_Atom *)(const void *)buffer;
    ui->write(ui->controller, 0, lv2_atom_total_size(message), urid(ui, LV2_ATOM__eventTransfer),
              message);
}

static LV2UI_Handle instantiate(const LV2UI_Descriptor *descriptor, const char *plugin_uri,
                                const char *bundle, LV2UI_Write_Function write,
                                LV2UI_Controller controller, LV2UI_Widget *widget,
                                const LV2_Feature *const *features)
{
    (void)descriptor;
    (void)plugin_uri;
    (void)bundle;
    struct ui *ui = calloc(1, sizeof *ui);
    if (!ui)
        return NULL;
    ui->map = lv2_features_data(features, LV2_URID__map);
    ui->write = write;
    ui->controller = controller;
    *widget = NULL;
    return ui;
}

static void cleanup(LV2UI_Handle handle)
{
    free(handle);
}

static void port_event(LV2UI_Handle handle, uint32_t port, uint32_t size, uint32_t format,
                       const void *buffer)
{
    (void)port;
    (void)size;
    const struct ui *ui = handle;
    const LV2_Atom_Object *object = buffer;
    const LV2_Atom *value = NULL;
    if (format != urid(ui, LV2_ATOM__eventTransfer) ||
        object->body.otype != urid(ui, LV2_PATCH__Set))
        return;
    lv2_atom_object_get(object, urid(ui, LV2_PATCH__value), &value, 0);
    if (value)
        fprintf(stderr, "model: %s\n", (const char *)LV2_ATOM_BODY_CONST(value));
}

static int show(LV2UI_Handle handle)
{
    (void)handle;
    return 0;
}

/** Chooses once, after a while. */
static int idle(LV2UI_Handle handle)
{
    struct ui *ui = handle;
    const char *path = getenv("XLSTM_TEST_MODEL");
    if (++ui->calls == IDLE_CALLS_BEFORE && path)
        choose(ui, path);
    return 0;
}

static const void *extension_data(const char *uri)
{
    static const LV2UI_Show_Interface show_interface = {show, show};
    static const LV2UI_Idle_Interface idle_interface = {idle};
    if (strcmp(uri, LV2_UI__showInterface) == 0)
        return &show_interface;
    if (strcmp(uri, LV2_UI__idleInterface) == 0)
        return &idle_interface;
    return NULL;
}

LV2_SYMBOL_EXPORT const LV2UI_Descriptor *lv2ui_descriptor(uint32_t index)
{
    static const LV2UI_Descriptor ui = {UI_URI, instantiate, cleanup, port_event, extension_data};
    return index == 0 ? &ui : NULL;
}
