/* SPDX-License-Identifier: ISC */
/* Writing safetensors: 8 bytes of length, a JSON header padded with blanks, the tensors' bytes. */
#include "tensors.h"

#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 8,
    HEADER_ALIGNMENT = 8, ///< the tensors begin at a multiple of it
};

static const char *const dtype_names[] = {
    [XL_F16] = "F16", [XL_BF16] = "BF16", [XL_F32] = "F32", [XL_F64] = "F64", [XL_I64] = "I64",
};

static size_t tensor_bytes(const struct xl_tensor *tensor)
{
    return (size_t)xl_tensor_elements(tensor) * xl_dtype_bytes(tensor->dtype);
}

/** Wide elements first, so that each tensor begins at a multiple of its element's size. */
static int compare_order(const void *a, const void *b)
{
    const struct xl_tensor *left = *(const struct xl_tensor *const *)a;
    const struct xl_tensor *right = *(const struct xl_tensor *const *)b;
    const size_t left_bytes = xl_dtype_bytes(left->dtype);
    const size_t right_bytes = xl_dtype_bytes(right->dtype);
    if (left_bytes != right_bytes)
        return left_bytes > right_bytes ? -1 : 1;
    return strcmp(left->name, right->name);
}

/** The tensors in the order of the file to be, for free(). */
static const struct xl_tensor **order_tensors(const struct xl_tensors *file)
{
    const struct xl_tensor **order = malloc((file->count + 1) * sizeof *order);
    if (!order)
        return NULL;
    for (size_t i = 0; i < file->count; i++)
        order[i] = &file->tensors[i];
    qsort(order, file->count, sizeof *order, compare_order);
    return order;
}

/** The configuration as text, for free(), or NULL. Not json_dumps(), which overlooks that memory
 * has run out while it writes a key and then leaves the key out. */
static char *config_text(const json_t *config)
{
    const size_t length = json_dumpb(config, NULL, 0, JSON_COMPACT);
    char *text = length ? malloc(length + 1) : NULL;
    if (!text || json_dumpb(config, text, length, JSON_COMPACT) != length) {
        free(text);
        return NULL;
    }
    text[length] = 0;
    return text;
}

static json_t *describe_metadata(const struct xl_tensors *file)
{
    char *config = config_text(file->config);
    json_t *metadata = json_pack("{s:s, s:s}", "kind", file->kind, "config", config);
    free(config);
    return metadata;
}

static json_t *describe_shape(const struct xl_tensor *tensor)
{
    json_t *shape = json_array();
    for (unsigned i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) != 0) {
            json_decref(shape);
            return NULL;
        }
    return shape;
}

static json_t *describe_tensor(const struct xl_tensor *tensor, size_t begin)
{
    const json_int_t end = (json_int_t)(begin + tensor_bytes(tensor));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_names[tensor->dtype], "shape",
                     describe_shape(tensor), "data_offsets", (json_int_t)begin, end);
}

/** The header, or NULL; adds the tensors' bytes to `*data_bytes`. */
static json_t *make_header(const struct xl_tensors *file, const struct xl_tensor *const *order,
                           size_t *data_bytes)
{
    json_t *header = json_object();
    int failed = json_object_set_new(header, "__metadata__", describe_metadata(file));
    for (size_t i = 0; i < file->count; i++) {
        failed |=
            json_object_set_new(header, order[i]->name, describe_tensor(order[i], *data_bytes));
        *data_bytes += tensor_bytes(order[i]);
    }
    if (!failed)
        return header;
    json_decref(header);
    return NULL;
}

/** Writes length and header, which takes `length` bytes and is padded to `padded`. */
static bool put_header(unsigned char *to, const json_t *header, size_t length, size_t padded)
{
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        to[i] = (unsigned char)((uint64_t)padded >> 8 * i);
    memset(to + LENGTH_BYTES, ' ', padded);
    return json_dumpb(header, (char *)to + LENGTH_BYTES, length, JSON_COMPACT) == length;
}

static void put_tensors(unsigned char *to, const struct xl_tensor *const *order, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memcpy(to, order[i]->data, tensor_bytes(order[i]));
        to += tensor_bytes(order[i]);
    }
}

static void *write_ordered(const struct xl_tensors *file, const struct xl_tensor *const *order,
                           size_t *size)
{
    size_t data_bytes = 0;
    json_t *header = make_header(file, order, &data_bytes);
    const size_t length = json_dumpb(header, NULL, 0, JSON_COMPACT);
    const size_t padded = (length + HEADER_ALIGNMENT - 1) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    *size = LENGTH_BYTES + padded + data_bytes;
    unsigned char *bytes = length ? malloc(*size) : NULL;
    if (bytes && put_header(bytes, header, length, padded)) {
        put_tensors(bytes + LENGTH_BYTES + padded, order, file->count);
    } else {
        free(bytes);
        bytes = NULL;
    }
    json_decref(header);
    return bytes;
}

void *xl_write_safetensors(const struct xl_tensors *file, size_t *size, struct xlstm_error *error)
{
    for (size_t i = 0; i < file->count; i++)
        if (file->tensors[i].dtype == XL_OTHER_DTYPE) {
            xl_fail(error, "tensor %s has a type that no model uses, expected one such as F32",
                    file->tensors[i].name);
            return NULL;
        }
    const struct xl_tensor **order = order_tensors(file);
    void *bytes = order ? write_ordered(file, order, size) : NULL;
    free(order);
    if (!bytes)
        xl_fail(error, "cannot be written as safetensors: out of memory or no configuration");
    return bytes;
}
