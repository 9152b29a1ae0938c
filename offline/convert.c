/* SPDX-License-Identifier: ISC */
/* xlstm convert: any capture that can be read, as a .safetensors file. */
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
    return convert(argv[first], settings.output) ? DONE : FAILED;
}

const struct command command_convert = {
    .name = "convert",
    .operands = "MODEL -o FILE",
    .summary = "Write a capture of another program as .safetensors",
    .details =
        "MODEL is a .nam file of architecture LSTM, the JSON of AIDA-X, Proteus or RTNeural\n"
        "(LSTM, GRU, dense layers), or a .safetensors file.\n",
    .examples = "  xlstm convert amp.nam -o amp.safetensors\n"
                "  xlstm convert aidax-model.json -o pedal.safetensors && xlstm info "
                "pedal.safetensors\n",
    .minimum = 1,
    .maximum = 1,
    .options = options,
    .run = run,
};
