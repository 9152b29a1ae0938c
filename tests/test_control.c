/* SPDX-License-Identifier: ISC */
/* Slow memory: followers and paths at control rate against their closed forms, and what a limit of
 * the gates promises. */
#include "suite.h"

#include "tensors.h"
#include "xlstm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 16, MOST_VALUES = 4096, SECOND = 48000 };

/** A model under construction. */
struct made {
    const char *config;
    struct xl_tensor tensors[MOST_TENSORS];
    size_t count;
    float values[MOST_VALUES];
    size_t used;
};

/** Adds a tensor of `rank` 1 or 2 and returns its values, which are zero. */
static float *add(struct made *made, const char *name, unsigned rank, uint64_t first,
                  uint64_t second)
{
    float *values = made->values + made->used;
    struct xl_tensor *tensor = &made->tensors[made->count++];
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->dtype = XL_F32;
    tensor->rank = rank;
    tensor->shape[0] = first;
    tensor->shape[1] = second;
    tensor->data = (const unsigned char *)values;
    made->used += first * (rank > 1 ? second : 1);
    return values;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

static xlstm_model *model_of(struct made *made)
{
    size_t size;
    struct xlstm_error error = {""};
    struct xl_tensors file = {.format = "safetensors",
                              .config = json_loads(made->config, 0, NULL),
                              .tensors = made->tensors,
                              .count = made->count};
    snprintf(file.kind, sizeof file.kind, "xLSTMAudioModel");
    qsort(file.tensors, file.count, sizeof *file.tensors, by_name);
    void *bytes = xl_write_safetensors(&file, &size, &error);
    xlstm_model *model = bytes ? xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error) : NULL;
    if (!model)
        printf("\n%s\n", error.text);
    free(bytes);
    json_decref(file.config);
    return model;
}

/** Plays a fresh stream in calls of `block` frames. */
static void play(const xlstm_model *model, const float *in, float *out, size_t frames, size_t block)
{
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    for (size_t at = 0; at < frames; at += block) {
        const float *from = in + at;
        float *to = out + at;
        xlstm_stream_process(stream, &from, &to, frames - at < block ? frames - at : block);
    }
    xlstm_stream_free(stream);
}

/** A hash of i between -1 and 1. */
static float noise(size_t i)
{
    uint32_t z = (uint32_t)i * 2654435761U + 12345;
    z = (z ^ z >> 15) * 2246822519U;
    return (float)(int32_t)(z ^ z >> 13) * 0x1p-31F;
}

static void fill(float *values, size_t count, float scale, size_t seed)
{
    for (size_t i = 0; i < count; i++)
        values[i] = scale * noise(seed + i);
}

/* ---- followers ------------------------------------------------------------------------------ */

/** With constant gates, exp(L) is a geometric sum. */
static void follower_adds_up(void)
{
    enum { FRAMES = 200 };
    static struct made made = {.config = "{\"in_proj\": false, \"layers\": [{\"type\": "
                                         "\"follower\", \"hidden_size\": 1}]}"};
    static float in[FRAMES], out[FRAMES];
    const double i = 0.5, f = 3.2, share = 1 / (1 + exp(-f));
    add(&made, "layers.0.proj.weight", 2, 2, 1);
    float *bias = add(&made, "layers.0.proj.bias", 1, 2, 0);
    add(&made, "layers.0.recurrent.weight", 2, 2, 1);
    *add(&made, "out_proj.weight", 2, 1, 1) = 1;
    add(&made, "out_proj.bias", 1, 1, 0);
    bias[0] = (float)i;
    bias[1] = (float)f;
    xlstm_model *model = model_of(&made);
    play(model, in, out, FRAMES, 7);
    for (int t = 1; t <= FRAMES; t++) {
        const double old = pow(share, t);
        const double power = exp(i) * (1 - old) / (1 - share) + old;
        CU_ASSERT_DOUBLE_EQUAL(out[t - 1], log(power) / 10, 1e-6);
    }
    xlstm_model_free(model);
}

/** A loud input takes over at once; quiet ones then change nothing until it has decayed. */
static void follower_follows_the_loudest(void)
{
    static struct made made = {.config = "{\"in_proj\": false, \"layers\": [{\"type\": "
                                         "\"follower\", \"hidden_size\": 1}]}"};
    const float in[] = {2, 5, 0.25F, 0.25F, 0.25F};
    float out[5];
    const double kept = log(1 / (1 + exp(-1.0)));
    *add(&made, "layers.0.proj.weight", 2, 2, 1) = 10;
    add(&made, "layers.0.proj.bias", 1, 2, 0)[1] = 1;
    add(&made, "layers.0.recurrent.weight", 2, 2, 1);
    *add(&made, "out_proj.weight", 2, 1, 1) = 1;
    add(&made, "out_proj.bias", 1, 1, 0);
    xlstm_model *model = model_of(&made);
    play(model, in, out, 5, 5);
    CU_ASSERT_DOUBLE_EQUAL(out[0], 2, 1e-6);
    for (int t = 1; t < 5; t++)
        CU_ASSERT_DOUBLE_EQUAL(out[t], (50 + (t - 1) * kept) / 10, 2e-6);
    xlstm_model_free(model);
}

/* ---- paths at control rate ------------------------------------------------------------------ */

enum { FRAME = 4 };

/** A path whose two outputs are what it sees of its input; the model's output is number `column`
 *  of [x (1 + q), s]. `gain` is G of the first output. */
static xlstm_model *path(struct made *made, int column, float gain)
{
    *made = (struct made){.config = "{\"in_proj\": false, \"layers\": [{\"type\": \"control\", "
                                    "\"frames\": 4, \"layers\": [{\"type\": \"linear\", "
                                    "\"out_features\": 2}]}]}"};
    float *identity = add(made, "layers.0.layers.0.weight", 2, 2, 2);
    identity[0] = identity[3] = 1;
    add(made, "layers.0.layers.0.bias", 1, 2, 0);
    *add(made, "layers.0.gain.weight", 2, 1, 2) = gain;
    add(made, "out_proj.weight", 2, 1, 3)[column] = 1;
    add(made, "out_proj.bias", 1, 1, 0);
    return model_of(made);
}

static void path_sees_power_and_peak(void)
{
    enum { FRAMES = 3 * FRAME };
    static const float IN[FRAMES] = {0.5F, -0.25F, 0.125F, 0.25F, 0, 1, 0, -0.5F};
    const double squares[2] = {0.40625 - 0.015625, 1.25}, peaks[2] = {0.25, 1};
    const double expected[2][2] = {
        {(log(squares[0] / 4) + 20) / 10, (log(squares[1] / 4) + 20) / 10},
        {(log(peaks[0]) + 20) / 10, (log(peaks[1]) + 20) / 10}};
    for (int number = 0; number < 2; number++) {
        static struct made made;
        float out[FRAMES];
        xlstm_model *model = path(&made, 1 + number, 0);
        play(model, IN, out, FRAMES, 5);
        for (int t = 0; t < FRAMES; t++) {
            const double share = (t % FRAME + 1) / (double)FRAME;
            const double from = t < 2 * FRAME ? 0 : expected[number][0];
            const double to = t < FRAME ? 0 : expected[number][t / FRAME - 1];
            CU_ASSERT_DOUBLE_EQUAL(out[t], from + share * (to - from), 1e-6);
        }
        xlstm_model_free(model);
    }
}

enum { COLUMNS = 4 };

/** Of four frames, the newest last, a path watches as many as `config` says, which gives it `seen`
 *  numbers; the model's output is number `number` of them. */
static xlstm_model *watching(struct made *made, const char *config, size_t seen, size_t number)
{
    *made = (struct made){.config = config};
    float *identity = add(made, "layers.0.layers.0.weight", 2, seen, seen);
    for (size_t i = 0; i < seen; i++)
        identity[i * (seen + 1)] = 1;
    add(made, "layers.0.layers.0.bias", 1, seen, 0);
    add(made, "layers.0.gain.weight", 2, COLUMNS, seen);
    add(made, "out_proj.weight", 2, 1, COLUMNS + seen)[COLUMNS + number] = 1;
    add(made, "out_proj.bias", 1, 1, 0);
    return model_of(made);
}

/** It sees what it sees where there is no other frame. */
static void path_watches_what_it_is_told(void)
{
    enum { FRAMES = 40 };
    float in[FRAMES], expected[FRAMES], out[FRAMES];
    fill(in, FRAMES, 1, 0);
    for (int number = 0; number < 2; number++) {
        static struct made alone, among;
        xlstm_model *model = path(&alone, 1 + number, 0);
        play(model, in, expected, FRAMES, FRAMES);
        xlstm_model_free(model);
        model = watching(&among,
                         "{\"in_proj\": false, \"input_frames\": 4, \"layers\": [{\"type\": "
                         "\"control\", \"frames\": 4, \"watched\": 1, \"layers\": [{\"type\": "
                         "\"linear\", \"out_features\": 2}]}]}",
                         2, (size_t)number);
        play(model, in, out, FRAMES, 7);
        for (size_t t = 0; t < FRAMES; t++)
            CU_ASSERT_DOUBLE_EQUAL(out[t], expected[t], 1e-6);
        xlstm_model_free(model);
    }
}

/** Of two watched frames the newest is held: the path sees its value at the end of its own. */
static void path_sees_the_value_of_what_is_held(void)
{
    enum { FRAMES = 3 * FRAME };
    static struct made made;
    float in[FRAMES], out[FRAMES];
    xlstm_model *model =
        watching(&made,
                 "{\"in_proj\": false, \"input_frames\": 4, \"layers\": [{\"type\": \"control\", "
                 "\"frames\": 4, \"watched\": 2, \"held\": 1, \"layers\": [{\"type\": "
                 "\"linear\", \"out_features\": 3}]}]}",
                 3, 2);
    fill(in, FRAMES, 1, 0);
    play(model, in, out, FRAMES, 3);
    for (int t = 0; t < FRAME; t++)
        CU_ASSERT_EQUAL(out[t], 0);
    CU_ASSERT_DOUBLE_EQUAL(out[2 * FRAME - 1], in[FRAME - 1], 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(out[3 * FRAME - 1], in[2 * FRAME - 1], 1e-6);
    xlstm_model_free(model);
}

/** Multiplied by exp(G s), from the end of the second frame on; 5 is the largest logarithm. */
static void path_multiplies(void)
{
    enum { FRAMES = 3 * FRAME };
    static const float GAINS[] = {0.75F, -2, 100};
    float in[FRAMES], out[FRAMES];
    for (int t = 0; t < FRAMES; t++)
        in[t] = t % 2 ? -0.5F : 0.5F;
    for (size_t i = 0; i < sizeof GAINS / sizeof *GAINS; i++) {
        static struct made made;
        xlstm_model *model = path(&made, 0, GAINS[i]);
        const double factor = exp(fmin((double)GAINS[i] * (log(0.25) + 20) / 10, 5));
        play(model, in, out, FRAMES, FRAMES);
        for (int t = 0; t < FRAME; t++)
            CU_ASSERT_EQUAL(out[t], in[t]);
        for (int t = 2 * FRAME - 1; t < FRAMES; t++)
            CU_ASSERT_DOUBLE_EQUAL(out[t], (double)in[t] * factor, 1e-6 * factor);
        xlstm_model_free(model);
    }
}

/** However a run is cut, and whatever a follower in a path remembers. */
static void cuts_change_no_bit(void)
{
    enum { FRAMES = 1000 };
    static struct made made = {
        .config = "{\"in_proj\": false, \"layers\": [{\"type\": \"control\", \"frames\": 16, "
                  "\"layers\": [{\"type\": \"follower\", \"hidden_size\": 3}, {\"type\": "
                  "\"linear\", \"out_features\": 2, \"activation\": \"tanh\"}]}]}"};
    static const size_t BLOCKS[] = {1, 7, 15, 16, 17, 64, 333};
    static float in[FRAMES], whole[FRAMES], cut[FRAMES];
    fill(add(&made, "layers.0.layers.0.proj.weight", 2, 6, 2), 12, 3, 1);
    fill(add(&made, "layers.0.layers.0.proj.bias", 1, 6, 0), 6, 3, 2);
    fill(add(&made, "layers.0.layers.0.recurrent.weight", 2, 6, 3), 18, 1, 3);
    fill(add(&made, "layers.0.layers.1.weight", 2, 2, 3), 6, 1, 4);
    fill(add(&made, "layers.0.layers.1.bias", 1, 2, 0), 2, 1, 5);
    fill(add(&made, "layers.0.gain.weight", 2, 1, 2), 2, 2, 6);
    fill(add(&made, "out_proj.weight", 2, 1, 3), 3, 1, 7);
    add(&made, "out_proj.bias", 1, 1, 0);
    xlstm_model *model = model_of(&made);
    fill(in, FRAMES, 1, 8);
    play(model, in, whole, FRAMES, FRAMES);
    for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++) {
        play(model, in, cut, FRAMES, BLOCKS[i]);
        CU_ASSERT_EQUAL(memcmp(whole, cut, sizeof whole), 0);
    }
    xlstm_model_free(model);
}

/* ---- limits of gates ------------------------------------------------------------------------ */

/** Energy of what a burst at the start changes after a second, over that of the output, in dB. */
static double lasting_effect(const char *config)
{
    enum { UNITS = 4, BURST = 100, FRAMES = 2 * SECOND };
    static float in[FRAMES], calm[FRAMES], out[FRAMES];
    struct made *made = calloc(1, sizeof *made);
    double change = 0, energy = 0;
    made->config = config;
    fill(add(made, "layers.0.proj.weight", 2, 4 * UNITS, 1), 4 * UNITS, 40, 9);
    float *bias = add(made, "layers.0.slstm_cell._bias_", 1, 4 * UNITS, 0);
    for (int u = 0; u < UNITS; u++)
        bias[UNITS + u] = 30; /* would forget nothing at all */
    float *r = add(made, "layers.0.slstm_cell._recurrent_kernel_", 2, 0, 0);
    made->tensors[2].rank = 3;
    memcpy(made->tensors[2].shape, (uint64_t[]){1, 4 * UNITS, UNITS}, 3 * sizeof(uint64_t));
    made->used = (size_t)(r - made->values) + 4 * UNITS * UNITS;
    fill(add(made, "out_proj.weight", 2, 1, UNITS), UNITS, 1, 10);
    add(made, "out_proj.bias", 1, 1, 0);
    xlstm_model *model = model_of(made);
    fill(in, FRAMES, 0.1F, 11);
    play(model, in, calm, FRAMES, 512);
    for (int t = 0; t < BURST; t++)
        in[t] = t % 2 ? -16.0F : 16.0F;
    play(model, in, out, FRAMES, 512);
    for (size_t t = BURST + SECOND; t < FRAMES; t++) {
        change += pow((double)out[t] - (double)calm[t], 2);
        energy += pow((double)calm[t], 2);
    }
    xlstm_model_free(model);
    free(made);
    return 10 * log10(change / energy + 1e-30);
}

/** e^7.5 = 1808 frames; what was stored with a weight of e^7.5 against e^-7.5 is below -100 dB
 * after (15 + 11.5) x 1808 frames, which is a second. */
static void limit_ends_every_memory(void)
{
    CU_ASSERT(lasting_effect("{\"in_proj\": false, \"layers\": [{\"type\": \"slstm\", "
                             "\"hidden_size\": 4, \"gate_limit\": 7.5}]}") < -100);
    CU_ASSERT(lasting_effect("{\"in_proj\": false, \"layers\": [{\"type\": \"slstm\", "
                             "\"hidden_size\": 4}]}") > -20);
}

/** What an LSTM stores decays by sigmoid(limit) a frame, whatever its forget gate asks for. */
static void limit_holds_the_lstm(void)
{
    static const double LIMIT = 2;
    for (int limited = 0; limited < 2; limited++) {
        struct made made = {.config =
                                limited ? "{\"in_proj\": false, \"layers\": [{\"type\": \"lstm\", "
                                          "\"hidden_size\": 1, \"gate_limit\": 2}]}"
                                        : "{\"in_proj\": false, \"layers\": [{\"type\": \"lstm\", "
                                          "\"hidden_size\": 1}]}"};
        const float in[] = {1, 0, 0, 0, 0, 0};
        enum { FRAMES = sizeof in / sizeof *in };
        float out[FRAMES];
        add(&made, "layers.0.weight_hh_l0", 2, 4, 1);
        add(&made, "layers.0.weight_ih_l0", 2, 4, 1)[2] = 20; /* g = 1 at first, then 0 */
        float *bias = add(&made, "layers.0.bias_ih_l0", 1, 4, 0);
        bias[0] = bias[3] = 30; /* i and o are open */
        bias[1] = 12;           /* f is almost 1 */
        add(&made, "layers.0.bias_hh_l0", 1, 4, 0);
        *add(&made, "out_proj.weight", 2, 1, 1) = 1;
        add(&made, "out_proj.bias", 1, 1, 0);
        xlstm_model *model = model_of(&made);
        play(model, in, out, FRAMES, 4);
        const double kept = 1 / (1 + exp(-(limited ? LIMIT : 12)));
        for (int t = 0; t < FRAMES; t++)
            CU_ASSERT_DOUBLE_EQUAL(out[t], tanh(pow(kept, t)), 2e-6);
        xlstm_model_free(model);
    }
}

static const struct test TESTS[] = {
    {"a follower adds up", follower_adds_up},
    {"a follower follows the loudest", follower_follows_the_loudest},
    {"a path sees power and peak", path_sees_power_and_peak},
    {"a path multiplies", path_multiplies},
    {"a path watches what it is told to", path_watches_what_it_is_told},
    {"a path sees the value of what is held", path_sees_the_value_of_what_is_held},
    {"cuts change no bit", cuts_change_no_bit},
    {"a limit of the gates ends every memory", limit_ends_every_memory},
    {"and that of an LSTM", limit_holds_the_lstm},
};

int main(void)
{
    return run_suite("control", TESTS, sizeof TESTS / sizeof *TESTS);
}
