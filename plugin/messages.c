/* SPDX-License-Identifier: ISC */
/* Patch messages: never allocates. */
#include "messages.h"

#include "plugin.h"

#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <string.h>

/** Bytes of a message around its texts, generously. */
enum { MESSAGE_OVERHEAD = 256, PROPERTY_OVERHEAD = 32 };

void messages_init(struct plugin *plugin, LV2_URID_Map *map)
{
    lv2_atom_forge_init(&plugin->messages.forge, map);
}

static const uint32_t ALL = (1u << PROPERTY_COUNT) - 1;
static const uint32_t OF_RESPONSE = 1u << PROPERTY_RESPONSE | 1u << PROPERTY_ABOUT_RESPONSE;

void messages_accept(struct plugin *plugin, enum property file, enum origin origin)
{
    struct complaint *complaint = &plugin->messages.complaints[file];
    if (origin != ORIGIN_CHOICE || complaint->origin == ORIGIN_CHOICE)
        complaint->reason.text[0] = '\0';
    plugin->messages.changed |= origin == ORIGIN_STEP;
    plugin->messages.due |= 1u << PROPERTY_STATUS;
    plugin->messages.due |= file == PROPERTY_RESPONSE ? OF_RESPONSE : ALL & ~OF_RESPONSE;
}

void messages_refuse(struct plugin *plugin, enum property file, enum origin origin,
                     const char *reason)
{
    struct complaint *complaint = &plugin->messages.complaints[file];
    char *text = complaint->reason.text;
    const size_t length = strnlen(reason, sizeof complaint->reason.text - 1);
    complaint->origin = origin;
    memcpy(text, reason, length);
    text[length] = '\0';
    plugin->messages.due |= 1u << file | 1u << PROPERTY_STATUS;
}

static LV2_URID urid_value(const struct plugin *plugin, const LV2_Atom *atom)
{
    return atom && atom->type == plugin->uris.atom_URID ? ((const LV2_Atom_URID *)atom)->body : 0;
}

/** Whether a message with that subject is meant for us. */
static bool is_ours(const struct plugin *plugin, const LV2_Atom *subject)
{
    return !subject || urid_value(plugin, subject) == plugin->uris.plugin;
}

/** Notes a path to be loaded. The atom may lack the final zero, or hold more than one. There is
 *  always a model, but without a path there is no response. */
static void wish_for(struct plugin *plugin, enum property file, const LV2_Atom *value)
{
    struct wish *wish = &plugin->messages.wishes[file];
    if (value->type != plugin->uris.atom_Path)
        return;
    const char *path = LV2_ATOM_BODY_CONST(value);
    const size_t length = strnlen(path, value->size);
    if ((length == 0 && file == PROPERTY_MODEL) || length >= sizeof wish->path)
        return;
    memcpy(wish->path, path, length);
    wish->path[length] = '\0';
    wish->due = true;
}

static void read_set(struct plugin *plugin, const LV2_Atom_Object *object)
{
    const LV2_Atom *subject = NULL, *property = NULL, *value = NULL;
    lv2_atom_object_get(object, plugin->uris.patch_subject, &subject, plugin->uris.patch_property,
                        &property, plugin->uris.patch_value, &value, 0);
    const enum property file = property_find(plugin->property_urids, urid_value(plugin, property));
    if (value && is_ours(plugin, subject) && file < PROPERTY_FILES)
        wish_for(plugin, file, value);
}

static void read_get(struct plugin *plugin, const LV2_Atom_Object *object)
{
    const LV2_Atom *subject = NULL, *property = NULL;
    lv2_atom_object_get(object, plugin->uris.patch_subject, &subject, plugin->uris.patch_property,
                        &property, 0);
    if (!is_ours(plugin, subject))
        return;
    if (!property) {
        plugin->messages.due = ALL;
        return;
    }
    const enum property wanted =
        property_find(plugin->property_urids, urid_value(plugin, property));
    if (wanted < PROPERTY_COUNT)
        plugin->messages.due |= 1u << wanted;
}

void messages_read(struct plugin *plugin)
{
    const LV2_Atom_Sequence *control = plugin->ports[PORT_CONTROL];
    if (!control || !plugin->named)
        return;
    LV2_ATOM_SEQUENCE_FOREACH(control, event)
    {
        const LV2_Atom_Object *object = (const LV2_Atom_Object *)&event->body;
        if (!lv2_atom_forge_is_object_type(&plugin->messages.forge, event->body.type))
            continue;
        if (object->body.otype == plugin->uris.patch_Set)
            read_set(plugin, object);
        else if (object->body.otype == plugin->uris.patch_Get)
            read_get(plugin, object);
        else
            watch_read(&plugin->watch, object);
    }
}

static bool is_due(const struct plugin *plugin, enum property property, bool writable)
{
    return (plugin->messages.due & (1u << property)) != 0 &&
           property_table[property].writable == writable;
}

static const char *text_of(const struct plugin *plugin, enum property property)
{
    return property_table[property].text(plugin, property);
}

/** Whether the notify port has room for a message with `bytes` of properties. */
static bool has_room(const struct plugin *plugin, size_t bytes)
{
    const LV2_Atom_Forge *forge = &plugin->messages.forge;
    return bytes + MESSAGE_OVERHEAD <= forge->size - forge->offset;
}

static void begin_message(struct plugin *plugin, LV2_Atom_Forge_Frame *frame, LV2_URID type)
{
    LV2_Atom_Forge *forge = &plugin->messages.forge;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, frame, 0, type);
    lv2_atom_forge_key(forge, plugin->uris.patch_subject);
    lv2_atom_forge_urid(forge, plugin->uris.plugin);
}

/** []  a patch:Set ; patch:subject <plugin> ; patch:property <property> ; patch:value "path" . */
static void write_set(struct plugin *plugin, enum property property)
{
    LV2_Atom_Forge *forge = &plugin->messages.forge;
    LV2_Atom_Forge_Frame frame;
    const char *path = text_of(plugin, property);
    const size_t length = strlen(path);
    if (!has_room(plugin, length))
        return;
    plugin->messages.due &= ~(1u << property);
    if (length == 0 && property == PROPERTY_MODEL)
        return;
    begin_message(plugin, &frame, plugin->uris.patch_Set);
    lv2_atom_forge_key(forge, plugin->uris.patch_property);
    lv2_atom_forge_urid(forge, plugin->property_urids[property]);
    lv2_atom_forge_key(forge, plugin->uris.patch_value);
    lv2_atom_forge_path(forge, path, (uint32_t)length);
    lv2_atom_forge_pop(forge, &frame);
}

/** []  a patch:Put ; patch:subject <plugin> ; patch:body [ <property> "text" ; … ] . */
static void write_put(struct plugin *plugin)
{
    LV2_Atom_Forge *forge = &plugin->messages.forge;
    LV2_Atom_Forge_Frame message, body;
    size_t bytes = 0;
    for (enum property p = 0; p < PROPERTY_COUNT; ++p)
        if (is_due(plugin, p, false))
            bytes += strlen(text_of(plugin, p)) + PROPERTY_OVERHEAD;
    if (bytes == 0 || !has_room(plugin, bytes))
        return;
    begin_message(plugin, &message, plugin->uris.patch_Put);
    lv2_atom_forge_key(forge, plugin->uris.patch_body);
    lv2_atom_forge_object(forge, &body, 0, 0);
    for (enum property p = 0; p < PROPERTY_COUNT; ++p) {
        if (!is_due(plugin, p, false))
            continue;
        plugin->messages.due &= ~(1u << p);
        lv2_atom_forge_key(forge, plugin->property_urids[p]);
        lv2_atom_forge_string(forge, text_of(plugin, p), (uint32_t)strlen(text_of(plugin, p)));
    }
    lv2_atom_forge_pop(forge, &body);
    lv2_atom_forge_pop(forge, &message);
}

/** []  a state:StateChanged . */
static void write_changed(struct plugin *plugin)
{
    LV2_Atom_Forge *forge = &plugin->messages.forge;
    LV2_Atom_Forge_Frame frame;
    if (!plugin->messages.changed || !has_room(plugin, 0))
        return;
    plugin->messages.changed = false;
    lv2_atom_forge_frame_time(forge, 0);
    lv2_atom_forge_object(forge, &frame, 0, plugin->uris.state_StateChanged);
    lv2_atom_forge_pop(forge, &frame);
}

void messages_write(struct plugin *plugin)
{
    LV2_Atom_Sequence *notify = plugin->ports[PORT_NOTIFY];
    LV2_Atom_Forge *forge = &plugin->messages.forge;
    LV2_Atom_Forge_Frame frame;
    if (!notify || !plugin->named)
        return;
    lv2_atom_forge_set_buffer(forge, (uint8_t *)notify, notify->atom.size);
    if (!lv2_atom_forge_sequence_head(forge, &frame, 0))
        return;
    for (enum property p = 0; p < PROPERTY_COUNT; ++p)
        if (is_due(plugin, p, true))
            write_set(plugin, p);
    write_put(plugin);
    write_changed(plugin);
    watch_write(&plugin->watch, forge);
    lv2_atom_forge_pop(forge, &frame);
}
