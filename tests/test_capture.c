/* SPDX-License-Identifier: ISC */
/* Captures of other projects: the same sound as their own engines (captures/README.md says which),
 * the same after conversion, their metadata and knobs, and a sentence for each that cannot run. */
#include "golden.h"
#include "suite.h"
#include "tensors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 1024, PATH_BYTES = 256 };

/* Error over the peak of the expected output. Both sides compute in 32-bit floats, one rounding of
 * which is 6e-8; 2048 to 24000 recurrent frames and the engines' own tanh make it some 1e-6. A
 * wrong gate, row or pre-warm costs 1e-3 and more. */
static const double TOLERANCE = 1e-5;

/** A file of captures/ in memory. */
struct capture {
    unsigned char *bytes;
    size_t size;
};

/** Inputs and outputs of the engines. */
static struct capture expected_bytes;
static struct xl_tensors expected;

static struct capture read_capture(const char *name)
{
    char path[PATH_BYTES];
    struct capture capture;
    snprintf(path, sizeof path, "captures/%s", name);
    capture.bytes = read_test_file(path, &capture.size);
    return capture;
}

static size_t copy_expected(const char *name, float to[MAX_FRAMES])
{
    const struct xl_tensor *tensor = xl_tensors_find(&expected, name);
    const size_t frames = tensor ? (size_t)tensor->shape[0] : 0;
    for (size_t i = 0; i < frames && i < MAX_FRAMES; i++)
        to[i] = (float)xl_tensor_get(tensor, i);
    return frames;
}

static xlstm_model *parse(struct capture capture, enum xlstm_isa isa)
{
    struct xlstm_error error = {""};
    xlstm_model *model = xlstm_model_parse(capture.bytes, capture.size, isa, &error);
    if (!model)
        printf("\n%s\n", error.text);
    return model;
}

static xlstm_stream *open_stream(const xlstm_model *model, const json_t *entry)
{
    size_t knob;
    json_t *value;
    xlstm_stream *stream = xlstm_stream_new(model, 1, MAX_FRAMES);
    json_array_foreach(json_object_get(entry, "knobs"), knob, value)
        xlstm_stream_set_knob(stream, knob, (float)json_number_value(value));
    return stream;
}

static void process(xlstm_stream *stream, const float *in, float *out, size_t frames)
{
    xlstm_stream_process(stream, &in, &out, frames);
}

/** Runs a capture over the common input into `out`. False if it does not load. */
static bool run(struct capture capture, const json_t *entry, enum xlstm_isa isa,
                float out[MAX_FRAMES])
{
    float in[MAX_FRAMES];
    const size_t frames = copy_expected("input", in);
    xlstm_model *model = parse(capture, isa);
    xlstm_stream *stream = model ? open_stream(model, entry) : NULL;
    if (stream)
        process(stream, in, out, frames);
    xlstm_stream_free(stream);
    xlstm_model_free(model);
    return stream != NULL;
}

static double error_over_peak(const float *found, const float *wanted, size_t frames)
{
    double peak = 0, worst = 0;
    for (size_t i = 0; i < frames; i++) {
        const double error = fabs((double)found[i] - (double)wanted[i]);
        peak = fmax(peak, fabs((double)wanted[i]));
        if (!(error <= worst))
            worst = error;
    }
    return worst / peak;
}

static const json_t *captures(void)
{
    return json_object_get(expected.config, "captures");
}

static const char *file_of(const json_t *entry)
{
    return json_string_value(json_object_get(entry, "file"));
}

static void test_equals_the_engines(void)
{
    size_t index;
    json_t *entry;
    static const enum xlstm_isa ISAS[] = {XLSTM_ISA_GENERIC, XLSTM_ISA_AUTO};
    CU_ASSERT(json_array_size(captures()) >= 18);
    json_array_foreach(captures(), index, entry)
    {
        float found[MAX_FRAMES], wanted[MAX_FRAMES];
        struct capture capture = read_capture(file_of(entry));
        const size_t frames = copy_expected(file_of(entry), wanted);
        printf("\n%-30s", file_of(entry));
        for (size_t i = 0; i < sizeof ISAS / sizeof *ISAS; i++) {
            CU_ASSERT_FATAL(frames > 0 && run(capture, entry, ISAS[i], found));
            const double error = error_over_peak(found, wanted, frames);
            printf(" %8.1e", error);
            CU_ASSERT(error <= TOLERANCE);
        }
        free(capture.bytes);
    }
    printf("\n");
}

static void test_converted_is_the_same(void)
{
    size_t index;
    json_t *entry;
    json_array_foreach(captures(), index, entry)
    {
        float before[MAX_FRAMES] = {0}, after[MAX_FRAMES] = {0};
        struct xlstm_error error;
        struct capture capture = read_capture(file_of(entry)), converted;
        converted.bytes = xlstm_convert(capture.bytes, capture.size, &converted.size, &error);
        CU_ASSERT_FATAL(converted.bytes != NULL);
        CU_ASSERT_FATAL(run(capture, entry, XLSTM_ISA_AUTO, before));
        CU_ASSERT_FATAL(run(converted, entry, XLSTM_ISA_AUTO, after));
        CU_ASSERT(memcmp(before, after, sizeof before) == 0);
        free(capture.bytes);
        free(converted.bytes);
    }
}

static void test_reset_starts_as_the_capture_does(void)
{
    size_t index;
    json_t *entry;
    float in[MAX_FRAMES];
    const size_t frames = copy_expected("input", in);
    json_array_foreach(captures(), index, entry)
    {
        float first[MAX_FRAMES], again[MAX_FRAMES];
        struct capture capture = read_capture(file_of(entry));
        xlstm_model *model = parse(capture, XLSTM_ISA_AUTO);
        xlstm_stream *stream = open_stream(model, entry);
        process(stream, in, first, frames);
        xlstm_stream_reset(stream);
        process(stream, in, again, frames);
        CU_ASSERT(memcmp(first, again, frames * sizeof *first) == 0);
        xlstm_stream_free(stream);
        xlstm_model_free(model);
        free(capture.bytes);
    }
}

static xlstm_model *open_model(const char *name)
{
    struct capture capture = read_capture(name);
    xlstm_model *model = parse(capture, XLSTM_ISA_GENERIC);
    free(capture.bytes);
    CU_ASSERT_FATAL(model != NULL);
    return model;
}

static void test_metadata_of_nam(void)
{
    xlstm_model *model = open_model("nam-1x16.nam");
    const struct xlstm_info *info = xlstm_model_info(model);
    CU_ASSERT_STRING_EQUAL(info->format, "NAM");
    CU_ASSERT_STRING_EQUAL(info->name, "Synthetic");
    CU_ASSERT_STRING_EQUAL(info->author, "xlstm.lv2");
    CU_ASSERT_STRING_EQUAL(info->gear, "None At all amp clean");
    CU_ASSERT(info->sample_rate == 48000 && info->loudness_dbfs == -17.25);
    CU_ASSERT(info->input_level_dbu == 18.3 && info->output_level_dbu == 12.3);
    CU_ASSERT(info->esr == 0.0125);
    xlstm_model_free(model);
    model = open_model("nam-1x3.nam"); // neither metadata nor rate
    info = xlstm_model_info(model);
    CU_ASSERT_STRING_EQUAL(info->name, "");
    CU_ASSERT(info->sample_rate == 48000 && isnan(info->loudness_dbfs));
    xlstm_model_free(model);
    model = open_model("nam-container.nam");
    info = xlstm_model_info(model);
    CU_ASSERT_STRING_EQUAL(info->name, "Two sizes");
    CU_ASSERT(info->loudness_dbfs == -20);
    xlstm_model_free(model);
}

static void test_metadata_of_keras(void)
{
    xlstm_model *model = open_model("keras-lstm-12.json");
    const struct xlstm_info *info = xlstm_model_info(model);
    CU_ASSERT_STRING_EQUAL(info->format, "Keras JSON");
    CU_ASSERT_STRING_EQUAL(info->name, "Synthetic");
    CU_ASSERT_STRING_EQUAL(info->licence, "ISC");
    CU_ASSERT_STRING_EQUAL(info->gear, "Nothing");
    CU_ASSERT(info->sample_rate == 48000 && info->esr == 0.015);
    xlstm_model_free(model);
    model = open_model("keras-gru-9.json");
    CU_ASSERT(xlstm_model_info(model)->sample_rate == 44100);
    xlstm_model_free(model);
}

static void test_knobs(void)
{
    xlstm_model *model = open_model("aidax-lstm-16-2knobs.json");
    const struct xlstm_info *info = xlstm_model_info(model);
    CU_ASSERT_FATAL(info->knob_count == 2);
    CU_ASSERT_STRING_EQUAL(info->knobs[0].name, "param1");
    CU_ASSERT_STRING_EQUAL(info->knobs[1].name, "param2");
    CU_ASSERT(info->knobs[1].minimum == 0 && info->knobs[1].maximum == 1);
    CU_ASSERT(info->knobs[0].initial == 0);
    xlstm_model_free(model);
    model = open_model("neuralpi-lstm-20-2knobs.json");
    info = xlstm_model_info(model);
    CU_ASSERT_FATAL(info->knob_count == 2);
    CU_ASSERT_STRING_EQUAL(info->knobs[0].name, "gain");
    CU_ASSERT(info->knobs[0].initial == 0.5F && info->sample_rate == 44100);
    xlstm_model_free(model);
}

/** A capture with one value changed, and a part of the sentence that refuses it. */
struct damage {
    const char *file;
    const char *path;  ///< keys and indices, "/" between them
    const char *value; ///< JSON to put there, or NULL to remove what is there
    const char *sentence;
};

static const struct damage DAMAGES[] = {
    {"nam-1x3.nam", "architecture", "\"WaveNet\"",
     "NAM WaveNet, a convolutional network, expected"},
    {"nam-1x3.nam", "architecture", "\"ConvNet\"", "NAM ConvNet, a convolutional network"},
    {"nam-1x3.nam", "architecture", "\"Linear\"", "NAM Linear, an impulse response"},
    {"nam-1x3.nam", "architecture", "\"\\n\\u001b\"", "NAM ??, an unknown kind of network"},
    {"nam-1x3.nam", "architecture", NULL, "has no architecture, expected \"LSTM\""},
    {"nam-container.nam", "config/submodels/1/model/architecture", "\"WaveNet\"",
     "NAM WaveNet in a container, a convolutional network"},
    {"nam-container.nam", "config/submodels", "[]", "SlimmableContainer without a model"},
    {"nam-container.nam", "config/submodels/1/model", NULL, "SlimmableContainer without a model"},
    {"nam-1x3.nam", "version", "\"0.8.0\"", "version is \"0.8.0\", expected \"0.5.0\" to"},
    {"nam-1x3.nam", "version", "\"1.5.0\"", "version is \"1.5.0\""},
    {"nam-1x3.nam", "version", NULL, "version is missing"},
    {"nam-1x3.nam", "sample_rate", "10", "sample_rate is the number 10, expected Hz from 1000"},
    {"nam-1x3.nam", "sample_rate", "true", "sample_rate is true or false"},
    {"nam-1x3.nam", "config", NULL, "config.input_size is missing, expected 1"},
    {"nam-1x3.nam", "config/input_size", "3", "config.input_size is the number 3, expected 1"},
    {"nam-3x5.nam", "config/in_channels", "2", "config.in_channels is the number 2, expected 1"},
    {"nam-3x5.nam", "config/out_channels", "2", "config.out_channels is the number 2"},
    {"nam-1x3.nam", "config/num_layers", "0", "config.num_layers is the number 0"},
    {"nam-1x3.nam", "config/num_layers", "2", "weights is a list of 70, expected 160 numbers"},
    {"nam-1x3.nam", "config/hidden_size", "4",
     "expected 109 numbers for num_layers 1, hidden_size 4"},
    {"nam-1x3.nam", "config/hidden_size", "2147483647", "expected a whole number from 1 to 1024"},
    {"nam-1x3.nam", "config/hidden_size", "-3", "config.hidden_size is the number -3"},
    {"nam-1x3.nam", "config/hidden_size", "3.0", "config.hidden_size is the number 3"},
    {"nam-1x3.nam", "config/hidden_size", "\"3\"", "config.hidden_size is \"3\""},
    {"nam-1x3.nam", "weights/5", NULL, "weights is a list of 69, expected 70"},
    {"nam-1x3.nam", "weights/69", "1e39",
     "weights[69] is the number 1e+39, expected a number that fits"},
    {"nam-1x3.nam", "weights/17", "null", "weights[17] is null"},
    {"nam-1x3.nam", "weights", "{}", "weights is an object"},

    {"keras-gru-9.json", "in_shape", NULL, "in_shape is missing, expected a width from 1 to 9"},
    {"keras-gru-9.json", "in_shape/2", "10", "in_shape ends in the number 10"},
    {"keras-gru-9.json", "in_skip", "2", "in_skip is the number 2, expected a whole number from 0"},
    {"keras-gru-9.json", "in_gain", "\"loud\"",
     "in_gain is \"loud\", expected dB from -120 to 120"},
    {"keras-gru-9.json", "out_gain", "1000", "out_gain is the number 1000"},
    {"keras-gru-9.json", "samplerate", "\"fast\"", "samplerate is \"fast\", expected Hz"},
    {"keras-gru-9.json", "layers", "[]", "layers is a list of 0, expected a list of 1 to 64"},
    {"keras-gru-9.json", "layers/0/type", "\"conv1d\"",
     "layers[0].type is \"conv1d\", not supported: a convolution over time, expected lstm, gru"},
    {"keras-gru-9.json", "layers/0", "{\"type\": \"prelu\"}",
     "layers[0].type is \"prelu\", not supported: a rectifier"},
    {"keras-gru-9.json", "layers/0/type", "\"wavelet\"",
     "layers[0].type is \"wavelet\", not supported: an unknown kind of layer"},
    {"keras-gru-9.json", "layers/0/type", NULL, "layers[0].type is missing, expected lstm, gru"},
    {"keras-gru-9.json", "layers/0/shape/2", "8",
     "layers[0].weights[0][0] is a list of 27, expected 24 number"},
    {"keras-gru-9.json", "layers/0/shape/2", "100000", "layers[0].shape ends in the number 100000"},
    {"keras-gru-9.json", "layers/0/activation", "\"relu\"",
     "layers[0].activation is \"relu\", expected \"tanh\""},
    {"keras-gru-9.json", "layers/0/weights/2", "[1, 2, 3]",
     "expected 2 lists of 27 (a GRU with reset_after)"},
    {"keras-gru-9.json", "layers/0/weights/2", NULL,
     "layers[0].weights is a list of 2, expected a list of 3"},
    {"keras-gru-9.json", "layers/0/weights/1/3", NULL,
     "layers[0].weights[1] is a list of 8, expected 9 list"},
    {"keras-gru-9.json", "layers/0/weights/1/3/2", "\"x\"",
     "layers[0].weights[1][3][2] is \"x\", expected a number"},
    {"keras-gru-9.json", "layers/1/activation", "\"softmax\"",
     "layers[1].activation is \"softmax\""},
    {"keras-gru-9.json", "layers/1", NULL, "layers[0].shape ends in 9, expected 1 (mono)"},
    {"keras-lstm-12.json", "layers/0/weights/2", "[0.5]",
     "layers[0].weights[2] is a list of 1, expected 48 number"},
    {"keras-lstm-12.json", "metadata/samplerate", "3", "samplerate is the number 3"},
    {"keras-dense-gru-lstm.json", "layers/3/activation", "\"tanh\"",
     "layers[4] is an activation, expected behind a dense layer without one"},

    {"guitarml-gru-2x6.json", "model_data", NULL, "model_data.unit_type is missing"},
    {"guitarml-gru-2x6.json", "model_data/model", "\"RecNet\"",
     "model_data.model is \"RecNet\", expected \"SimpleRNN\""},
    {"guitarml-gru-2x6.json", "model_data/unit_type", "\"RNN\"",
     "model_data.unit_type is \"RNN\", expected \"LSTM\" or \"GRU\""},
    {"guitarml-gru-2x6.json", "model_data/unit_type", "\"LSTM\"",
     "rec.weight_ih_l0 is a list of 18, expected 24 lists"},
    {"guitarml-gru-2x6.json", "model_data/output_size", "2",
     "model_data.output_size is the number 2, expected 1"},
    {"guitarml-gru-2x6.json", "model_data/num_layers", "3", "rec.weight_ih_l2 is missing"},
    {"guitarml-gru-2x6.json", "model_data/skip", "2", "model_data.skip is the number 2"},
    {"guitarml-gru-2x6.json", "state_dict", NULL, "rec.weight_ih_l0 is missing"},
    {"guitarml-gru-2x6.json", "state_dict/rec.bias_hh_l1", "[]",
     "rec.bias_hh_l1 is a list of 0, expected 18 number"},
    {"guitarml-gru-2x6.json", "state_dict/lin.bias", NULL, "lin.bias is missing"},
    {"guitarml-gru-2x6.json", "state_dict/lin.weight/0/1", "false",
     "lin.weight[0][1] is true or false"},
};

/** Puts `value` (taken over; NULL removes) where `path` leads. */
static void change(json_t *root, const char *path, json_t *value)
{
    char key[PATH_BYTES];
    const char *slash = strchr(path, '/');
    snprintf(key, sizeof key, "%.*s", slash ? (int)(slash - path) : PATH_BYTES - 1, path);
    const size_t index = strtoul(key, NULL, 10);
    if (slash)
        change(json_is_array(root) ? json_array_get(root, index) : json_object_get(root, key),
               slash + 1, value);
    else if (json_is_array(root) && value)
        CU_ASSERT_EQUAL(json_array_set_new(root, index, value), 0)
    else if (json_is_array(root))
        CU_ASSERT_EQUAL(json_array_remove(root, index), 0)
    else if (value)
        CU_ASSERT_EQUAL(json_object_set_new(root, key, value), 0)
    else
        CU_ASSERT_EQUAL(json_object_del(root, key), 0);
}

static void check_refused(const char *bytes, size_t size, const char *sentence)
{
    struct xlstm_error error = {""};
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_GENERIC, &error);
    if (model || !strstr(error.text, sentence))
        printf("\nfound    %s\nexpected %s\n", model ? "a model" : error.text, sentence);
    CU_ASSERT(!model && strstr(error.text, sentence));
    xlstm_model_free(model);
}

static void test_damage_is_named(void)
{
    for (size_t i = 0; i < sizeof DAMAGES / sizeof *DAMAGES; i++) {
        struct capture capture = read_capture(DAMAGES[i].file);
        json_t *root = json_loadb((char *)capture.bytes, capture.size, 0, NULL);
        json_t *value =
            DAMAGES[i].value ? json_loads(DAMAGES[i].value, JSON_DECODE_ANY, NULL) : NULL;
        change(root, DAMAGES[i].path, value);
        char *text = json_dumps(root, JSON_COMPACT);
        check_refused(text, strlen(text), DAMAGES[i].sentence);
        free(text);
        json_decref(root);
        free(capture.bytes);
    }
}

/** Metadata of other programs that makes no sense is left out: it changes no sound. */
static void test_absurd_metadata_is_left_out(void)
{
    struct xlstm_error error = {""};
    struct capture capture = read_capture("nam-1x3.nam");
    json_t *root = json_loadb((char *)capture.bytes, capture.size, 0, NULL);
    change(root, "metadata",
           json_loads("{\"loudness\": 1e308, \"input_level_dbu\": \"12\", \"name\": 7,"
                      " \"output_level_dbu\": 18.5, \"training\": {\"validation_esr\": -1}}",
                      0, NULL));
    char *text = json_dumps(root, JSON_COMPACT);
    xlstm_model *model = xlstm_model_parse(text, strlen(text), XLSTM_ISA_GENERIC, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const struct xlstm_info *info = xlstm_model_info(model);
    CU_ASSERT(isnan(info->loudness_dbfs) && isnan(info->input_level_dbu) && isnan(info->esr));
    CU_ASSERT(info->output_level_dbu == 18.5);
    CU_ASSERT_STRING_EQUAL(info->name, "");
    xlstm_model_free(model);
    free(text);
    json_decref(root);
    free(capture.bytes);
}

static void test_other_json_is_named(void)
{
    static const struct {
        const char *text, *sentence;
    } TEXTS[] = {
        {"[1, 2]", "is a JSON list, expected an object"},
        {" {\"a\": 1}", "is JSON, but neither a NAM capture"},
        {"{\"dilations\": [1], \"variables\": []}", "is a WaveNet of GuitarML's older plug-ins"},
        {"{\"layers\": ", "is not valid JSON"},
        {"{\"weights\": [NaN]}", "is not valid JSON"},
        {"{\"weights\": [1e999]}", "is not valid JSON: real number overflow"},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        check_refused(TEXTS[i].text, strlen(TEXTS[i].text), TEXTS[i].sentence);
}

static void test_deep_json_is_refused(void)
{
    enum { DEPTH = 1000000 };
    char *text = malloc(DEPTH);
    memset(text, '[', DEPTH);
    check_refused(text, DEPTH, "is not valid JSON: maximum parsing depth reached");
    free(text);
}

static void test_byte_order_mark_is_skipped(void)
{
    static const char MARK[] = "\xef\xbb\xbf\n";
    struct xlstm_error error;
    struct capture capture = read_capture("nam-1x3.nam");
    char *text = malloc(capture.size + sizeof MARK);
    memcpy(text, MARK, sizeof MARK - 1);
    memcpy(text + sizeof MARK - 1, capture.bytes, capture.size);
    xlstm_model *model =
        xlstm_model_parse(text, capture.size + sizeof MARK - 1, XLSTM_ISA_GENERIC, &error);
    CU_ASSERT(model != NULL);
    xlstm_model_free(model);
    free(text);
    free(capture.bytes);
}

static bool open_expected(void)
{
    struct xlstm_error error;
    expected_bytes = read_capture("expected.safetensors");
    return xl_read_safetensors(&expected, expected_bytes.bytes, expected_bytes.size, &error);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"every capture sounds as in its own engine", test_equals_the_engines},
        {"converted to safetensors it sounds the same", test_converted_is_the_same},
        {"a reset starts as the capture does", test_reset_starts_as_the_capture_does},
        {"metadata of .nam", test_metadata_of_nam},
        {"metadata of Keras-style JSON", test_metadata_of_keras},
        {"inputs behind the audio are knobs", test_knobs},
        {"each damage gets a sentence that names it", test_damage_is_named},
        {"metadata that makes no sense is left out", test_absurd_metadata_is_left_out},
        {"other JSON gets a sentence", test_other_json_is_named},
        {"deeply nested JSON is refused", test_deep_json_is_refused},
        {"a byte order mark does no harm", test_byte_order_mark_is_skipped},
    };
    if (!open_expected())
        return 1;
    const int status = run_suite("captures", TESTS, sizeof TESTS / sizeof *TESTS);
    xl_tensors_free(&expected);
    free(expected_bytes.bytes);
    return status;
}
