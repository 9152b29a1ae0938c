/* SPDX-License-Identifier: ISC */
/* Named tensors: look-up, elements as numbers, and the choice of a reader by a file's first bytes.
 */
#include "tensors.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAFETENSORS_LENGTH_BYTES = 8, ///< a safetensors file begins with the length of its JSON
    MAGIC_BYTES = 4,
    UTF8_LONGEST = 4,
};

/** Bytes of the UTF-8 character at `text`, or 0 if it is none or may not stand in a sentence. */
static size_t utf8_length(const char *text)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x80)
        return first >= ' ' && first != 0x7f;
    const size_t length = first >= 0xf0 ? UTF8_LONGEST : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/** Sentences quote names out of files: control characters and what is not UTF-8 become "?". */
static void scrub(char *text)
{
    while (*text) {
        const size_t length = utf8_length(text);
        if (length == 0)
            *text = '?';
        text += length ? length : 1;
    }
}

bool xl_fail(struct xlstm_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    scrub(error->text);
    return false;
}

static int compare_name(const void *name, const void *tensor)
{
    return strcmp(name, ((const struct xl_tensor *)tensor)->name);
}

const struct xl_tensor *xl_tensors_find(const struct xl_tensors *file, const char *name)
{
    if (file->count == 0)
        return NULL;
    return bsearch(name, file->tensors, file->count, sizeof *file->tensors, compare_name);
}

uint64_t xl_tensor_elements(const struct xl_tensor *tensor)
{
    uint64_t elements = 1;
    for (unsigned i = 0; i < tensor->rank; i++)
        elements *= tensor->shape[i];
    return elements;
}

size_t xl_dtype_bytes(enum xl_dtype dtype)
{
    static const size_t bytes[] = {
        [XL_F16] = 2, [XL_BF16] = 2, [XL_F32] = 4, [XL_F64] = 8, [XL_I64] = 8, [XL_OTHER_DTYPE] = 0,
    };
    return bytes[dtype];
}

static uint64_t little_endian(const unsigned char *bytes, size_t count)
{
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static double from_f16(uint64_t bits)
{
    const int exponent = (int)(bits >> 10 & 0x1f);
    const double fraction = (double)(bits & 0x3ff);
    double value = ldexp(fraction + 1024, exponent - 25);
    if (exponent == 0)
        value = ldexp(fraction, -24);
    if (exponent == 0x1f)
        value = fraction != 0 ? (double)NAN : (double)INFINITY;
    return bits & 0x8000 ? -value : value;
}

static double from_f32(uint64_t bits)
{
    const uint32_t word = (uint32_t)bits;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

double xl_tensor_get(const struct xl_tensor *tensor, uint64_t index)
{
    const size_t bytes = xl_dtype_bytes(tensor->dtype);
    const uint64_t bits = little_endian(tensor->data + index * bytes, bytes);
    double value;
    switch (tensor->dtype) {
    case XL_F16:
        return from_f16(bits);
    case XL_BF16: // the upper half of a 32-bit float
        return from_f32(bits << 16);
    case XL_F32:
        return from_f32(bits);
    case XL_F64:
        memcpy(&value, &bits, sizeof value);
        return value;
    case XL_I64:
    case XL_OTHER_DTYPE:
        break;
    }
    return (double)NAN;
}

void xl_tensors_free(struct xl_tensors *file)
{
    json_decref(file->config);
    free(file->tensors);
    free(file->storage);
    *file = (struct xl_tensors){0};
}

/** Names a file that people take for a model, by its first bytes; NULL if they tell nothing. */
static const char *foreign_format(const unsigned char *bytes, size_t size)
{
    static const struct {
        char magic[MAGIC_BYTES + 1];
        const char *format;
    } formats[] = {
        {"PK\3\4", "a zip archive, such as a PyTorch checkpoint"},
        {"\x89HDF", "an HDF5 file, such as a Keras checkpoint"},
        {"RIFF", "a WAV file"},
        {"GGUF", "a GGUF file"},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (size >= MAGIC_BYTES && memcmp(bytes, formats[i].magic, MAGIC_BYTES) == 0)
            return formats[i].format;
    return NULL;
}

static bool is_blank(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/** Whether the first byte that counts opens a JSON object or list. A safetensors file has its brace
 *  behind the length, whose bytes may by chance read as one. */
static bool looks_like_json(const unsigned char *bytes, size_t size)
{
    if (size > SAFETENSORS_LENGTH_BYTES && bytes[SAFETENSORS_LENGTH_BYTES] == '{' &&
        little_endian(bytes, SAFETENSORS_LENGTH_BYTES) <= size - SAFETENSORS_LENGTH_BYTES)
        return false;
    size_t first = 0;
    while (first < size && is_blank(bytes[first]))
        first++;
    return first < size && (bytes[first] == '{' || bytes[first] == '[');
}

static bool read_json(struct xl_tensors *file, const unsigned char *bytes, size_t size,
                      struct xlstm_error *error)
{
    json_error_t problem;
    json_t *capture = json_loadb((const char *)bytes, size, 0, &problem);
    if (!capture)
        return xl_fail(error, "is not valid JSON: %s in line %d, column %d", problem.text,
                       problem.line, problem.column);
    const bool success = xl_read_capture(file, capture, error);
    json_decref(capture);
    return success;
}

bool xl_tensors_read(struct xl_tensors *file, const void *bytes, size_t size,
                     struct xlstm_error *error)
{
    static const unsigned char byte_order_mark[] = {0xef, 0xbb, 0xbf};
    const unsigned char *start = bytes;
    *file = (struct xl_tensors){0};
    if (size == 0)
        return xl_fail(error, "is empty, expected a model");
    const char *foreign = foreign_format(start, size);
    if (foreign)
        return xl_fail(error, "is %s, expected a safetensors file or a JSON capture", foreign);
    if (size > sizeof byte_order_mark &&
        memcmp(start, byte_order_mark, sizeof byte_order_mark) == 0) {
        start += sizeof byte_order_mark;
        size -= sizeof byte_order_mark;
    }
    return looks_like_json(start, size) ? read_json(file, start, size, error)
                                        : xl_read_safetensors(file, start, size, error);
}
