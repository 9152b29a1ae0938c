/* SPDX-License-Identifier: ISC */
/* The JSON that RTNeural exports from Keras and that AIDA-X plays: `in_shape` and a list of layers
 * with Keras's weights. Inputs behind the first are knobs.
 *
 * AIDA-X computes out = out_gain * (network(in_gain * in, knobs) + in_skip * in_gain * in), gains
 * in dB, and lets a model hear 2048 frames of silence first. The gains go into the weights here. */
#include "capture.h"

#include <math.h>
#include <stdio.h>

enum {
    MAX_GAIN = 120,    ///< dB
    SILENT_GAIN = -90, ///< dB that AIDA-X takes for silence
};

static bool read_layers(struct xl_keras *keras, const json_t *root)
{
    char found[XL_PATH_BYTES];
    struct xl_capture *capture = keras->capture;
    keras->layers = json_object_get(root, "layers");
    const size_t count = json_array_size(keras->layers);
    if (count == 0 || count > XL_CAPTURE_MAX_LAYERS) {
        xl_describe_json(keras->layers, found);
        return xl_fail(capture->error, "layers is %s, expected a list of 1 to %d", found,
                       XL_CAPTURE_MAX_LAYERS);
    }
    for (; keras->index < count; keras->index++)
        if (!xl_keras_layer(keras))
            return false;
    if (keras->width != 1)
        return xl_fail(capture->error, "layers[%zu].shape ends in %zu, expected 1 (mono)",
                       count - 1, keras->width);
    if (keras->has_output)
        return true;
    float *output = xl_capture_tensor(capture, 1, 1, "out_proj.weight");
    if (output)
        *output = keras->out_gain;
    return output && xl_capture_set(capture, "out_proj_bias", json_false());
}

static bool read_gain(const json_t *root, const char *key, float *gain, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    const json_t *value = json_object_get(root, key);
    const double decibels = json_number_value(value);
    *gain = decibels > SILENT_GAIN ? (float)pow(10, decibels / 20) : 0;
    if (!value || json_is_null(value) || (json_is_number(value) && fabs(decibels) <= MAX_GAIN))
        return true;
    xl_describe_json(value, found);
    return xl_fail(error, "%s is %s, expected dB from %d to %d", key, found, -MAX_GAIN, MAX_GAIN);
}

static bool add_knobs(struct xl_capture *capture, size_t inputs)
{
    char name[XL_PATH_BYTES];
    for (size_t i = 1; i < inputs; i++) {
        snprintf(name, sizeof name, "param%zu", i); // AIDA-X's name for it, and its default
        if (!xl_capture_knob(capture, name, 0))
            return false;
    }
    return true;
}

static bool add_metadata(struct xl_capture *capture, const json_t *root)
{
    double rate;
    const json_t *metadata = json_object_get(root, "metadata");
    const json_t *given = json_object_get(metadata, "samplerate");
    if (!given || json_is_null(given))
        given = json_object_get(root, "samplerate");
    return xl_read_rate(given, "samplerate", XL_CAPTURE_RATE, &rate, capture->error) &&
           xl_capture_set(capture, "sample_rate", json_real(rate)) &&
           xl_capture_set(capture, "prewarm", json_integer(XL_CAPTURE_PREWARM)) &&
           xl_capture_set(capture, "made_by", json_string("a trainer for RTNeural or AIDA-X")) &&
           xl_capture_copy_text(capture, metadata, "name", "name") &&
           xl_capture_copy_text(capture, metadata, "author", "author") &&
           xl_capture_copy_text(capture, metadata, "license", "licence") &&
           xl_capture_copy_text(capture, metadata, "based", "gear") &&
           xl_capture_copy_number(capture, metadata, "esr", "esr", 0, XL_ESR_LIMIT);
}

bool xl_read_keras(struct xl_capture *capture, const json_t *root)
{
    struct xl_keras keras = {.capture = capture};
    json_int_t skip = 0;
    capture->file->format = "Keras JSON";
    const json_t *skipped = json_object_get(root, "in_skip");
    const bool said = skipped && !json_is_null(skipped);
    if (!xl_keras_width(json_object_get(root, "in_shape"), "in_shape", 1 + XLSTM_MAX_KNOBS,
                        &keras.width, capture->error) ||
        !read_gain(root, "in_gain", &keras.in_gain, capture->error) ||
        !read_gain(root, "out_gain", &keras.out_gain, capture->error) ||
        (said && !xl_read_whole(root, "in_skip", "in_skip", 0, 1, &skip, capture->error)))
        return false;
    const size_t inputs = keras.width;
    return add_metadata(capture, root) && add_knobs(capture, inputs) && read_layers(&keras, root) &&
           (skip == 0 || xl_capture_direct(capture, inputs, keras.in_gain * keras.out_gain));
}
