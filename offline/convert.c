/* SPDX-License-Identifier: ISC */
/* xlstm convert: any capture that can be read, or several of one device, as a .safetensors file. */
#include "command.h"
#include "model_file.h"
#include "options.h"
#include "outfile.h"
#include "report.h"
#include "slurp.h"

#include <stdlib.h>

struct settings {
    const char *output;
    bool overwrite;
};

static const struct option_row options[] = {
    {"output", 'o', OPTION_TEXT, offsetof(struct settings, output), "FILE",
     "the .safetensors file to write", 0, 0, NULL},
    {"overwrite", 'y', OPTION_FLAG, offsetof(struct settings, overwrite), NULL,
     "replace FILE if it exists", 0, 0, NULL},
    {0},
};

static bool convert(const char *input, const char *output)
{
    struct xlstm_error error;
    size_t size, converted_size;
    void *bytes = slurp(input, MODEL_FILE_LIMIT, &size, &error);
    void *converted = bytes ? xlstm_convert(bytes, size, &converted_size, &error) : NULL;
    bool good = converted;
    if (!good)
        complain(input, "%s", error.text);
    if (good && !(good = outfile_write(output, converted, converted_size, &error)))
        complain(output, "%s", error.text);
    free(converted);
    free(bytes);
    return good;
}

/** Reads all files; those that are missing are said. */
static bool read_files(struct xlstm_file *files, char *const *inputs, size_t count)
{
    struct xlstm_error error;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        files[i].bytes = slurp(inputs[i], MODEL_FILE_LIMIT, &files[i].size, &error);
        if (!files[i].bytes)
            complain(inputs[i], "%s", error.text);
        good &= files[i].bytes != NULL;
    }
    return good;
}

/** Writes several networks as one file. */
static bool pack(char *const *inputs, size_t count, const char *output)
{
    struct xlstm_error error;
    struct xlstm_file files[XLSTM_MAX_SIZES] = {{NULL, 0}};
    size_t size, culprit;
    bool good = read_files(files, inputs, count);
    void *packed = good ? xlstm_pack(files, count, &size, &culprit, &error) : NULL;
    if (good && !packed)
        complain(inputs[culprit], "%s", error.text);
    good = packed;
    if (good && !(good = outfile_write(output, packed, size, &error)))
        complain(output, "%s", error.text);
    free(packed);
    for (size_t i = 0; i < count; i++)
        free((void *)files[i].bytes);
    return good;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct settings settings = {0};
    int first = options_parse(command, argc, argv, &settings);
    if (first <= 0)
        return first ? MISUSED : DONE;
    const int ready = outfile_ready("convert", settings.output, settings.overwrite);
    if (ready != DONE)
        return ready;
    outfile_guard_signals();
    const size_t count = (size_t)(argc - first);
    const bool good = count > 1 ? pack(argv + first, count, settings.output)
                                : convert(argv[first], settings.output);
    return good ? DONE : FAILED;
}

const struct command command_convert = {
    .name = "convert",
    .operands = "MODEL... -o FILE",
    .summary = "Write captures of other programs, or several models as one, as .safetensors",
    .details =
        "MODEL is a .nam file of architecture LSTM, the JSON of AIDA-X, Proteus or RTNeural\n"
        "(LSTM, GRU, dense layers), or a .safetensors file. Several models of one device, which\n"
        "must have the same knobs and sample rate, become one file that carries them all, the\n"
        "most costly as the best; --quality of the other commands and the plugin's Quality\n"
        "choose among them.\n",
    .examples = "  xlstm convert amp.nam -o amp.safetensors\n"
                "  xlstm convert aidax-model.json -o pedal.safetensors && xlstm info "
                "pedal.safetensors\n"
                "  xlstm convert large.safetensors small.safetensors -o both.safetensors\n",
    .minimum = 1,
    .maximum = XLSTM_MAX_SIZES,
    .options = options,
    .run = run,
};
