/* SPDX-License-Identifier: ISC */
#include "gain_model.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_BYTES = 4096 };

/** Appends to JSON that stands inside of a JSON string: quotes get a backslash. */
static void append_knob(char *config, const struct gain_model *model, unsigned knob)
{
    const size_t used = strlen(config);
    snprintf(config + used, TEXT_BYTES - used,
             "%s{\\\"name\\\": \\\"knob %u\\\", \\\"minimum\\\": %g, \\\"maximum\\\": %g, "
             "\\\"default\\\": %g}",
             knob > 0 ? ", " : "", knob, (double)GAIN_MODEL_MINIMUM, (double)GAIN_MODEL_MAXIMUM,
             (double)model->initial[knob]);
}

/** Appends a number of the configuration, unless it is 0. */
static void append_number(char *config, const char *key, double value)
{
    const size_t used = strlen(config);
    if (value != 0)
        snprintf(config + used, TEXT_BYTES - used, "\\\"%s\\\": %.17g, ", key, value);
}

static void write_header(char *header, const struct gain_model *model)
{
    char knobs[TEXT_BYTES] = "", levels[TEXT_BYTES] = "";
    append_number(levels, "loudness_dbfs", model->loudness_dbfs);
    append_number(levels, "input_level_dbu", model->input_level_dbu);
    for (unsigned k = 0; k < model->knobs; k++)
        append_knob(knobs, model, k);
    const unsigned inputs = 1 + model->knobs, weights = 4 * inputs;
    snprintf(header, TEXT_BYTES,
             "{\"__metadata__\": {\"kind\": \"xLSTMAudioModel\", \"config\": \"{"
             "\\\"name\\\": \\\"Gain %g\\\", \\\"sample_rate\\\": %.17g, \\\"knobs\\\": [%s], %s"
             "\\\"in_proj\\\": false, \\\"out_proj_bias\\\": false, \\\"layers\\\": "
             "[{\\\"type\\\": \\\"linear\\\", \\\"out_features\\\": 1, \\\"activation\\\": "
             "\\\"%s\\\", \\\"bias\\\": false}]}\"}, "
             "\"layers.0.weight\": {\"dtype\": \"F32\", \"shape\": [1, %u], "
             "\"data_offsets\": [0, %u]}, "
             "\"out_proj.weight\": {\"dtype\": \"F32\", \"shape\": [1, 1], "
             "\"data_offsets\": [%u, %u]}}",
             (double)model->gain, model->sample_rate, knobs, levels,
             model->activation ? model->activation : "none", inputs, weights, weights, weights + 4);
}

bool write_gain_model(const char *path, const struct gain_model *model)
{
    char header[TEXT_BYTES];
    write_header(header, model);
    const uint64_t length = strlen(header);
    float weights[2 + GAIN_MODEL_KNOBS];
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
        weights[i] = i == 0 ? model->gain : 1.0f;
    const size_t count = 2 + model->knobs;
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool written = true;
    for (unsigned byte = 0; byte < 8; byte++)
        written &= fputc((int)(length >> 8 * byte & 0xff), file) != EOF;
    written &= fwrite(header, 1, length, file) == length;
    written &= fwrite(weights, sizeof *weights, count, file) == count;
    return fclose(file) == 0 && written;
}
