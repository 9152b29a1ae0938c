/* SPDX-License-Identifier: ISC */
/* Reading and writing safetensors: real files survive a round trip, elements of every type have
 * their value, and each kind of damage gets a sentence that names the tensor or the field. */
#include "golden.h"
#include "suite.h"
#include "tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 8, FILE_BYTES = 4096 };

#define METADATA "\"__metadata__\":{\"kind\":\"K\",\"config\":\"{}\"}"
#define TENSOR(name, from, to)                                                                     \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[" from "," to "]}"

/** A file in memory. */
struct image {
    unsigned char bytes[FILE_BYTES];
    size_t size;
};

static void put_length(struct image *image, uint64_t length)
{
    for (size_t i = 0; i < LENGTH_BYTES; i++)
        image->bytes[i] = (unsigned char)(length >> 8 * i);
}

/** A safetensors file of this header and `data_bytes` bytes 0, 1, 2 … */
static struct image make_image(const char *header, size_t data_bytes)
{
    struct image image;
    const size_t length = strlen(header);
    put_length(&image, length);
    memcpy(image.bytes + LENGTH_BYTES, header, length);
    for (size_t i = 0; i < data_bytes; i++)
        image.bytes[LENGTH_BYTES + length + i] = (unsigned char)i;
    image.size = LENGTH_BYTES + length + data_bytes;
    return image;
}

/** Bytes of its own size, so that a sanitizer sees what is read beyond them. */
static bool read_image(struct xl_tensors *file, const void *bytes, size_t size,
                       struct xlstm_error *error)
{
    void *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    const bool success = xl_tensors_read(file, copy, size, error);
    if (success)
        xl_tensors_free(file);
    free(copy);
    return success;
}

static void check_refused(const void *bytes, size_t size, const char *sentence)
{
    struct xl_tensors file;
    struct xlstm_error error = {""};
    const bool success = read_image(&file, bytes, size, &error);
    if (success || !strstr(error.text, sentence))
        printf("\nfound    %s\nexpected %s\n", success ? "a model" : error.text, sentence);
    CU_ASSERT(!success && strstr(error.text, sentence));
    CU_ASSERT(success || (!file.tensors && !file.config && !file.storage));
}

static void test_elements_have_their_value(void)
{
    static const struct {
        enum xl_dtype dtype;
        unsigned char bytes[8];
        double value;
    } ELEMENTS[] = {
        {XL_F16, {0x00, 0x3c}, 1},
        {XL_F16, {0x00, 0xc0}, -2},
        {XL_F16, {0x55, 0x35}, 0.333251953125},
        {XL_F16, {0xff, 0x7b}, 65504},
        {XL_F16, {0x01, 0x00}, 0x1p-24},
        {XL_F16, {0xff, 0x83}, -1023 * 0x1p-24},
        {XL_F16, {0x00, 0x04}, 0x1p-14},
        {XL_F16, {0x00, 0xfc}, -(double)INFINITY},
        {XL_BF16, {0x80, 0x3f}, 1},
        {XL_BF16, {0x49, 0xc0}, -3.140625},
        {XL_F32, {0xdb, 0x0f, 0x49, 0x40}, 3.1415927410125732},
        {XL_F64, {0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0xbf}, -0.1},
    };
    for (size_t i = 0; i < sizeof ELEMENTS / sizeof *ELEMENTS; i++) {
        unsigned char padded[9] = {0}; // the element at an odd address
        memcpy(padded + 1, ELEMENTS[i].bytes, sizeof ELEMENTS[i].bytes);
        const struct xl_tensor tensor = {.dtype = ELEMENTS[i].dtype, .data = padded + 1};
        CU_ASSERT(xl_tensor_get(&tensor, 0) == ELEMENTS[i].value);
    }
    const struct xl_tensor not_a_number = {.dtype = XL_F16,
                                           .data = (const unsigned char *)"\x01\x7c"};
    CU_ASSERT(isnan(xl_tensor_get(&not_a_number, 0)));
}

static bool same_tensors(const struct xl_tensors *a, const struct xl_tensors *b)
{
    bool same =
        a->count == b->count && strcmp(a->kind, b->kind) == 0 && json_equal(a->config, b->config);
    for (size_t i = 0; same && i < a->count; i++) {
        const struct xl_tensor *x = &a->tensors[i], *y = &b->tensors[i];
        const size_t bytes = (size_t)xl_tensor_elements(x) * xl_dtype_bytes(x->dtype);
        same = strcmp(x->name, y->name) == 0 && x->dtype == y->dtype && x->rank == y->rank &&
               memcmp(x->shape, y->shape, sizeof x->shape) == 0 &&
               memcmp(x->data, y->data, bytes) == 0;
    }
    return same;
}

/** Tensors begin at multiples of their elements' size, counted from the file's first byte. */
static bool aligned(const struct xl_tensors *file, const unsigned char *bytes)
{
    bool all = true;
    for (size_t i = 0; i < file->count; i++)
        all = all &&
              (size_t)(file->tensors[i].data - bytes) % xl_dtype_bytes(file->tensors[i].dtype) == 0;
    return all;
}

static void check_round_trip(const struct xl_tensors *file)
{
    size_t size = 0;
    struct xl_tensors again = {0};
    struct xlstm_error error = {""};
    unsigned char *written = xl_write_safetensors(file, &size, &error);
    CU_ASSERT_FATAL(written != NULL);
    CU_ASSERT_FATAL(xl_tensors_read(&again, written, size, &error));
    CU_ASSERT(same_tensors(file, &again));
    CU_ASSERT(aligned(&again, written));
    xl_tensors_free(&again);
    free(written);
}

static void test_real_files_survive_a_round_trip(void)
{
    static const char *const NAMES[] = {"audio_mixed", "lm_model", "lstm16", "large"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[64];
        size_t size;
        struct xl_tensors file;
        struct xlstm_error error = {""};
        snprintf(path, sizeof path, "golden/%s.safetensors", NAMES[i]);
        unsigned char *bytes = read_test_file(path, &size);
        CU_ASSERT_FATAL(xl_tensors_read(&file, bytes, size, &error));
        CU_ASSERT(file.count > 5 && json_object_size(file.config) > 0);
        check_round_trip(&file);
        xl_tensors_free(&file);
        free(bytes);
    }
}

static void test_mixed_types_survive_a_round_trip(void)
{
    static const unsigned char DATA[64] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    struct xl_tensor tensors[] = {
        {.name = "a", .dtype = XL_F16, .rank = 1, .shape = {3}, .data = DATA},
        {.name = "b", .dtype = XL_F64, .rank = 2, .shape = {2, 2}, .data = DATA + 1},
        {.name = "c", .dtype = XL_F32, .rank = 0, .data = DATA + 3},
        {.name = "d", .dtype = XL_I64, .rank = 3, .shape = {2, 0, 5}, .data = DATA},
        {.name = "e", .dtype = XL_BF16, .rank = 4, .shape = {1, 1, 1, 2}, .data = DATA},
    };
    struct xl_tensors file = {.kind = "K",
                              .config = json_pack("{s:s, s:f}", "name", "\xc3\xa4\"\\\n", "x", 0.1),
                              .tensors = tensors,
                              .count = sizeof tensors / sizeof *tensors};
    check_round_trip(&file);
    json_decref(file.config);
}

static void test_tensors_are_found(void)
{
    struct xl_tensors file;
    struct xlstm_error error = {""};
    const struct image image =
        make_image("{" TENSOR("b", "4", "8") "," METADATA "," TENSOR("a", "0", "4") "}  ", 8);
    CU_ASSERT_FATAL(xl_tensors_read(&file, image.bytes, image.size, &error));
    CU_ASSERT_EQUAL(file.count, 2);
    CU_ASSERT_STRING_EQUAL(file.kind, "K");
    CU_ASSERT_STRING_EQUAL(file.format, "safetensors");
    const struct xl_tensor *b = xl_tensors_find(&file, "b");
    CU_ASSERT(b && b->data[0] == 4 && b->rank == 1 && b->shape[0] == 1);
    CU_ASSERT_PTR_NULL(xl_tensors_find(&file, "c"));
    xl_tensors_free(&file);
}

static void test_damage_is_named(void)
{
    static const struct {
        const char *header;
        size_t data_bytes;
        const char *sentence;
    } DAMAGES[] = {
        {"{" TENSOR("w", "0", "4") "}", 4, "has no string \"kind\" in __metadata__; save it with"},
        {"{\"__metadata__\":{\"kind\":\"K\"}}", 0, "has no string \"config\" in __metadata__"},
        {"{\"__metadata__\":{\"kind\":3,\"config\":\"{}\"}}", 0, "has no string \"kind\""},
        {"{\"__metadata__\":{\"kind\":\"K\",\"config\":\"{\"}}", 0,
         "has a config in __metadata__ that is not a JSON object"},
        {"{\"__metadata__\":{\"kind\":\"K\",\"config\":\"[]\"}}", 0,
         "has a config in __metadata__ that is a list, expected an object"},
        {"{\"__metadata__\":{\"kind\":"
         "\"KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK"
         "KKKKKK\",\"config\":\"{}\"}}",
         0, "has the kind KKK"},
        {"{" METADATA "," TENSOR("w", "0", "8") "}", 8,
         "tensor w takes 8 bytes, but its shape (1) of F32 needs 4"},
        {"{" METADATA "," TENSOR("w", "0", "4") "}", 3,
         "tensor w ends at byte 4 of the data, but the file holds 3"},
        {"{" METADATA "," TENSOR("w", "0", "4") "}", 5,
         "holds 5 bytes of data, but its tensors take 4"},
        {"{" METADATA "," TENSOR("w", "4", "8") "}", 8,
         "tensor w begins at byte 4 of the data, expected 0"},
        {"{" METADATA "," TENSOR("v", "0", "4") "," TENSOR("w", "2", "6") "}", 6,
         "tensors v and w overlap"},
        {"{" METADATA "," TENSOR("w", "4", "0") "}", 4, "tensor w has no data_offsets"},
        {"{" METADATA "," TENSOR("w", "-4", "0") "}", 4, "tensor w has no data_offsets"},
        {"{" METADATA "," TENSOR("w", "0.0", "4.0") "}", 4, "tensor w has no data_offsets"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0,
         "tensor w has no data_offsets"},
        {"{" METADATA "," TENSOR("w", "0", "4") "," TENSOR("w", "0", "4") "}", 4,
         "header that is not valid JSON: duplicate object key"},
        {"{" METADATA ",\"w\":7}", 0, "tensor w has no dtype"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F31\",\"shape\":[],\"data_offsets\":[0,0]}}", 0,
         "tensor w has the dtype F31, expected one such as F32"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}", 0,
         "tensor w has no shape"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,4]}}", 4,
         "tensor w has 5 dimensions, expected at most 4"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
         "tensor w has a size in its shape that is no natural number"},
        {"{" METADATA ",\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],"
         "\"data_offsets\":[0,0]}}",
         0, "tensor w takes 0 bytes, but its shape (4294967296, 4294967296)"},
        {"{" METADATA ",\"0123456789012345678901234567890123456789012345678901234567890123456789"
         "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
         "01234567890123456789\":{}}",
         0, "tensor 0123456789012345678901234567890123456789… has a name of 170 bytes"},
        {"{" METADATA ",\"\\u001b[31m\":7}", 0, "tensor ?[31m has no dtype"},
        {"{" METADATA, 0, "has a safetensors header that is not valid JSON"},
    };
    for (size_t i = 0; i < sizeof DAMAGES / sizeof *DAMAGES; i++) {
        const struct image image = make_image(DAMAGES[i].header, DAMAGES[i].data_bytes);
        check_refused(image.bytes, image.size, DAMAGES[i].sentence);
    }
}

static void test_header_length_is_checked(void)
{
    struct image image = make_image("{" METADATA "," TENSOR("w", "0", "4") "}", 4);
    put_length(&image, 0);
    check_refused(image.bytes, image.size, "is neither a safetensors file nor JSON");
    put_length(&image, UINT64_MAX);
    check_refused(image.bytes, image.size, "is neither a safetensors file nor JSON");
    put_length(&image, UINT64_MAX - LENGTH_BYTES);
    check_refused(image.bytes, image.size, "is neither a safetensors file nor JSON");
    put_length(&image, 5000);
    check_refused(image.bytes, image.size, "but its header alone takes 5008");
    put_length(&image, 1);
    check_refused(image.bytes, image.size, "has a safetensors header that is not valid JSON");
}

static void test_every_cut_is_refused(void)
{
    const struct image image =
        make_image("{" METADATA "," TENSOR("a", "0", "4") "," TENSOR("b", "4", "8") "}", 8);
    for (size_t size = 0; size < image.size; size++) {
        struct xl_tensors file;
        struct xlstm_error error = {""};
        CU_ASSERT(!read_image(&file, image.bytes, size, &error));
        CU_ASSERT(error.text[0] != 0);
    }
}

static void test_other_files_are_named(void)
{
    check_refused("", 0, "is empty, expected a model");
    check_refused("PK\3\4....", 8, "is a zip archive, such as a PyTorch checkpoint");
    check_refused("\x89HDF\r\n\x1a\n", 8, "is an HDF5 file, such as a Keras checkpoint");
    check_refused("RIFF", 4, "is a WAV file, expected a safetensors file or a JSON capture");
    check_refused("RIF", 3, "is neither a safetensors file nor JSON");
    check_refused("Hello, is this a model?", 23, "is neither a safetensors file nor JSON");
}

/** A header whose length begins with the byte of "{" is not JSON for that. */
static void test_length_that_reads_as_a_brace(void)
{
    struct xl_tensors file;
    struct xlstm_error error = {""};
    struct image image = make_image("{" METADATA "}", 0);
    const size_t length = image.size - LENGTH_BYTES;
    memset(image.bytes + image.size, ' ', '{' - length);
    image.size = LENGTH_BYTES + '{';
    put_length(&image, '{');
    CU_ASSERT(read_image(&file, image.bytes, image.size, &error));
}

static void test_what_cannot_be_written(void)
{
    size_t size;
    struct xlstm_error error = {""};
    struct xl_tensor tensor = {.name = "w", .dtype = XL_OTHER_DTYPE};
    struct xl_tensors file = {.kind = "K", .config = json_object(), .tensors = &tensor, .count = 1};
    CU_ASSERT_PTR_NULL(xl_write_safetensors(&file, &size, &error));
    CU_ASSERT(strstr(error.text, "tensor w has a type that no model uses") != NULL);
    json_decref(file.config);
    file = (struct xl_tensors){.kind = "K"};
    CU_ASSERT_PTR_NULL(xl_write_safetensors(&file, &size, &error));
    CU_ASSERT(strstr(error.text, "cannot be written as safetensors") != NULL);
}

/** A causal convolution of one tap over one column, with whatever is added. */
#define CONVOLUTION                                                                                \
    "{\"__metadata__\":{\"kind\":\"CausalConv1d\","                                                \
    "\"config\":\"{\\\"feature_dim\\\":1,\\\"kernel_size\\\":1}\"},"                               \
    "\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,1],\"data_offsets\":[0,4]}," TENSOR(        \
        "conv.bias", "4", "8")

/** Tensors that only another architecture has show that the configuration is wrong; a recording
 * that is kept beside the weights does not. */
static void test_tensors_without_a_place(void)
{
    static const struct {
        const char *header;
        bool good;
    } FILES[] = {
        {CONVOLUTION "}", true},
        {CONVOLUTION "," TENSOR("in.x", "8", "12") "}", true},
        {CONVOLUTION "," TENSOR("layers.0.weight", "8", "12") "}", false},
        {CONVOLUTION "," TENSOR("lm_head.weight", "8", "12") "}", false},
        {CONVOLUTION "," TENSOR("lin.bias", "8", "12") "}", false},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct xlstm_error error = {""};
        const struct image image = make_image(FILES[i].header, i == 0 ? 8 : 12);
        xlstm_model *model = xlstm_model_parse(image.bytes, image.size, XLSTM_ISA_GENERIC, &error);
        CU_ASSERT((model != NULL) == FILES[i].good);
        CU_ASSERT(model || strstr(error.text, "the configuration has no place for it"));
        if (!model && FILES[i].good)
            printf("\n%s\n", error.text);
        xlstm_model_free(model);
    }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"elements of every type have their value", test_elements_have_their_value},
        {"tensors are found by name", test_tensors_are_found},
        {"real files survive a round trip", test_real_files_survive_a_round_trip},
        {"mixed types survive a round trip", test_mixed_types_survive_a_round_trip},
        {"each damage gets a sentence that names it", test_damage_is_named},
        {"the header's length is checked", test_header_length_is_checked},
        {"a file cut anywhere is refused", test_every_cut_is_refused},
        {"tensors without a place are refused", test_tensors_without_a_place},
        {"other files are named", test_other_files_are_named},
        {"a length that reads as a brace", test_length_that_reads_as_a_brace},
        {"what cannot be written", test_what_cannot_be_written},
    };
    return run_suite("safetensors", TESTS, sizeof TESTS / sizeof *TESTS);
}
