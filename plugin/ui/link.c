/* SPDX-License-Identifier: ISC */
#include "link.h"

#include "uris.h"

#include <lv2/atom/util.h>
#include <lv2/patch/patch.h>
#include <string.h>

/** Bytes of a message around its text, generously. */
enum { MESSAGE_BYTES = TEXT_BYTES + 256 };

static const char *const text_uris[TEXT_COUNT] = {
    [TEXT_MODEL] = XLSTM_URI "#model",
    [TEXT_RESPONSE] = XLSTM_URI "#response",
    [TEXT_NAME] = XLSTM_URI "#modelName",
    [TEXT_AUTHOR] = XLSTM_URI "#modelAuthor",
    [TEXT_SIZES] = XLSTM_URI "#sizes",
    [TEXT_LOUDNESS] = XLSTM_URI "#modelLoudness",
    [TEXT_INPUT_LEVEL] = XLSTM_URI "#modelInputLevel",
    [TEXT_ABOUT_RESPONSE] = XLSTM_URI "#responseInfo",
    [TEXT_ARCHITECTURE] = XLSTM_URI "#architecture",
    [TEXT_STATUS] = XLSTM_URI "#status",
    [TEXT_KNOB_1] = XLSTM_URI "#knob1Name",
    [TEXT_KNOB_2] = XLSTM_URI "#knob2Name",
    [TEXT_KNOB_3] = XLSTM_URI "#knob3Name",
    [TEXT_KNOB_4] = XLSTM_URI "#knob4Name",
};

void link_init(struct link *link, LV2_URID_Map *map, LV2UI_Write_Function write,
               LV2UI_Controller controller)
{
    *link = (struct link){.write = write, .controller = controller};
    lv2_atom_forge_init(&link->forge, map);
    const struct {
        LV2_URID *urid;
        const char *uri;
    } rows[] = {
        {&link->uris.event_transfer, LV2_ATOM__eventTransfer},
        {&link->uris.patch_Get, LV2_PATCH__Get},
        {&link->uris.patch_Put, LV2_PATCH__Put},
        {&link->uris.patch_Set, LV2_PATCH__Set},
        {&link->uris.body, LV2_PATCH__body},
        {&link->uris.property, LV2_PATCH__property},
        {&link->uris.value, LV2_PATCH__value},
        {&link->uris.Watch, XLSTM_URI "#Watch"},
        {&link->uris.seconds, XLSTM_URI "#seconds"},
        {&link->uris.Levels, XLSTM_URI "#Levels"},
        {&link->uris.input_peak, XLSTM_URI "#inputPeak"},
        {&link->uris.output_peak, XLSTM_URI "#outputPeak"},
        {&link->uris.input_rms, XLSTM_URI "#inputRms"},
        {&link->uris.output_rms, XLSTM_URI "#outputRms"},
        {&link->uris.load, XLSTM_URI "#load"},
        {&link->uris.load_peak, XLSTM_URI "#loadPeak"},
        {&link->uris.scope_in, XLSTM_URI "#scopeIn"},
        {&link->uris.scope_out, XLSTM_URI "#scopeOut"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
        *rows[i].urid = map->map(map->handle, rows[i].uri);
    for (size_t t = 0; t < TEXT_COUNT; ++t)
        link->text_urids[t] = map->map(map->handle, text_uris[t]);
}

/* To the plugin */

void link_control(const struct link *link, enum port port, float value)
{
    link->write(link->controller, port, sizeof value, 0, &value);
}

void link_touch(const struct link *link, enum port port, bool held)
{
    if (link->touch)
        link->touch->touch(link->touch->handle, port, held);
}

static void send(const struct link *link, const uint8_t *message)
{
    const LV2_Atom *atom = (const LV2_Atom *)(const void *)message;
    link->write(link->controller, PORT_CONTROL, lv2_atom_total_size(atom),
                link->uris.event_transfer, atom);
}

void link_get(struct link *link)
{
    _Alignas(8) uint8_t message[MESSAGE_BYTES];
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_set_buffer(&link->forge, message, sizeof message);
    lv2_atom_forge_object(&link->forge, &frame, 0, link->uris.patch_Get);
    lv2_atom_forge_pop(&link->forge, &frame);
    send(link, message);
}

void link_open(struct link *link, enum text property, const char *path)
{
    _Alignas(8) uint8_t message[MESSAGE_BYTES];
    LV2_Atom_Forge_Frame frame;
    const size_t length = strlen(path);
    if (length >= TEXT_BYTES)
        return;
    lv2_atom_forge_set_buffer(&link->forge, message, sizeof message);
    lv2_atom_forge_object(&link->forge, &frame, 0, link->uris.patch_Set);
    lv2_atom_forge_key(&link->forge, link->uris.property);
    lv2_atom_forge_urid(&link->forge, link->text_urids[property]);
    lv2_atom_forge_key(&link->forge, link->uris.value);
    lv2_atom_forge_path(&link->forge, path, (uint32_t)length);
    lv2_atom_forge_pop(&link->forge, &frame);
    send(link, message);
}

void link_watch(struct link *link, int seconds)
{
    _Alignas(8) uint8_t message[MESSAGE_BYTES];
    LV2_Atom_Forge_Frame frame;
    lv2_atom_forge_set_buffer(&link->forge, message, sizeof message);
    lv2_atom_forge_object(&link->forge, &frame, 0, link->uris.Watch);
    lv2_atom_forge_key(&link->forge, link->uris.seconds);
    lv2_atom_forge_int(&link->forge, seconds);
    lv2_atom_forge_pop(&link->forge, &frame);
    send(link, message);
}

/* From the plugin */

/** Notes a text that has a place here. */
static void note_text(const struct link *link, struct facts *facts, struct news *news,
                      LV2_URID property, const LV2_Atom *value)
{
    if (value->type != link->forge.Path && value->type != link->forge.String)
        return;
    for (size_t t = 0; t < TEXT_COUNT; ++t) {
        if (link->text_urids[t] != property)
            continue;
        const char *text = LV2_ATOM_BODY_CONST(value);
        const size_t length = strnlen(text, value->size);
        if (length >= TEXT_BYTES)
            return;
        memcpy(facts->texts[t], text, length);
        facts->texts[t][length] = '\0';
        news->texts |= 1u << t;
    }
}

static void hear_set(const struct link *link, struct facts *facts, struct news *news,
                     const LV2_Atom_Object *object)
{
    const LV2_Atom *property = NULL, *value = NULL;
    lv2_atom_object_get(object, link->uris.property, &property, link->uris.value, &value, 0);
    if (property && value && property->type == link->forge.URID)
        note_text(link, facts, news, ((const LV2_Atom_URID *)property)->body, value);
}

static void hear_put(const struct link *link, struct facts *facts, struct news *news,
                     const LV2_Atom_Object *object)
{
    const LV2_Atom *body = NULL;
    lv2_atom_object_get(object, link->uris.body, &body, 0);
    if (!body || !lv2_atom_forge_is_object_type(&link->forge, body->type))
        return;
    LV2_ATOM_OBJECT_FOREACH((const LV2_Atom_Object *)body, member)
    note_text(link, facts, news, member->key, &member->value);
}

/** Copies the numbers of a vector, up to `room`. Returns how many. */
static unsigned copy_floats(const struct link *link, const LV2_Atom *value, float *numbers,
                            unsigned room)
{
    if (!value || value->type != link->forge.Vector || value->size < sizeof(LV2_Atom_Vector_Body))
        return 0;
    const LV2_Atom_Vector *vector = (const LV2_Atom_Vector *)value;
    if (vector->body.child_type != link->forge.Float || vector->body.child_size != sizeof *numbers)
        return 0;
    const size_t held = (value->size - sizeof vector->body) / sizeof *numbers;
    const unsigned count = held < room ? (unsigned)held : room;
    memcpy(numbers, vector + 1, count * sizeof *numbers);
    return count;
}

static void copy_float(const struct link *link, const LV2_Atom *value, float *number)
{
    if (value && value->type == link->forge.Float)
        *number = ((const LV2_Atom_Float *)value)->body;
}

/** Notes a picture of the scope; the same one as before, as in silence, is no news. */
static void hear_scope(const struct link *link, struct facts *facts, struct news *news,
                       const LV2_Atom *scope_in, const LV2_Atom *scope_out)
{
    float in[SCOPE_PAIRS], out[SCOPE_PAIRS];
    const unsigned in_count = copy_floats(link, scope_in, in, SCOPE_PAIRS);
    const unsigned out_count = copy_floats(link, scope_out, out, SCOPE_PAIRS);
    const unsigned pairs = in_count < out_count ? in_count : out_count;
    const size_t bytes = pairs * sizeof *in;
    news->scope = pairs != facts->pairs || memcmp(in, facts->scope_in, bytes) != 0 ||
                  memcmp(out, facts->scope_out, bytes) != 0;
    facts->pairs = pairs;
    memcpy(facts->scope_in, in, bytes);
    memcpy(facts->scope_out, out, bytes);
}

static void hear_levels(const struct link *link, struct facts *facts, struct news *news,
                        const LV2_Atom_Object *object)
{
    const LV2_Atom *in_peak = NULL, *out_peak = NULL, *in_rms = NULL, *out_rms = NULL;
    const LV2_Atom *load = NULL, *load_peak = NULL, *scope_in = NULL, *scope_out = NULL;
    lv2_atom_object_get(object, link->uris.input_peak, &in_peak, link->uris.output_peak, &out_peak,
                        link->uris.input_rms, &in_rms, link->uris.output_rms, &out_rms,
                        link->uris.load, &load, link->uris.load_peak, &load_peak,
                        link->uris.scope_in, &scope_in, link->uris.scope_out, &scope_out, 0);
    copy_floats(link, in_peak, facts->in.peak, CHANNELS_MAX);
    copy_floats(link, out_peak, facts->out.peak, CHANNELS_MAX);
    copy_floats(link, in_rms, facts->in.rms, CHANNELS_MAX);
    copy_floats(link, out_rms, facts->out.rms, CHANNELS_MAX);
    copy_float(link, load, &facts->load);
    copy_float(link, load_peak, &facts->load_peak);
    news->levels = true;
    if (scope_in && scope_out)
        hear_scope(link, facts, news, scope_in, scope_out);
}

static void hear_message(const struct link *link, struct facts *facts, struct news *news,
                         const LV2_Atom_Object *object)
{
    if (object->body.otype == link->uris.Levels)
        hear_levels(link, facts, news, object);
    else if (object->body.otype == link->uris.patch_Set)
        hear_set(link, facts, news, object);
    else if (object->body.otype == link->uris.patch_Put)
        hear_put(link, facts, news, object);
}

struct news link_hear(const struct link *link, struct facts *facts, uint32_t port, uint32_t size,
                      uint32_t format, const void *buffer)
{
    struct news news = {false, false, 0};
    const LV2_Atom *atom = buffer;
    if (format == 0 && port < PORT_COUNT && size == sizeof facts->controls[port])
        memcpy(&facts->controls[port], buffer, size);
    else if (format == link->uris.event_transfer && size >= sizeof(LV2_Atom_Object) &&
             lv2_atom_total_size(atom) <= size &&
             lv2_atom_forge_is_object_type(&link->forge, atom->type))
        hear_message(link, facts, &news, buffer);
    return news;
}
