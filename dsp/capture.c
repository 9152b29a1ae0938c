/* SPDX-License-Identifier: ISC */
/* Which capture format a JSON file is of, and the building of a model from what its reader finds.
 */
#include "capture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_TENSORS = 16,  ///< room for tensors at first; doubled when it is full
    FIRST_FLOATS = 4096, ///< the same for their elements
};

static bool out_of_memory(struct xl_capture *capture)
{
    return xl_fail(capture->error, "is too large for the memory");
}

/** Makes room for one more tensor of `elements` floats. */
static bool grow(struct xl_capture *capture, size_t elements)
{
    struct xl_tensors *file = capture->file;
    if (file->count == capture->room) {
        const size_t room = capture->room ? 2 * capture->room : FIRST_TENSORS;
        struct xl_tensor *tensors = realloc(file->tensors, room * sizeof *tensors);
        if (!tensors)
            return out_of_memory(capture);
        file->tensors = tensors;
        capture->room = room;
    }
    if (elements > capture->capacity - capture->used) {
        const size_t capacity = 2 * capture->capacity + elements + FIRST_FLOATS;
        float *storage = realloc(file->storage, capacity * sizeof *storage);
        if (!storage)
            return out_of_memory(capture);
        file->storage = storage;
        capture->capacity = capacity;
    }
    return true;
}

float *xl_capture_tensor(struct xl_capture *capture, size_t rows, size_t columns, const char *name,
                         ...)
{
    const size_t elements = columns ? rows * columns : rows;
    if (!grow(capture, elements))
        return NULL;
    struct xl_tensor *tensor = &capture->file->tensors[capture->file->count++];
    *tensor =
        (struct xl_tensor){.dtype = XL_F32, .rank = columns ? 2 : 1, .shape = {rows, columns}};
    va_list arguments;
    va_start(arguments, name);
    vsnprintf(tensor->name, sizeof tensor->name, name, arguments);
    va_end(arguments);
    float *data = (float *)capture->file->storage + capture->used;
    memset(data, 0, elements * sizeof *data);
    capture->used += elements;
    return data;
}

bool xl_capture_set(struct xl_capture *capture, const char *field, json_t *value)
{
    return json_object_set_new(capture->file->config, field, value) == 0 || out_of_memory(capture);
}

bool xl_capture_set_layer(struct xl_capture *capture, const char *field, json_t *value)
{
    json_t *layers = json_object_get(capture->file->config, "layers");
    json_t *layer = json_array_get(layers, capture->layers - 1);
    return json_object_set_new(layer, field, value) == 0 || out_of_memory(capture);
}

bool xl_capture_layer(struct xl_capture *capture, const char *type, const char *size_field,
                      size_t width)
{
    json_t *layers = json_object_get(capture->file->config, "layers");
    json_t *layer = json_pack("{s:s, s:I}", "type", type, size_field, (json_int_t)width);
    capture->layers++;
    return json_array_append_new(layers, layer) == 0 || out_of_memory(capture);
}

bool xl_capture_copy_text(struct xl_capture *capture, const json_t *metadata, const char *key,
                          const char *field)
{
    json_t *value = json_object_get(metadata, key);
    return !json_is_string(value) || xl_capture_set(capture, field, json_incref(value));
}

bool xl_capture_copy_number(struct xl_capture *capture, const json_t *metadata, const char *key,
                            const char *field, double minimum, double maximum)
{
    json_t *value = json_object_get(metadata, key);
    const double number = json_number_value(value);
    return !json_is_number(value) || number < minimum || number > maximum ||
           xl_capture_set(capture, field, json_incref(value));
}

bool xl_capture_knob(struct xl_capture *capture, const char *name, double initial)
{
    json_t *knobs = json_object_get(capture->file->config, "knobs");
    if (!knobs && !xl_capture_set(capture, "knobs", knobs = json_array()))
        return false;
    json_t *knob = json_pack("{s:s, s:i, s:i, s:f}", "name", name, "minimum", 0, "maximum", 1,
                             "default", initial);
    return json_array_append_new(knobs, knob) == 0 || out_of_memory(capture);
}

bool xl_capture_direct(struct xl_capture *capture, size_t inputs, float gain)
{
    float *direct = xl_capture_tensor(capture, 1, inputs, "direct.weight");
    if (!direct)
        return false;
    direct[0] = gain;
    return xl_capture_set(capture, "direct", json_true());
}

/** What every translated capture has: its own first layer, a list of layers, mono audio. */
static bool begin(struct xl_capture *capture)
{
    capture->file->config = json_pack("{s:b, s:[]}", "in_proj", false, "layers");
    strcpy(capture->file->kind, "xLSTMAudioModel");
    return capture->file->config || out_of_memory(capture);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

/** The storage no longer moves: lets the tensors point into it, and sorts them. */
static void finish(struct xl_capture *capture)
{
    const float *next = capture->file->storage;
    for (size_t i = 0; i < capture->file->count; i++) {
        struct xl_tensor *tensor = &capture->file->tensors[i];
        tensor->data = (const unsigned char *)next;
        next += xl_tensor_elements(tensor);
    }
    qsort(capture->file->tensors, capture->file->count, sizeof *capture->file->tensors,
          compare_names);
}

static bool has(const json_t *root, const char *key)
{
    return json_object_get(root, key) != NULL;
}

static bool read_by_format(struct xl_capture *capture, const json_t *root)
{
    if (has(root, "architecture") || (has(root, "config") && has(root, "weights")))
        return xl_read_nam(capture, root);
    if (has(root, "layers"))
        return xl_read_keras(capture, root);
    if (has(root, "state_dict") || has(root, "model_data"))
        return xl_read_guitarml(capture, root);
    if (has(root, "dilations"))
        return xl_fail(capture->error, "is a WaveNet of GuitarML's older plug-ins, a convolutional "
                                       "network, expected LSTM or GRU layers");
    return xl_fail(capture->error,
                   "is JSON, but neither a NAM capture (architecture, config, weights) nor "
                   "Keras-style layers (in_shape, layers) nor GuitarML's (model_data, state_dict)");
}

bool xl_read_capture(struct xl_tensors *file, const json_t *root, struct xlstm_error *error)
{
    struct xl_capture capture = {.file = file, .error = error};
    *file = (struct xl_tensors){0};
    if (!json_is_object(root))
        return xl_fail(error, "is a JSON list, expected an object");
    if (!begin(&capture) || !read_by_format(&capture, root)) {
        xl_tensors_free(file);
        return false;
    }
    finish(&capture);
    return true;
}
