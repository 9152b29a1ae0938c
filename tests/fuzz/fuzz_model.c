/* SPDX-License-Identifier: ISC */
/* Fuzz target: any bytes are either refused with a sentence or make a model that runs a block whose
 * output is finite. Built with -fsanitize=fuzzer, or with replay.c as its main program. */
#include "xlstm.h"

#include <math.h>
#include <stdlib.h>

enum {
    FRAMES = 64,
    MAX_WIDTH = 64,            ///< of frames that are tried; wider ones are research models
    MAX_STATE_BYTES = 1 << 20, ///< larger models only cost time
    MAX_MACS_PER_FRAME = 1 << 20,
};

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static void run_block(const xlstm_model *model, const struct xlstm_info *info)
{
    static float in[FRAMES * MAX_WIDTH], out[FRAMES * MAX_WIDTH];
    xlstm_stream *stream = xlstm_stream_new(model, 1, FRAMES);
    if (!stream)
        return;
    for (size_t i = 0; i < FRAMES * MAX_WIDTH; i++)
        in[i] = i % 7 == 3 ? (float)NAN : (float)(i % 11) / 8 - 0.5F;
    for (size_t i = 0; i < info->knob_count; i++)
        xlstm_stream_set_knob(stream, i, (float)INFINITY);
    const float *in_channel = in;
    float *out_channel = out;
    xlstm_stream_process(stream, &in_channel, &out_channel, FRAMES);
    for (size_t i = 0; info->outputs == 1 && i < FRAMES; i++)
        if (!isfinite(out[i]))
            abort();
    xlstm_stream_free(stream);
}

static void try_model(const xlstm_model *model)
{
    const struct xlstm_info *info = xlstm_model_info(model);
    if (info->inputs <= MAX_WIDTH && info->outputs <= MAX_WIDTH &&
        info->state_bytes <= MAX_STATE_BYTES && info->macs_per_frame <= MAX_MACS_PER_FRAME)
        run_block(model, info);
}

static void check_sentence(const struct xlstm_error *error)
{
    if (error->text[0] == 0)
        abort();
}

/** The smaller networks of a file that carries several. */
static void try_sizes(const unsigned char *bytes, size_t size, size_t count)
{
    for (size_t which = 1; which < count; which++) {
        struct xlstm_error error = {""};
        xlstm_model *model = xlstm_model_parse_size(bytes, size, which, XLSTM_ISA_AUTO, &error);
        if (model)
            try_model(model);
        else
            check_sentence(&error);
        xlstm_model_free(model);
    }
}

/** What loads can be packed twice, unless it is several networks already. */
static void pack(const unsigned char *bytes, size_t size)
{
    size_t packed_size, culprit;
    struct xlstm_error error = {""};
    const struct xlstm_file files[] = {{bytes, size}, {bytes, size}};
    void *packed = xlstm_pack(files, 2, &packed_size, &culprit, &error);
    if (!packed)
        check_sentence(&error);
    else if (xlstm_model_sizes(packed, packed_size, &error) != 2)
        abort();
    free(packed);
}

/** What loads can be converted, unless another of its networks can't, and loads again. */
static void convert(const unsigned char *bytes, size_t size)
{
    size_t converted_size;
    struct xlstm_error error = {""};
    void *converted = xlstm_convert(bytes, size, &converted_size, &error);
    if (!converted) {
        check_sentence(&error);
        return;
    }
    xlstm_model *model = xlstm_model_parse(converted, converted_size, XLSTM_ISA_AUTO, &error);
    if (!model)
        abort();
    xlstm_model_free(model);
    free(converted);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct xlstm_error error = {""};
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    if (!model) {
        check_sentence(&error);
        return 0;
    }
    try_model(model);
    try_sizes(bytes, size, xlstm_model_info(model)->size_count);
    convert(bytes, size);
    pack(bytes, size);
    xlstm_model_free(model);
    return 0;
}
