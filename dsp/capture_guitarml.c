/* SPDX-License-Identifier: ISC */
/* The JSON of Automated-GuitarAmpModelling, which Proteus, NeuralPi and their relatives play:
 * `model_data` says sizes, `state_dict` holds PyTorch's own LSTM or GRU and a linear layer.
 * Inputs behind the first are knobs; `skip` adds the audio to the output.
 *
 * Those plug-ins start from zeros and so begin with a thump; we let a model hear silence first, as
 * the other players do. */
#include "capture.h"

#include <stdio.h>
#include <string.h>

enum {
    RATE = 44100, ///< Hz at which those plug-ins run every model
    LSTM_GATES = 4,
    GRU_GATES = 3,
};

/** What `model_data` says, and the tensors. */
struct guitarml {
    size_t inputs, width, layers, gates;
    const char *type; ///< our name of the layers
    bool skip;
    const json_t *state;
};

/** A whole number of model_data. */
static bool read_size(const json_t *data, const char *key, json_int_t minimum, json_int_t maximum,
                      size_t *size, struct xlstm_error *error)
{
    char path[XL_PATH_BYTES];
    json_int_t value = 0;
    snprintf(path, sizeof path, "model_data.%s", key);
    const bool success = xl_read_whole(data, key, path, minimum, maximum, &value, error);
    *size = (size_t)value;
    return success;
}

/** The class of network must be the one that this layout is of; older files do not tell. */
static bool check_model(const json_t *data, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    const json_t *model = json_object_get(data, "model");
    const char *name = json_string_value(model);
    if (!model || (name && strcmp(name, "SimpleRNN") == 0))
        return true;
    xl_describe_json(model, found);
    return xl_fail(error, "model_data.model is %s, expected \"SimpleRNN\"", found);
}

static bool read_type(struct guitarml *model, const json_t *data, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    const json_t *unit = json_object_get(data, "unit_type");
    const char *name = json_string_value(unit);
    if (name && (strcmp(name, "LSTM") == 0 || strcmp(name, "GRU") == 0)) {
        model->type = *name == 'L' ? "lstm" : "gru";
        model->gates = *name == 'L' ? LSTM_GATES : GRU_GATES;
        return true;
    }
    xl_describe_json(unit, found);
    return xl_fail(error, "model_data.unit_type is %s, expected \"LSTM\" or \"GRU\"", found);
}

static bool read_model_data(struct guitarml *model, const json_t *data, struct xlstm_error *error)
{
    size_t skip = 0, outputs;
    const bool success =
        check_model(data, error) && read_type(model, data, error) &&
        read_size(data, "input_size", 1, 1 + XLSTM_MAX_KNOBS, &model->inputs, error) &&
        read_size(data, "output_size", 1, 1, &outputs, error) &&
        read_size(data, "hidden_size", 1, XL_CAPTURE_MAX_WIDTH, &model->width, error) &&
        read_size(data, "num_layers", 1, XL_CAPTURE_MAX_LAYERS, &model->layers, error) &&
        read_size(data, "skip", 0, 1, &skip, error);
    model->skip = skip == 1;
    return success;
}

/** Copies state_dict[key], a matrix, or a list if `columns` is 0, as the tensor `name`. */
static bool copy(struct xl_capture *capture, const struct guitarml *model, const char *key,
                 const char *name, size_t rows, size_t columns)
{
    const json_t *list = json_object_get(model->state, key);
    float *to = xl_capture_tensor(capture, rows, columns, "%s", name);
    if (!to)
        return false;
    return columns ? xl_read_matrix(list, key, rows, columns, false, to, capture->error)
                   : xl_read_numbers(list, key, rows, to, capture->error);
}

static bool copy_recurrent(struct xl_capture *capture, const struct guitarml *model, size_t layer,
                           const char *field, size_t columns)
{
    char key[XL_PATH_BYTES], name[XL_PATH_BYTES];
    snprintf(key, sizeof key, "rec.%s_l%zu", field, layer);
    snprintf(name, sizeof name, "layers.%zu.%s_l0", layer, field);
    return copy(capture, model, key, name, model->gates * model->width, columns);
}

static bool copy_layers(struct xl_capture *capture, const struct guitarml *model)
{
    for (size_t i = 0; i < model->layers; i++)
        if (!xl_capture_layer(capture, model->type, "hidden_size", model->width) ||
            !copy_recurrent(capture, model, i, "weight_ih", i ? model->width : model->inputs) ||
            !copy_recurrent(capture, model, i, "weight_hh", model->width) ||
            !copy_recurrent(capture, model, i, "bias_ih", 0) ||
            !copy_recurrent(capture, model, i, "bias_hh", 0))
            return false;
    return true;
}

static bool copy_output(struct xl_capture *capture, const struct guitarml *model,
                        const json_t *data)
{
    if (!copy(capture, model, "lin.weight", "out_proj.weight", 1, model->width))
        return false;
    if (json_is_false(json_object_get(data, "bias_fl")))
        return xl_capture_set(capture, "out_proj_bias", json_false());
    return copy(capture, model, "lin.bias", "out_proj.bias", 1, 0);
}

/** NeuralPi's names and default for the inputs behind the audio. */
static bool add_knobs(struct xl_capture *capture, size_t inputs)
{
    static const char *const names[XLSTM_MAX_KNOBS] = {"gain",   "master", "param3", "param4",
                                                       "param5", "param6", "param7", "param8"};
    for (size_t i = 1; i < inputs; i++)
        if (!xl_capture_knob(capture, names[i - 1], 0.5))
            return false;
    return true;
}

bool xl_read_guitarml(struct xl_capture *capture, const json_t *root)
{
    struct guitarml model = {.state = json_object_get(root, "state_dict")};
    const json_t *data = json_object_get(root, "model_data");
    capture->file->format = "GuitarML JSON";
    return read_model_data(&model, data, capture->error) &&
           xl_capture_set(capture, "sample_rate", json_integer(RATE)) &&
           xl_capture_set(capture, "prewarm", json_integer(XL_CAPTURE_PREWARM)) &&
           xl_capture_set(capture, "made_by", json_string("Automated-GuitarAmpModelling")) &&
           add_knobs(capture, model.inputs) && copy_layers(capture, &model) &&
           copy_output(capture, &model, data) &&
           (!model.skip || xl_capture_direct(capture, model.inputs, 1));
}
