/* SPDX-License-Identifier: ISC */
/* What the readers of foreign JSON captures share: checked reading of fields and lists of numbers,
 * and a builder that puts a model together in the words of presets/README.md. Not real-time.
 *
 * Sentences name a field by its path, such as `config.hidden_size` or `layers[0].weights[1]`. */
#ifndef XL_CAPTURE_H
#define XL_CAPTURE_H

#include "tensors.h"

/** Limits of captures. */
enum {
    XL_CAPTURE_MAX_WIDTH = 1024, ///< widest layer of a capture; more could not run in real time
    XL_CAPTURE_MAX_LAYERS = 64,
    XL_CAPTURE_RATE = 48000,   ///< Hz of captures that do not tell
    XL_CAPTURE_PREWARM = 2048, ///< frames of silence that the players of Keras captures run first
    XL_PATH_BYTES = 96,
};

/** A capture being translated. It owns nothing: what it has built belongs to `file`. */
struct xl_capture {
    size_t room;               ///< tensors that file->tensors has memory for
    size_t used, capacity;     ///< floats in file->storage, in the order of the tensors
    size_t layers;             ///< layers added so far
    struct xl_tensors *file;   ///< what it becomes
    struct xlstm_error *error; ///< every function that returns false or NULL has written here
};

/** The formats. `root` is the parsed file, an object. */
bool xl_read_nam(struct xl_capture *capture, const json_t *root);
bool xl_read_keras(struct xl_capture *capture, const json_t *root);
bool xl_read_guitarml(struct xl_capture *capture, const json_t *root);

/** A Keras-style network while it is read. */
struct xl_keras {
    struct xl_capture *capture;
    const json_t *layers;    ///< the file's list
    size_t index;            ///< of the layer being read, in that list
    size_t width;            ///< of what reaches it
    bool has_output;         ///< the last layer became our output projection
    float in_gain, out_gain; ///< factors of the audio that enters the first layer, of the output
};

/** Translates layer `index`; afterwards `width` is that of its output. */
bool xl_keras_layer(struct xl_keras *keras);

/** The last number of a shape such as [null, null, 16]: the width of a frame. */
bool xl_keras_width(const json_t *shape, const char *path, size_t maximum, size_t *width,
                    struct xlstm_error *error);

/** A whole number `object[key]` from `minimum` to `maximum`; `path` names it. */
bool xl_read_whole(const json_t *object, const char *key, const char *path, json_int_t minimum,
                   json_int_t maximum, json_int_t *value, struct xlstm_error *error);

/** A list of exactly `count` numbers into `to`. */
bool xl_read_numbers(const json_t *list, const char *path, size_t count, float *to,
                     struct xlstm_error *error);

/** A list of `rows` lists of `columns` numbers into `to`, row-major, or transposed. */
bool xl_read_matrix(const json_t *list, const char *path, size_t rows, size_t columns,
                    bool transposed, float *to, struct xlstm_error *error);

/** Element `index` of a list of numbers. */
bool xl_read_element(const json_t *list, const char *path, size_t index, float *to,
                     struct xlstm_error *error);

/** A sample rate in Hz, given as number or as text; NULL and null mean `unknown`. */
bool xl_read_rate(const json_t *value, const char *path, double unknown, double *rate,
                  struct xlstm_error *error);

/** Says what `value` (or NULL) is: "missing", "\"text\"", "the number 3", "a list of 4". */
void xl_describe_json(const json_t *value, char text[XL_PATH_BYTES]);

/** Adds a tensor (rows, columns), or (rows) if `columns` is 0, of zeros, and returns its elements,
 *  which stay in place until the next call; NULL: out of memory. */
float *xl_capture_tensor(struct xl_capture *capture, size_t rows, size_t columns, const char *name,
                         ...) __attribute__((format(printf, 4, 5)));

/** Adds a layer to the configuration: {"type": type, size_field: width}. */
bool xl_capture_layer(struct xl_capture *capture, const char *type, const char *size_field,
                      size_t width);

/** Sets a field of the configuration, of its last layer. Take over `value`, which may be NULL. */
bool xl_capture_set(struct xl_capture *capture, const char *field, json_t *value);
bool xl_capture_set_layer(struct xl_capture *capture, const char *field, json_t *value);

/** Copies metadata[key] as our `field` if it is text, or a number in a range; anything else is left
 *  out, since it changes no sound. */
bool xl_capture_copy_text(struct xl_capture *capture, const json_t *metadata, const char *key,
                          const char *field);
bool xl_capture_copy_number(struct xl_capture *capture, const json_t *metadata, const char *key,
                            const char *field, double minimum, double maximum);

/** Adds a knob from 0 to 1. */
bool xl_capture_knob(struct xl_capture *capture, const char *name, double initial);

/** Adds the direct path: `gain` times the audio, the first of `inputs` inputs, to the output. */
bool xl_capture_direct(struct xl_capture *capture, size_t inputs, float gain);

#endif
