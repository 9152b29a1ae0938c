/* SPDX-License-Identifier: ISC */
/* The LSTM of a Neural Amp Modeler capture (.nam).
 *
 * Its numbers are one flat list: for each layer the rows of [weight_ih | weight_hh] (gates i, f, g,
 * o as in PyTorch), the sum of both biases, and the h and c that it starts from; then the head's
 * weight and bias. Its players let a model hear half a second of silence before the first frame.
 *
 * A SlimmableContainer holds whole captures in ascending size, each possibly such a container; its
 * players start with the last one, the full size. */
#include "capture.h"

#include <stdio.h>
#include <string.h>

enum {
    GATES = 4,
    GEAR_BYTES = 256,
    FIRST_VERSION = 5, ///< files 0.5.x …
    LAST_VERSION = 7,  ///< … to 0.7.x: a later minor version may change what numbers mean
};

#define PREWARM_SECONDS 0.5

/** The capture inside all containers. */
struct nam {
    const json_t *model;    ///< the object with `architecture` and `weights`
    const json_t *metadata; ///< the outermost that says something, or NULL
    const json_t *rate;     ///< the innermost `sample_rate`, or NULL
    const json_t *weights;
    size_t layers, width;
};

static const char *architecture(const json_t *model)
{
    const char *name = json_string_value(json_object_get(model, "architecture"));
    return name ? name : "";
}

/** What an architecture other than LSTM is, in words for people who only know the file. */
static const char *describe_architecture(const char *name)
{
    static const struct {
        const char *name, *description;
    } known[] = {
        {"WaveNet", "a convolutional network"},
        {"ConvNet", "a convolutional network"},
        {"Linear", "an impulse response"},
        {"CatLSTM", "an LSTM with knobs in a layout of its own"},
        {"CatWaveNet", "a convolutional network with knobs"},
        {"Sequential", "a chain of several networks"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].description;
    return "an unknown kind of network";
}

/** Opens containers down to the capture that a player would start with. */
static bool open_containers(struct nam *nam, const json_t *root, struct xlstm_error *error)
{
    nam->model = root;
    for (;;) {
        const json_t *rate = json_object_get(nam->model, "sample_rate");
        if (json_object_size(nam->metadata) == 0)
            nam->metadata = json_object_get(nam->model, "metadata");
        if (rate && !json_is_null(rate))
            nam->rate = rate;
        if (strcmp(architecture(nam->model), "SlimmableContainer") != 0)
            return true;
        const json_t *config = json_object_get(nam->model, "config");
        const json_t *submodels = json_object_get(config, "submodels");
        const size_t count = json_array_size(submodels);
        nam->model = count ? json_object_get(json_array_get(submodels, count - 1), "model") : NULL;
        if (!json_is_object(nam->model))
            return xl_fail(error,
                           "is a NAM SlimmableContainer without a model in config.submodels");
    }
}

static bool check_architecture(const struct nam *nam, const json_t *root, struct xlstm_error *error)
{
    const char *name = architecture(nam->model);
    if (strcmp(name, "LSTM") == 0)
        return true;
    if (*name == 0)
        return xl_fail(error, "has no architecture, expected \"LSTM\"");
    return xl_fail(error, "is a NAM %.40s%s, %s, expected architecture LSTM", name,
                   nam->model == root ? "" : " in a container", describe_architecture(name));
}

static bool check_version(const struct nam *nam, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    int minor = -1;
    const json_t *version = json_object_get(nam->model, "version");
    const char *text = json_string_value(version);
    if (text && sscanf(text, "0.%2d.", &minor) == 1 && minor >= FIRST_VERSION &&
        minor <= LAST_VERSION)
        return true;
    xl_describe_json(version, found);
    return xl_fail(error, "version is %s, expected \"0.%d.0\" to \"0.%d.x\"", found, FIRST_VERSION,
                   LAST_VERSION);
}

/** Mono in and out; the channel counts are newer fields that older files lack. */
static bool check_channels(const json_t *config, struct xlstm_error *error)
{
    json_int_t one;
    return xl_read_whole(config, "input_size", "config.input_size", 1, 1, &one, error) &&
           (!json_object_get(config, "in_channels") ||
            xl_read_whole(config, "in_channels", "config.in_channels", 1, 1, &one, error)) &&
           (!json_object_get(config, "out_channels") ||
            xl_read_whole(config, "out_channels", "config.out_channels", 1, 1, &one, error));
}

/** Numbers that a layer takes in the flat list. */
static size_t layer_numbers(const struct nam *nam, size_t layer)
{
    const size_t inputs = layer == 0 ? 1 : nam->width;
    return GATES * nam->width * (inputs + nam->width + 1) + 2 * nam->width;
}

static bool check_weights(struct nam *nam, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    size_t expected = nam->width + 1;
    for (size_t i = 0; i < nam->layers; i++)
        expected += layer_numbers(nam, i);
    nam->weights = json_object_get(nam->model, "weights");
    if (json_array_size(nam->weights) == expected)
        return true;
    xl_describe_json(nam->weights, found);
    return xl_fail(error, "weights is %s, expected %zu numbers for num_layers %zu, hidden_size %zu",
                   found, expected, nam->layers, nam->width);
}

static bool read_shape(struct nam *nam, struct xlstm_error *error)
{
    json_int_t layers, width;
    const json_t *config = json_object_get(nam->model, "config");
    if (!check_channels(config, error) ||
        !xl_read_whole(config, "num_layers", "config.num_layers", 1, XL_CAPTURE_MAX_LAYERS, &layers,
                       error) ||
        !xl_read_whole(config, "hidden_size", "config.hidden_size", 1, XL_CAPTURE_MAX_WIDTH, &width,
                       error))
        return false;
    nam->layers = (size_t)layers;
    nam->width = (size_t)width;
    return check_weights(nam, error);
}

/** Where in the flat list a tensor is: `rows` runs of `columns` numbers, `pitch` apart. */
struct block {
    size_t start, pitch, rows, columns;
};

static bool copy_block(struct xl_capture *capture, const struct nam *nam, struct block block,
                       float *to)
{
    for (size_t row = 0; row < block.rows; row++)
        for (size_t column = 0; column < block.columns; column++)
            if (!xl_read_element(nam->weights, "weights", block.start + row * block.pitch + column,
                                 to++, capture->error))
                return false;
    return true;
}

/** A matrix. */
static bool add_matrix(struct xl_capture *capture, const struct nam *nam, const char *name,
                       size_t layer, struct block block)
{
    float *to = xl_capture_tensor(capture, block.rows, block.columns, "layers.%zu.%s", layer, name);
    return to && copy_block(capture, nam, block, to);
}

static bool add_vector(struct xl_capture *capture, const struct nam *nam, const char *name,
                       size_t layer, size_t start, size_t count)
{
    float *to = xl_capture_tensor(capture, count, 0, "layers.%zu.%s", layer, name);
    return to && copy_block(capture, nam, (struct block){start, 0, 1, count}, to);
}

static bool add_layer(struct xl_capture *capture, const struct nam *nam, size_t layer, size_t start)
{
    const size_t width = nam->width, gates = GATES * width;
    const size_t inputs = layer == 0 ? 1 : width, pitch = inputs + width;
    const size_t bias = start + gates * pitch, h = bias + gates, c = h + width;
    return xl_capture_layer(capture, "lstm", "hidden_size", width) &&
           add_matrix(capture, nam, "weight_ih_l0", layer,
                      (struct block){start, pitch, gates, inputs}) &&
           add_matrix(capture, nam, "weight_hh_l0", layer,
                      (struct block){start + inputs, pitch, gates, width}) &&
           add_vector(capture, nam, "bias_ih_l0", layer, bias, gates) &&
           xl_capture_tensor(capture, gates, 0, "layers.%zu.bias_hh_l0", layer) &&
           add_vector(capture, nam, "initial.h", layer, h, width) &&
           add_vector(capture, nam, "initial.c", layer, c, width);
}

static bool add_head(struct xl_capture *capture, const struct nam *nam, size_t start)
{
    const size_t width = nam->width;
    float *weight = xl_capture_tensor(capture, 1, width, "out_proj.weight");
    if (!weight || !copy_block(capture, nam, (struct block){start, 0, 1, width}, weight))
        return false;
    float *bias = xl_capture_tensor(capture, 1, 0, "out_proj.bias");
    return bias && copy_block(capture, nam, (struct block){start + width, 0, 1, 1}, bias);
}

static bool add_weights(struct xl_capture *capture, const struct nam *nam)
{
    size_t start = 0;
    for (size_t i = 0; i < nam->layers; i++) {
        if (!add_layer(capture, nam, i, start))
            return false;
        start += layer_numbers(nam, i);
    }
    return add_head(capture, nam, start);
}

/** Maker, model and tone in one line. */
static bool add_gear(struct xl_capture *capture, const json_t *metadata)
{
    static const char *const keys[] = {"gear_make", "gear_model", "gear_type", "tone_type"};
    char gear[GEAR_BYTES] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *part = json_string_value(json_object_get(metadata, keys[i]));
        if (part && strlen(part) + length + 2 < sizeof gear)
            length += (size_t)snprintf(gear + length, sizeof gear - length, "%s%s",
                                       length ? " " : "", part);
    }
    return length == 0 || xl_capture_set(capture, "gear", json_string(gear));
}

static bool add_metadata(struct xl_capture *capture, const struct nam *nam)
{
    const json_t *metadata = nam->metadata;
    const json_t *training = json_object_get(metadata, "training");
    const char *version = json_string_value(json_object_get(nam->model, "version"));
    return xl_capture_copy_text(capture, metadata, "name", "name") &&
           xl_capture_copy_text(capture, metadata, "modeled_by", "author") &&
           xl_capture_copy_number(capture, metadata, "loudness", "loudness_dbfs", -XL_LEVEL_LIMIT,
                                  XL_LEVEL_LIMIT) &&
           xl_capture_copy_number(capture, metadata, "input_level_dbu", "input_level_dbu",
                                  -XL_LEVEL_LIMIT, XL_LEVEL_LIMIT) &&
           xl_capture_copy_number(capture, metadata, "output_level_dbu", "output_level_dbu",
                                  -XL_LEVEL_LIMIT, XL_LEVEL_LIMIT) &&
           xl_capture_copy_number(capture, training, "validation_esr", "esr", 0, XL_ESR_LIMIT) &&
           add_gear(capture, metadata) &&
           xl_capture_set(capture, "made_by",
                          json_sprintf("NAM's trainer, file version %s", version));
}

bool xl_read_nam(struct xl_capture *capture, const json_t *root)
{
    struct nam nam = {0};
    double rate;
    capture->file->format = "NAM";
    return open_containers(&nam, root, capture->error) &&
           check_architecture(&nam, root, capture->error) && check_version(&nam, capture->error) &&
           xl_read_rate(nam.rate, "sample_rate", XL_CAPTURE_RATE, &rate, capture->error) &&
           read_shape(&nam, capture->error) &&
           xl_capture_set(capture, "sample_rate", json_real(rate)) &&
           xl_capture_set(capture, "prewarm", json_integer((json_int_t)(PREWARM_SECONDS * rate))) &&
           add_metadata(capture, &nam) && add_weights(capture, &nam);
}
