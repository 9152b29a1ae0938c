/* SPDX-License-Identifier: ISC */
/* What every model file comes down to: a kind, a configuration and named tensors. The readers
 * (safetensors.c, capture_*.c) make it, plan.c and pack.c give it meaning. Not real-time. */
#ifndef XL_TENSORS_H
#define XL_TENSORS_H

#include "xlstm.h"

#include <jansson.h>

/** Limits of files. */
enum {
    XL_MAX_RANK = 4,
    XL_NAME_BYTES = 160,
    XL_LEVEL_LIMIT = 120, ///< dB either way: levels and loudness that no gear goes beyond
    XL_ESR_LIMIT = 1000000,
};

/** Types of a stored element; XL_OTHER_DTYPE: one that nothing here reads. */
enum xl_dtype { XL_F16, XL_BF16, XL_F32, XL_F64, XL_I64, XL_OTHER_DTYPE };

/** A tensor, row-major, little-endian. `data` points into memory that the owner keeps alive. */
struct xl_tensor {
    char name[XL_NAME_BYTES];
    enum xl_dtype dtype;
    unsigned rank;
    uint64_t shape[XL_MAX_RANK];
    const unsigned char *data;
};

/** A file read into parts. Zero-initialise; release with xl_tensors_free(). */
struct xl_tensors {
    const char *format;        ///< name of the file format, static text
    char kind[64];             ///< class of model: "xLSTMAudioModel", "LSTM", …
    json_t *config;            ///< owned reference; an object
    struct xl_tensor *tensors; ///< sorted by name
    size_t count;
    void *storage; ///< memory behind the tensors' data if it is not the caller's bytes, or NULL
};

/** Writes a sentence into `error` and returns false, so that `return xl_fail(…)` reads well. */
bool xl_fail(struct xlstm_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The tensor of that name, or NULL. */
const struct xl_tensor *xl_tensors_find(const struct xl_tensors *file, const char *name);

/** Number of elements. */
uint64_t xl_tensor_elements(const struct xl_tensor *tensor);

/** Element `index` of a tensor of floating type, as double. */
double xl_tensor_get(const struct xl_tensor *tensor, uint64_t index);

/** Bytes of an element; 0 for XL_OTHER_DTYPE. */
size_t xl_dtype_bytes(enum xl_dtype dtype);

/** Frees what the parts own and zeroes them; zeroed ones are fine. */
void xl_tensors_free(struct xl_tensors *file);

/** Reads a file of any known format. On success the caller frees `file`, whose tensors may point
 *  into `bytes`. On failure nothing is left to free. */
bool xl_tensors_read(struct xl_tensors *file, const void *bytes, size_t size,
                     struct xlstm_error *error);

/** The readers behind it. xl_read_capture() takes parsed JSON (borrowed) of a `.nam` or a
 *  Keras-style capture and builds kind "xLSTMAudioModel", a configuration in our own words and F32
 *  tensors in `storage`. */
bool xl_read_safetensors(struct xl_tensors *file, const unsigned char *bytes, size_t size,
                         struct xlstm_error *error);
bool xl_read_capture(struct xl_tensors *file, const json_t *capture, struct xlstm_error *error);

/** Writes a safetensors file into a new buffer of `*size` bytes, for free(). NULL: out of memory
 *  or a configuration that JSON cannot hold. */
void *xl_write_safetensors(const struct xl_tensors *file, size_t *size, struct xlstm_error *error);

#endif
