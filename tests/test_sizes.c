/* SPDX-License-Identifier: ISC */
/* Files that carry several networks: packing, choosing, and lists that make no sense. */
#include "suite.h"
#include "tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 4, TEXT_BYTES = 1024, FILES = XLSTM_MAX_SIZES + 1 };

#define KNOB "\"knobs\":[{\"name\":\"drive\",\"minimum\":0,\"maximum\":1,\"default\":0}]"
#define OTHER_KNOB "\"knobs\":[{\"name\":\"tone\",\"minimum\":0,\"maximum\":1,\"default\":0}]"

static const float ONES[WIDEST] = {1, 1, 1, 1};

/** A configuration of `width` units behind each other's backs; `more` ends with a comma. */
static void write_config(char text[TEXT_BYTES], unsigned width, const char *more)
{
    snprintf(text, TEXT_BYTES,
             "{%s\"in_proj\":false,\"out_proj_bias\":false,\"layers\":[{\"type\":\"linear\","
             "\"out_features\":%u,\"bias\":false}]}",
             more, width);
}

static void add_tensor(struct xl_tensors *file, const char *prefix, const char *name,
                       const float *data, unsigned rows, unsigned columns)
{
    struct xl_tensor *tensor = &file->tensors[file->count++];
    *tensor = (struct xl_tensor){
        .dtype = XL_F32, .rank = 2, .shape = {rows, columns}, .data = (const unsigned char *)data};
    snprintf(tensor->name, sizeof tensor->name, "%s%s", prefix, name);
}

/** A network that multiplies by `gain`, shared out among its units, and adds nothing for a knob. */
struct network {
    float weights[2 * WIDEST];
    unsigned width, inputs;
};

static struct network make_network(float gain, unsigned width, unsigned inputs)
{
    struct network network = {.width = width, .inputs = inputs};
    for (unsigned unit = 0; unit < width; unit++)
        network.weights[unit * inputs] = gain / (float)width;
    return network;
}

static void add_network(struct xl_tensors *file, const char *prefix, const struct network *network)
{
    add_tensor(file, prefix, "layers.0.weight", network->weights, network->width, network->inputs);
    add_tensor(file, prefix, "out_proj.weight", ONES, 1, network->width);
}

/** A file of the tensors in `file`, which is released. */
static struct xlstm_file write_file(struct xl_tensors *file, const char *kind, const char *config)
{
    struct xlstm_error error;
    struct xlstm_file written;
    snprintf(file->kind, sizeof file->kind, "%s", kind);
    file->config = json_loads(config, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file->config);
    written.bytes = xl_write_safetensors(file, &written.size, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(written.bytes);
    json_decref(file->config);
    return written;
}

/** A file of one network. */
static struct xlstm_file single(float gain, unsigned width, unsigned inputs, const char *more)
{
    char config[TEXT_BYTES];
    struct xl_tensor tensors[2];
    struct xl_tensors file = {.tensors = tensors};
    const struct network network = make_network(gain, width, inputs);
    write_config(config, width, more);
    add_network(&file, "", &network);
    return write_file(&file, "xLSTMAudioModel", config);
}

/** What network `which` of a file makes of 1; NaN if it can't be had. */
static float play(struct xlstm_file file, size_t which)
{
    struct xlstm_error error;
    float sample = 1, *channel = &sample;
    xlstm_model *model =
        xlstm_model_parse_size(file.bytes, file.size, which, XLSTM_ISA_AUTO, &error);
    xlstm_stream *stream = model ? xlstm_stream_new(model, 1, 1) : NULL;
    if (stream)
        xlstm_stream_process(stream, (const float *const *)&channel, &channel, 1);
    else
        sample = NAN;
    if (model) {
        CU_ASSERT_EQUAL(xlstm_model_info(model)->size, which);
        CU_ASSERT_EQUAL(xlstm_model_info(model)->size_count,
                        xlstm_model_sizes(file.bytes, file.size, &error));
    }
    xlstm_stream_free(stream);
    xlstm_model_free(model);
    return sample;
}

static struct xlstm_file pack(const struct xlstm_file *files, size_t count, size_t *culprit,
                              struct xlstm_error *error)
{
    struct xlstm_file packed = {NULL, 0};
    packed.bytes = xlstm_pack(files, count, &packed.size, culprit, error);
    return packed;
}

static void release(const struct xlstm_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)files[i].bytes);
}

static void the_best_comes_first(void)
{
    size_t culprit;
    struct xlstm_error error;
    const struct xlstm_file files[] = {single(0.25f, 1, 2, KNOB ","), single(0.5f, 4, 2, KNOB ","),
                                       single(0.75f, 2, 2, KNOB ",")};
    const struct xlstm_file packed = pack(files, 3, &culprit, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(packed.bytes);
    CU_ASSERT_EQUAL(xlstm_model_sizes(packed.bytes, packed.size, &error), 3);
    CU_ASSERT_DOUBLE_EQUAL(play(packed, 0), 0.5f, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(play(packed, 1), 0.75f, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(play(packed, 2), 0.25f, 1e-6);
    CU_ASSERT(isnan(play(packed, 3)));
    CU_ASSERT_EQUAL(xlstm_model_sizes(files[0].bytes, files[0].size, &error), 1);
    release(&packed, 1);
    release(files, 3);
}

static void a_packed_file_converts_to_itself(void)
{
    size_t culprit, size;
    struct xlstm_error error;
    const struct xlstm_file files[] = {single(0.5f, 4, 1, ""), single(0.25f, 1, 1, "")};
    const struct xlstm_file packed = pack(files, 2, &culprit, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(packed.bytes);
    void *converted = xlstm_convert(packed.bytes, packed.size, &size, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(converted);
    CU_ASSERT_EQUAL(size, packed.size);
    CU_ASSERT_EQUAL(memcmp(converted, packed.bytes, size), 0);
    free(converted);
    release(&packed, 1);
    release(files, 2);
}

/** Packs two files and expects a sentence about the second. */
static void refuse_pair(struct xlstm_file first, struct xlstm_file second, const char *words)
{
    size_t culprit = 0;
    struct xlstm_error error = {""};
    const struct xlstm_file files[] = {first, second};
    const struct xlstm_file packed = pack(files, 2, &culprit, &error);
    CU_ASSERT_PTR_NULL(packed.bytes);
    CU_ASSERT_EQUAL(culprit, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, words));
    if (!strstr(error.text, words))
        printf("\nfound \"%s\", not \"%s\"\n", error.text, words);
    release(files, 2);
}

static void what_does_not_agree_is_not_packed(void)
{
    char lstm[] = "{\"hidden_size\":1}";
    struct xl_tensor tensors[6];
    struct xl_tensors file = {.tensors = tensors};
    static const char *const names[] = {"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0",
                                        "rnn.bias_hh_l0",   "lin.weight",       "lin.bias"};
    for (size_t i = 0; i < 6; i++) {
        add_tensor(&file, "", names[i], ONES, i < 4 ? 4 : 1, 1);
        tensors[i].rank = i < 2 || i == 4 ? 2 : 1;
    }
    refuse_pair(single(1, 1, 1, ""), write_file(&file, "LSTM", lstm), "is of kind LSTM");
    refuse_pair(single(1, 1, 2, KNOB ","), single(1, 1, 2, OTHER_KNOB ","), "other knobs");
    refuse_pair(single(1, 1, 2, KNOB ","), single(1, 1, 1, ""), "other knobs");
    refuse_pair(single(1, 1, 1, ""), single(1, 1, 1, "\"sample_rate\":44100,"), "44100 Hz");
    refuse_pair(single(1, 1, 1, ""), single(1, 1, 1, "\"direct\":3,"), "config: direct");
}

static void only_so_many_single_ones_are_packed(void)
{
    size_t culprit;
    struct xlstm_error error;
    struct xlstm_file files[FILES];
    for (size_t i = 0; i < FILES; i++)
        files[i] = single(0.5f, 1, 1, "");
    CU_ASSERT_PTR_NULL(pack(files, FILES, &culprit, &error).bytes);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "expected 1 to 8"));
    struct xlstm_file twice[] = {files[0], pack(files, FILES - 1, &culprit, &error)};
    CU_ASSERT_PTR_NOT_NULL_FATAL(twice[1].bytes);
    CU_ASSERT_EQUAL(play(twice[1], FILES - 2), 0.5f);
    CU_ASSERT_PTR_NULL(pack(twice, 2, &culprit, &error).bytes);
    CU_ASSERT_EQUAL(culprit, 1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, "has 8 sizes already"));
    release(&twice[1], 1);
    release(files, FILES);
}

/** A file of two networks by hand: `top` and `entry` go into their configurations. */
static struct xlstm_file by_hand(const char *top, const char *entry, const char *prefix)
{
    char config[2 * TEXT_BYTES], small[TEXT_BYTES], more[TEXT_BYTES + 64];
    struct xl_tensor tensors[4];
    struct xl_tensors file = {.tensors = tensors};
    const struct network best = make_network(0.5f, 4, 2), fast = make_network(0.25f, 1, 2);
    write_config(small, 1, entry);
    snprintf(more, sizeof more, "%s\"sizes\":[%s],", top, small);
    snprintf(config, sizeof config,
             "{%s\"in_proj\":false,\"out_proj_bias\":false,\"layers\":[{\"type\":\"linear\","
             "\"out_features\":4,\"bias\":false}]}",
             more);
    add_network(&file, "", &best);
    add_network(&file, prefix, &fast);
    return write_file(&file, "xLSTMAudioModel", config);
}

static void what_is_said_once_holds_for_all(void)
{
    struct xlstm_error error = {""};
    const struct xlstm_file file =
        by_hand(KNOB ",\"name\":\"Amp\",\"esr\":0.1,\"sample_rate\":44100,", "", "sizes.0.");
    xlstm_model *model = xlstm_model_parse_size(file.bytes, file.size, 1, XLSTM_ISA_AUTO, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct xlstm_info *info = xlstm_model_info(model);
    CU_ASSERT_STRING_EQUAL(info->name, "Amp");
    CU_ASSERT_EQUAL(info->knob_count, 1);
    CU_ASSERT_EQUAL(info->sample_rate, 44100);
    CU_ASSERT(isnan(info->esr)); /* the error of another network says nothing */
    CU_ASSERT_EQUAL(play(file, 1), 0.25f);
    xlstm_model_free(model);
    release(&file, 1);
}

/** Expects a sentence from each way to a file's networks. */
static void refuse(struct xlstm_file file, size_t which, const char *words)
{
    struct xlstm_error error = {""};
    CU_ASSERT_PTR_NULL(
        xlstm_model_parse_size(file.bytes, file.size, which, XLSTM_ISA_AUTO, &error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, words));
    if (!strstr(error.text, words))
        printf("\nfound \"%s\", not \"%s\"\n", error.text, words);
    size_t size;
    if (which < 2)
        CU_ASSERT_PTR_NULL(xlstm_convert(file.bytes, file.size, &size, &error));
    release(&file, 1);
}

static void lists_that_make_no_sense_are_refused(void)
{
    refuse(by_hand(KNOB ",", OTHER_KNOB ",", "sizes.0."), 0, "sizes[0] has another value of knobs");
    refuse(by_hand(KNOB ",", "\"sample_rate\":96000,", "sizes.0."), 1,
           "sizes[0] has another value of sample_rate");
    refuse(by_hand(KNOB ",", "\"sizes\":[],", "sizes.0."), 0, "sizes of its own");
    refuse(by_hand(KNOB ",", "", "sizes.1."), 0, "tensor sizes.1.layers.0.weight belongs to no");
    refuse(by_hand(KNOB ",", "", "sizes.x."), 0, "tensor sizes.x.layers.0.weight belongs to no");
    refuse(by_hand(KNOB ",", "\"direct\":true,", "sizes.0."), 1, "size 2: ");
    refuse(by_hand(KNOB ",", "", "sizes.0."), 2, "has 2 sizes, so that there is no number 3");
    refuse(single(1, 1, 1, "\"sizes\":{},"), 0, "sizes is not a list of at most 7");
    refuse(single(1, 1, 1, "\"sizes\":[3],"), 0, "sizes[0] is not an object");
    refuse(single(1, 1, 1, "\"sizes\":[{},{},{},{},{},{},{},{}],"), 0, "sizes is not a list");
}

/** As any other field. */
static void null_means_no_list(void)
{
    const struct xlstm_file file = single(0.5f, 1, 1, "\"sizes\":null,");
    CU_ASSERT_EQUAL(play(file, 0), 0.5f);
    release(&file, 1);
}

static const struct test tests[] = {
    {"the best comes first", the_best_comes_first},
    {"a packed file converts to itself", a_packed_file_converts_to_itself},
    {"what does not agree is not packed", what_does_not_agree_is_not_packed},
    {"only so many single ones are packed", only_so_many_single_ones_are_packed},
    {"what is said once holds for all", what_is_said_once_holds_for_all},
    {"null means no list", null_means_no_list},
    {"lists that make no sense are refused", lists_that_make_no_sense_are_refused},
};

int main(void)
{
    return run_suite("sizes", tests, sizeof tests / sizeof *tests);
}
