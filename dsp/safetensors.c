/* SPDX-License-Identifier: ISC */
/* Reading safetensors: 8 bytes of length, a JSON header, the tensors' bytes without gaps. Nothing
 * is copied: the tensors point into the caller's bytes. */
#include "tensors.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 8,
    MAX_HEADER_BYTES = 100000000, ///< the format's own limit
    MAX_TENSORS = 100000,         ///< keeps what a hostile header can make us allocate in bounds
    SHAPE_TEXT_BYTES = 96,
};

#define METADATA "__metadata__"

static const struct dtype {
    const char *name;
    enum xl_dtype dtype;
    unsigned bytes;
} dtypes[] = {
    {"F32", XL_F32, 4},
    {"F16", XL_F16, 2},
    {"BF16", XL_BF16, 2},
    {"F64", XL_F64, 8},
    {"I64", XL_I64, 8},
    {"I32", XL_OTHER_DTYPE, 4},
    {"I16", XL_OTHER_DTYPE, 2},
    {"I8", XL_OTHER_DTYPE, 1},
    {"U64", XL_OTHER_DTYPE, 8},
    {"U32", XL_OTHER_DTYPE, 4},
    {"U16", XL_OTHER_DTYPE, 2},
    {"U8", XL_OTHER_DTYPE, 1},
    {"BOOL", XL_OTHER_DTYPE, 1},
    {"C64", XL_OTHER_DTYPE, 8},
    {"F8_E4M3", XL_OTHER_DTYPE, 1},
    {"F8_E5M2", XL_OTHER_DTYPE, 1},
};

/** Where a tensor's bytes lie behind the header. */
struct extent {
    uint64_t begin, end;
    const char *name; ///< borrowed from the header
};

/** The header and payload of the file being read. */
struct reader {
    struct xl_tensors *file;
    const unsigned char *payload;
    uint64_t payload_bytes;
    struct extent *extents;
    struct xlstm_error *error;
};

static const struct dtype *find_dtype(const char *name)
{
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (strcmp(name, dtypes[i].name) == 0)
            return &dtypes[i];
    return NULL;
}

/** "(4, 16)". */
static void describe_shape(const struct xl_tensor *tensor, char text[SHAPE_TEXT_BYTES])
{
    size_t length = 1;
    strcpy(text, "(");
    for (unsigned i = 0; i < tensor->rank; i++)
        length += (size_t)snprintf(text + length, SHAPE_TEXT_BYTES - length, "%s%" PRIu64,
                                   i ? ", " : "", tensor->shape[i]);
    snprintf(text + length, SHAPE_TEXT_BYTES - length, ")");
}

static bool read_natural(const json_t *value, uint64_t *number)
{
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_shape(struct xl_tensor *tensor, const json_t *shape, struct xlstm_error *error)
{
    if (!json_is_array(shape))
        return xl_fail(error, "tensor %s has no shape, expected a list of sizes", tensor->name);
    if (json_array_size(shape) > XL_MAX_RANK)
        return xl_fail(error, "tensor %s has %zu dimensions, expected at most %d", tensor->name,
                       json_array_size(shape), XL_MAX_RANK);
    tensor->rank = (unsigned)json_array_size(shape);
    for (unsigned i = 0; i < tensor->rank; i++)
        if (!read_natural(json_array_get(shape, i), &tensor->shape[i]))
            return xl_fail(error, "tensor %s has a size in its shape that is no natural number",
                           tensor->name);
    return true;
}

/** Bytes that a tensor of this shape takes, or UINT64_MAX if they are more than can be counted. */
static uint64_t needed_bytes(const struct xl_tensor *tensor, unsigned element_bytes)
{
    uint64_t bytes = element_bytes;
    for (unsigned i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] == 0)
            return 0;
    for (unsigned i = 0; i < tensor->rank; i++) {
        if (bytes > UINT64_MAX / tensor->shape[i])
            return UINT64_MAX;
        bytes *= tensor->shape[i];
    }
    return bytes;
}

static bool read_offsets(const json_t *offsets, struct extent *extent)
{
    return json_array_size(offsets) == 2 &&
           read_natural(json_array_get(offsets, 0), &extent->begin) &&
           read_natural(json_array_get(offsets, 1), &extent->end) && extent->begin <= extent->end;
}

static bool place_tensor(struct reader *reader, struct xl_tensor *tensor, const struct dtype *dtype,
                         const json_t *offsets, struct extent *extent)
{
    char shape[SHAPE_TEXT_BYTES];
    if (!read_offsets(offsets, extent))
        return xl_fail(reader->error, "tensor %s has no data_offsets [begin, end]", tensor->name);
    if (extent->end > reader->payload_bytes)
        return xl_fail(reader->error,
                       "tensor %s ends at byte %" PRIu64
                       " of the data, but the file holds %" PRIu64,
                       tensor->name, extent->end, reader->payload_bytes);
    const uint64_t needed = needed_bytes(tensor, dtype->bytes);
    if (extent->end - extent->begin != needed) {
        describe_shape(tensor, shape);
        return xl_fail(reader->error,
                       "tensor %s takes %" PRIu64 " bytes, but its shape %s of %s needs %" PRIu64,
                       tensor->name, extent->end - extent->begin, shape, dtype->name, needed);
    }
    tensor->data = reader->payload + extent->begin;
    return true;
}

static bool read_tensor(struct reader *reader, const char *name, const json_t *entry)
{
    struct xl_tensor *tensor = &reader->file->tensors[reader->file->count];
    struct extent *extent = &reader->extents[reader->file->count];
    if (strlen(name) >= sizeof tensor->name)
        return xl_fail(reader->error,
                       "tensor %.40s… has a name of %zu bytes, expected less than %d", name,
                       strlen(name), XL_NAME_BYTES);
    strcpy(tensor->name, name);
    const char *dtype_name = json_string_value(json_object_get(entry, "dtype"));
    if (!dtype_name)
        return xl_fail(reader->error, "tensor %s has no dtype, expected one such as F32", name);
    const struct dtype *dtype = find_dtype(dtype_name);
    if (!dtype)
        return xl_fail(reader->error, "tensor %s has the dtype %.20s, expected one such as F32",
                       name, dtype_name);
    tensor->dtype = dtype->dtype;
    extent->name = name;
    reader->file->count++;
    return read_shape(tensor, json_object_get(entry, "shape"), reader->error) &&
           place_tensor(reader, tensor, dtype, json_object_get(entry, "data_offsets"), extent);
}

static int compare_extents(const void *a, const void *b)
{
    const struct extent *left = a, *right = b;
    if (left->begin != right->begin)
        return left->begin < right->begin ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

/** Each byte of the data belongs to exactly one tensor. */
static bool check_extents(struct reader *reader)
{
    uint64_t reached = 0;
    const char *previous = METADATA;
    const size_t count = reader->file->count;
    qsort(reader->extents, count, sizeof *reader->extents, compare_extents);
    for (size_t i = 0; i < count; i++) {
        const struct extent *extent = &reader->extents[i];
        if (extent->begin < reached)
            return xl_fail(reader->error, "tensors %s and %s overlap", previous, extent->name);
        if (extent->begin > reached)
            return xl_fail(reader->error,
                           "tensor %s begins at byte %" PRIu64 " of the data, expected %" PRIu64,
                           extent->name, extent->begin, reached);
        reached = extent->end;
        previous = extent->name;
    }
    if (reached != reader->payload_bytes)
        return xl_fail(reader->error,
                       "holds %" PRIu64 " bytes of data, but its tensors take %" PRIu64,
                       reader->payload_bytes, reached);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

static bool read_tensors(struct reader *reader, json_t *header)
{
    const char *name;
    json_t *entry;
    const size_t room = json_object_size(header);
    if (room > MAX_TENSORS)
        return xl_fail(reader->error, "has %zu tensors, expected at most %d", room, MAX_TENSORS);
    reader->file->tensors = calloc(room, sizeof *reader->file->tensors);
    reader->extents = calloc(room, sizeof *reader->extents);
    if (room && (!reader->file->tensors || !reader->extents))
        return xl_fail(reader->error, "has %zu tensors, too many for the memory", room);
    json_object_foreach(header, name, entry) if (strcmp(name, METADATA) != 0 &&
                                                 !read_tensor(reader, name, entry)) return false;
    if (!check_extents(reader))
        return false;
    if (reader->file->count)
        qsort(reader->file->tensors, reader->file->count, sizeof *reader->file->tensors,
              compare_names);
    return true;
}

/** A string of the metadata, or NULL and a sentence that helps people who saved bare weights. */
static const char *metadata_text(const json_t *header, const char *key, struct xlstm_error *error)
{
    const char *text = json_string_value(json_object_get(json_object_get(header, METADATA), key));
    if (!text)
        xl_fail(
            error,
            "has no string \"%s\" in " METADATA "; save it with metadata={\"kind\": the class "
            "of the model, \"config\": json.dumps(its configuration)} as presets/README.md shows",
            key);
    return text;
}

static bool read_metadata(struct xl_tensors *file, const json_t *header, struct xlstm_error *error)
{
    json_error_t problem;
    const char *kind = metadata_text(header, "kind", error);
    const char *config = kind ? metadata_text(header, "config", error) : NULL;
    if (!config)
        return false;
    if (strlen(kind) >= sizeof file->kind)
        return xl_fail(error, "has the kind %.40s…, expected a class such as xLSTMAudioModel",
                       kind);
    strcpy(file->kind, kind);
    file->config = json_loads(config, JSON_REJECT_DUPLICATES, &problem);
    if (!file->config)
        return xl_fail(error, "has a config in " METADATA " that is not a JSON object: %s",
                       problem.text);
    if (!json_is_object(file->config))
        return xl_fail(error, "has a config in " METADATA " that is a list, expected an object");
    return true;
}

static uint64_t read_length(const unsigned char *bytes)
{
    uint64_t length = 0;
    for (size_t i = LENGTH_BYTES; i-- > 0;)
        length = length << 8 | bytes[i];
    return length;
}

/** The header as JSON, with `payload` set in `reader`; NULL and a reason on failure. */
static json_t *read_header(struct reader *reader, const unsigned char *bytes, size_t size)
{
    json_error_t problem;
    const uint64_t length = size > LENGTH_BYTES ? read_length(bytes) : 0;
    if (length == 0 || length > MAX_HEADER_BYTES || bytes[LENGTH_BYTES] != '{') {
        xl_fail(reader->error, "is neither a safetensors file nor JSON");
        return NULL;
    }
    if (length > size - LENGTH_BYTES) {
        xl_fail(reader->error, "ends after %zu bytes, but its header alone takes %" PRIu64, size,
                length + LENGTH_BYTES);
        return NULL;
    }
    reader->payload = bytes + LENGTH_BYTES + length;
    reader->payload_bytes = size - LENGTH_BYTES - length;
    const char *text = (const char *)bytes + LENGTH_BYTES;
    json_t *header = json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &problem);
    if (!header)
        xl_fail(reader->error, "has a safetensors header that is not valid JSON: %s", problem.text);
    return header;
}

bool xl_read_safetensors(struct xl_tensors *file, const unsigned char *bytes, size_t size,
                         struct xlstm_error *error)
{
    struct reader reader = {.file = file, .error = error};
    *file = (struct xl_tensors){.format = "safetensors"};
    json_t *header = read_header(&reader, bytes, size);
    const bool success =
        header && read_tensors(&reader, header) && read_metadata(file, header, error);
    free(reader.extents);
    json_decref(header);
    if (!success)
        xl_tensors_free(file);
    return success;
}
