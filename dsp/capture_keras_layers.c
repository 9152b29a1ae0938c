/* SPDX-License-Identifier: ISC */
/* One layer of a Keras-style JSON: Keras's weights (inputs, outputs) become PyTorch's (outputs,
 * inputs), and a GRU's gates change their order. */
#include "capture.h"

#include <stdio.h>
#include <string.h>

enum {
    LSTM_GATES = 4,
    GRU_GATES = 3,
};

static const json_t *field(const struct xl_keras *keras, const char *name)
{
    return json_object_get(json_array_get(keras->layers, keras->index), name);
}

static const json_t *weights(const struct xl_keras *keras, size_t which)
{
    return json_array_get(field(keras, "weights"), which);
}

static void weights_path(const struct xl_keras *keras, size_t which, char path[XL_PATH_BYTES])
{
    snprintf(path, XL_PATH_BYTES, "layers[%zu].weights[%zu]", keras->index, which);
}

bool xl_keras_width(const json_t *shape, const char *path, size_t maximum, size_t *width,
                    struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    const size_t rank = json_array_size(shape);
    const json_t *last = rank ? json_array_get(shape, rank - 1) : NULL;
    const json_int_t value = json_integer_value(last);
    if (value >= 1 && value <= (json_int_t)maximum) {
        *width = (size_t)value;
        return true;
    }
    xl_describe_json(last ? last : shape, found);
    return xl_fail(error, "%s %s %s, expected a width from 1 to %zu", path, last ? "ends in" : "is",
                   found, maximum);
}

/** The file has as many arrays of weights as the layer needs, or one less if the last is spare. */
static bool check_arrays(const struct xl_keras *keras, size_t count, bool spare)
{
    char found[XL_PATH_BYTES];
    const size_t size = json_array_size(field(keras, "weights"));
    if (size == count || (spare && size + 1 == count))
        return true;
    xl_describe_json(field(keras, "weights"), found);
    return xl_fail(keras->capture->error, "layers[%zu].weights is %s, expected a list of %zu",
                   keras->index, found, count);
}

/** Adds weights[which], (rows, columns) in Keras, as PyTorch's (columns, rows). */
static float *add_matrix(const struct xl_keras *keras, size_t which, size_t rows, size_t columns,
                         const char *owner, const char *name)
{
    char path[XL_PATH_BYTES];
    weights_path(keras, which, path);
    float *to = xl_capture_tensor(keras->capture, columns, rows, "%s.%s", owner, name);
    if (!to || !xl_read_matrix(weights(keras, which), path, rows, columns, true, to,
                               keras->capture->error))
        return NULL;
    if (keras->index == 0 && which == 0)
        for (size_t i = 0; i < columns; i++)
            to[i * rows] *= keras->in_gain;
    return to;
}

/** Adds a list of numbers. */
static float *add_vector(const struct xl_keras *keras, const json_t *list, const char *path,
                         size_t count, const char *owner, const char *name)
{
    float *to = xl_capture_tensor(keras->capture, count, 0, "%s.%s", owner, name);
    return to && xl_read_numbers(list, path, count, to, keras->capture->error) ? to : NULL;
}

/** Keras orders a GRU's gates z, r, h; PyTorch r, z, n. Each gate has `size` numbers. */
static bool swap_gates(float *gates, size_t size)
{
    for (size_t i = 0; gates && i < size; i++) {
        const float z = gates[i];
        gates[i] = gates[size + i];
        gates[size + i] = z;
    }
    return gates != NULL;
}

static bool add_gru(const struct xl_keras *keras, size_t width, const char *owner)
{
    char path[XL_PATH_BYTES];
    const size_t gates = GRU_GATES * width;
    const json_t *biases = weights(keras, 2);
    weights_path(keras, 2, path);
    if (json_array_size(biases) != 2)
        return xl_fail(keras->capture->error,
                       "%s is a list of %zu, expected 2 lists of %zu (a GRU with reset_after)",
                       path, json_array_size(biases), gates);
    return swap_gates(add_matrix(keras, 0, keras->width, gates, owner, "weight_ih_l0"),
                      width * keras->width) &&
           swap_gates(add_matrix(keras, 1, width, gates, owner, "weight_hh_l0"), width * width) &&
           swap_gates(
               add_vector(keras, json_array_get(biases, 0), path, gates, owner, "bias_ih_l0"),
               width) &&
           swap_gates(
               add_vector(keras, json_array_get(biases, 1), path, gates, owner, "bias_hh_l0"),
               width);
}

static bool add_lstm(const struct xl_keras *keras, size_t width, const char *owner)
{
    char path[XL_PATH_BYTES];
    const size_t gates = LSTM_GATES * width;
    weights_path(keras, 2, path);
    return add_matrix(keras, 0, keras->width, gates, owner, "weight_ih_l0") &&
           add_matrix(keras, 1, width, gates, owner, "weight_hh_l0") &&
           add_vector(keras, weights(keras, 2), path, gates, owner, "bias_ih_l0") &&
           xl_capture_tensor(keras->capture, gates, 0, "%s.bias_hh_l0", owner);
}

/** The engines run tanh whatever the file says, so a file that says otherwise is not theirs. */
static bool check_recurrent_activation(const struct xl_keras *keras)
{
    char found[XL_PATH_BYTES];
    const json_t *activation = field(keras, "activation");
    const char *name = json_string_value(activation);
    if (!activation || json_is_null(activation) ||
        (name && (*name == 0 || strcmp(name, "tanh") == 0)))
        return true;
    xl_describe_json(activation, found);
    return xl_fail(keras->capture->error, "layers[%zu].activation is %s, expected \"tanh\" or \"\"",
                   keras->index, found);
}

static bool read_recurrent(struct xl_keras *keras, const char *type, size_t width)
{
    char owner[XL_PATH_BYTES];
    snprintf(owner, sizeof owner, "layers.%zu", keras->capture->layers);
    return check_recurrent_activation(keras) && check_arrays(keras, 3, false) &&
           xl_capture_layer(keras->capture, type, "hidden_size", width) &&
           (strcmp(type, "gru") == 0 ? add_gru(keras, width, owner)
                                     : add_lstm(keras, width, owner));
}

/** Our name of the activation of the current layer, or NULL and a reason. */
static const char *read_activation(const struct xl_keras *keras)
{
    static const char *const known[] = {"tanh", "relu", "sigmoid"};
    char found[XL_PATH_BYTES];
    const json_t *activation = field(keras, "activation");
    const char *name = json_string_value(activation);
    if (!activation || json_is_null(activation) ||
        (name && (*name == 0 || strcmp(name, "linear") == 0)))
        return "none";
    for (size_t i = 0; name && i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i]) == 0)
            return known[i];
    xl_describe_json(activation, found);
    xl_fail(keras->capture->error,
            "layers[%zu].activation is %s, expected \"\", \"tanh\", \"relu\" or \"sigmoid\"",
            keras->index, found);
    return NULL;
}

/** Adds weight and, if the file has one, bias of a dense layer, times `gain`. */
static bool add_dense(const struct xl_keras *keras, size_t width, const char *owner, float gain)
{
    char path[XL_PATH_BYTES];
    weights_path(keras, 1, path);
    float *weight = add_matrix(keras, 0, keras->width, width, owner, "weight");
    for (size_t i = 0; weight && i < width * keras->width; i++)
        weight[i] *= gain;
    if (!weight || !weights(keras, 1))
        return weight != NULL;
    float *bias = add_vector(keras, weights(keras, 1), path, width, owner, "bias");
    for (size_t i = 0; bias && i < width; i++)
        bias[i] *= gain;
    return bias != NULL;
}

/** The last layer, if it is linear and mono, becomes the output projection. */
static bool read_dense(struct xl_keras *keras, size_t width)
{
    char owner[XL_PATH_BYTES];
    const char *activation = read_activation(keras);
    if (!activation || !check_arrays(keras, 2, true))
        return false;
    json_t *has_bias = json_boolean(weights(keras, 1) != NULL);
    keras->has_output = keras->index + 1 == json_array_size(keras->layers) && width == 1 &&
                        strcmp(activation, "none") == 0;
    if (keras->has_output)
        return xl_capture_set(keras->capture, "out_proj_bias", has_bias) &&
               add_dense(keras, width, "out_proj", keras->out_gain);
    snprintf(owner, sizeof owner, "layers.%zu", keras->capture->layers);
    return xl_capture_layer(keras->capture, "linear", "out_features", width) &&
           xl_capture_set_layer(keras->capture, "bias", has_bias) &&
           xl_capture_set_layer(keras->capture, "activation", json_string(activation)) &&
           add_dense(keras, width, owner, 1);
}

/** An activation as a layer of its own belongs to the dense layer before it. */
static bool read_activation_layer(struct xl_keras *keras, size_t width)
{
    const char *activation = read_activation(keras);
    if (!activation)
        return false;
    const size_t index = keras->index;
    if (width != keras->width)
        return xl_fail(keras->capture->error, "layers[%zu].shape ends in %zu, expected %zu", index,
                       width, keras->width);
    const json_t *before = index ? json_array_get(keras->layers, index - 1) : NULL;
    const char *type = json_string_value(json_object_get(before, "type"));
    const char *earlier = json_string_value(json_object_get(before, "activation"));
    if (!type || !strstr(type, "dense") || (earlier && *earlier))
        return xl_fail(keras->capture->error,
                       "layers[%zu] is an activation, expected behind a dense layer without one",
                       index);
    return xl_capture_set_layer(keras->capture, "activation", json_string(activation));
}

typedef bool read_layer(struct xl_keras *keras, size_t width);

static bool read_lstm(struct xl_keras *keras, size_t width)
{
    return read_recurrent(keras, "lstm", width);
}

static bool read_gru(struct xl_keras *keras, size_t width)
{
    return read_recurrent(keras, "gru", width);
}

/** Layers that RTNeural and Keras know: how to read one, or what one is that we cannot run. */
static const struct layer_type {
    const char *name;
    read_layer *read;
    const char *unsupported;
} TYPES[] = {
    {"lstm", read_lstm, NULL},
    {"gru", read_gru, NULL},
    {"dense", read_dense, NULL},
    {"time-distributed-dense", read_dense, NULL},
    {"activation", read_activation_layer, NULL},
    {"conv1d", NULL, "a convolution over time"},
    {"conv1d_transpose", NULL, "a transposed convolution over time"},
    {"separable_conv1d", NULL, "a convolution over time"},
    {"conv2d", NULL, "a convolution in two dimensions"},
    {"batchnorm", NULL, "a normalisation by the statistics of training"},
    {"batchnorm2d", NULL, "a normalisation by the statistics of training"},
    {"prelu", NULL, "a rectifier with trained slopes"},
    {"bidirectional", NULL, "a layer that also runs backwards in time"},
    {"simple_rnn", NULL, "a recurrent layer without gates"},
};

/** `remark` tells what the type is. */
static bool fail_type(const struct xl_keras *keras, const char *remark)
{
    char found[XL_PATH_BYTES];
    xl_describe_json(field(keras, "type"), found);
    return xl_fail(keras->capture->error,
                   "layers[%zu].type is %s%s%s, expected lstm, gru, dense or activation",
                   keras->index, found, *remark ? ", not supported: " : "", remark);
}

/** The entry of the current layer's type, or NULL and a reason. */
static const struct layer_type *find_type(const struct xl_keras *keras)
{
    const char *type = json_string_value(field(keras, "type"));
    for (size_t i = 0; type && i < sizeof TYPES / sizeof *TYPES; i++)
        if (strcmp(TYPES[i].name, type) == 0)
            return TYPES[i].read || fail_type(keras, TYPES[i].unsupported) ? &TYPES[i] : NULL;
    fail_type(keras, type ? "an unknown kind of layer" : "");
    return NULL;
}

bool xl_keras_layer(struct xl_keras *keras)
{
    char path[XL_PATH_BYTES];
    size_t width;
    const struct layer_type *type = find_type(keras);
    snprintf(path, sizeof path, "layers[%zu].shape", keras->index);
    if (!type || !xl_keras_width(field(keras, "shape"), path, XL_CAPTURE_MAX_WIDTH, &width,
                                 keras->capture->error))
        return false;
    if (!type->read(keras, width))
        return false;
    keras->width = width;
    return true;
}
