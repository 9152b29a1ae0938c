/* SPDX-License-Identifier: ISC */
/* Promises of dsp/xlstm.h about streams, on models of every kind of layer. */
#include "golden.h"
#include "suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES = 3000, SECOND = 48000 };

static const char *const MODELS[] = {
    "golden/audio_slstm.safetensors", "golden/audio_mixed.safetensors",
    "golden/lstm16.safetensors",      "captures/nam-2x7.nam",
    "captures/keras-gru-9.json",      "captures/aidax-lstm-8-gains.json",
};
enum { MODEL_COUNT = sizeof MODELS / sizeof *MODELS };

static xlstm_model *load(const char *name)
{
    size_t size;
    struct xlstm_error error;
    unsigned char *bytes = read_test_file(name, &size);
    xlstm_model *model = xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
    free(bytes);
    if (!model) {
        printf("\n%s: %s\n", name, error.text);
        abort();
    }
    return model;
}

/** A guitar-like test tone: decaying harmonics, another for each seed. */
static void tone(float *out, size_t frames, unsigned seed)
{
    for (size_t i = 0; i < frames; i++) {
        const double t = (double)i / SECOND, f = 110 * (1 + seed % 7);
        out[i] = (float)(0.4 * exp(-2 * fmod(t, 0.5)) *
                         (sin(6.283185 * f * t) + 0.5 * sin(6.283185 * 2.01 * f * t)));
    }
}

static void process(xlstm_stream *stream, const float *in, float *out, size_t frames)
{
    xlstm_stream_process(stream, &in, &out, frames);
}

static void fresh_run(const xlstm_model *model, const float *in, float *out, size_t frames)
{
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    process(stream, in, out, frames);
    xlstm_stream_free(stream);
}

static double rms(const float *a, const float *b, size_t frames)
{
    double energy = 0;
    for (size_t i = 0; i < frames; i++) {
        const double d = (double)a[i] - (b ? (double)b[i] : 0);
        energy += d * d;
    }
    return sqrt(energy / (double)frames);
}

static void for_each_model(void (*check)(const xlstm_model *model))
{
    for (size_t i = 0; i < MODEL_COUNT; i++) {
        xlstm_model *model = load(MODELS[i]);
        check(model);
        xlstm_model_free(model);
    }
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void check_blocks(const xlstm_model *model)
{
    static float in[FRAMES], whole[FRAMES], cut[FRAMES];
    static const size_t SIZES[] = {0, 1, 63, 64, 65, 7, 512, 31};
    tone(in, FRAMES, 1);
    fresh_run(model, in, whole, FRAMES);
    for (size_t max_block = 1; max_block < 200; max_block += 66) {
        xlstm_stream *stream = xlstm_stream_new(model, 1, max_block);
        for (size_t at = 0, i = 0; at < FRAMES; i++) {
            const size_t left = FRAMES - at, size = SIZES[i % 8] < left ? SIZES[i % 8] : left;
            process(stream, in + at, cut + at, size);
            at += size;
        }
        xlstm_stream_free(stream);
        CU_ASSERT(memcmp(whole, cut, sizeof whole) == 0);
    }
}

static void check_in_place(const xlstm_model *model)
{
    static float in[FRAMES], out[FRAMES];
    tone(in, FRAMES, 2);
    fresh_run(model, in, out, FRAMES);
    fresh_run(model, in, in, FRAMES);
    CU_ASSERT(memcmp(in, out, sizeof in) == 0);
}

/** Channels of one stream and streams of one model know nothing of each other. */
static void check_channels(const xlstm_model *model)
{
    enum { CHANNELS = 5 };
    static float in[CHANNELS][FRAMES], out[CHANNELS][FRAMES], alone[FRAMES];
    const float *ins[CHANNELS];
    float *outs[CHANNELS];
    xlstm_stream *stream = xlstm_stream_new(model, CHANNELS, 64);
    for (unsigned c = 0; c < CHANNELS; c++) {
        tone(in[c], FRAMES, c);
        ins[c] = in[c];
        outs[c] = out[c];
    }
    xlstm_stream_process(stream, ins, outs, FRAMES);
    for (unsigned c = 0; c < CHANNELS; c++) {
        fresh_run(model, in[c], alone, FRAMES);
        CU_ASSERT(rms(alone, out[c], FRAMES) < 1e-5 * (rms(alone, NULL, FRAMES) + 1e-3));
    }
    xlstm_stream_free(stream);
}

static void check_reset(const xlstm_model *model)
{
    static float in[FRAMES], first[FRAMES], again[FRAMES];
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    tone(in, FRAMES, 3);
    process(stream, in, first, FRAMES);
    xlstm_stream_reset(stream);
    process(stream, in, again, FRAMES);
    CU_ASSERT(memcmp(first, again, sizeof first) == 0);
    xlstm_stream_free(stream);
}

static void check_save(const xlstm_model *model)
{
    static float in[FRAMES], out[FRAMES], again[FRAMES];
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    void *saved = malloc(xlstm_stream_save_size(stream));
    tone(in, FRAMES, 4);
    process(stream, in, out, 1000);
    xlstm_stream_save(stream, saved);
    process(stream, in + 1000, out + 1000, 2000);
    process(stream, in, again, 777);
    xlstm_stream_restore(stream, saved);
    process(stream, in + 1000, again + 1000, 2000);
    CU_ASSERT(memcmp(out + 1000, again + 1000, 2000 * sizeof *out) == 0);
    free(saved);
    xlstm_stream_free(stream);
}

/** Whatever was fed, the output is finite, and a second later all is as if nothing had been. */
static void check_bad_input(const xlstm_model *model)
{
    static const float BAD[] = {NAN, INFINITY, -INFINITY, 1e30F, -3e38F, 1e-42F};
    static float in[2 * SECOND], out[2 * SECOND], clean[2 * SECOND];
    for (size_t b = 0; b < sizeof BAD / sizeof *BAD; b++) {
        xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
        for (size_t i = 0; i < FRAMES; i++)
            in[i] = i % 3 ? BAD[b] : 0.1F;
        process(stream, in, out, FRAMES);
        for (size_t i = 0; i < FRAMES; i++)
            CU_ASSERT(isfinite(out[i]));
        tone(in, 2 * SECOND, 5);
        process(stream, in, out, 2 * SECOND);
        fresh_run(model, in, clean, 2 * SECOND);
        CU_ASSERT(rms(out + SECOND, clean + SECOND, SECOND) <
                  1e-5 * (rms(clean + SECOND, NULL, SECOND) + 1e-6));
        xlstm_stream_free(stream);
    }
}

/** A burst of a tenth of a second: noise, a constant, a sine. */
static void burst(float *out, size_t frames, int kind, float level)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < frames; i++) {
        noise = noise * 1664525 + 1013904223;
        out[i] = level * (kind == 0   ? (float)(int32_t)noise * 0x1p-31F
                          : kind == 1 ? 1
                                      : sinf(0.05F * (float)i));
    }
}

/** Models of devices without long memory forget what was far too loud, too: a second after, nothing
 *  of it is above -100 dB. */
static void check_forgets(const xlstm_model *model)
{
    enum { KINDS = 3, BURST = SECOND / 10 };
    static const float LEVELS[] = {1, 4, 16, 100, 900};
    static float loud[BURST], in[2 * SECOND], out[2 * SECOND], clean[2 * SECOND];
    tone(in, 2 * SECOND, 3);
    fresh_run(model, in, clean, 2 * SECOND);
    for (size_t level = 0; level < sizeof LEVELS / sizeof *LEVELS; level++)
        for (int kind = 0; kind < KINDS; kind++) {
            xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
            burst(loud, BURST, kind, LEVELS[level]);
            process(stream, loud, loud, BURST);
            process(stream, in, out, 2 * SECOND);
            CU_ASSERT(rms(out + SECOND, clean + SECOND, SECOND) <
                      1e-5 * rms(clean + SECOND, NULL, SECOND));
            xlstm_stream_free(stream);
        }
}

static void test_bursts(void)
{
    static const char *const PRESETS[] = {"../presets/overdrive.safetensors",
                                          "../presets/tubeamp.safetensors"};
    for_each_model(check_forgets);
    for (size_t i = 0; i < sizeof PRESETS / sizeof *PRESETS; i++) {
        xlstm_model *model = load(PRESETS[i]);
        check_forgets(model);
        xlstm_model_free(model);
    }
}

static void test_blocks(void)
{
    for_each_model(check_blocks);
}
static void test_in_place(void)
{
    for_each_model(check_in_place);
}
static void test_channels(void)
{
    for_each_model(check_channels);
}
static void test_reset(void)
{
    for_each_model(check_reset);
}
static void test_save(void)
{
    for_each_model(check_save);
}
static void test_bad_input(void)
{
    for_each_model(check_bad_input);
}

static void test_knobs(void)
{
    static float in[FRAMES], out[FRAMES], other[FRAMES];
    xlstm_model *model = load("captures/aidax-lstm-16-2knobs.json");
    const struct xlstm_info *info = xlstm_model_info(model);
    xlstm_stream *stream = xlstm_stream_new(model, 1, 64);
    CU_ASSERT_FATAL(info->knob_count == 2);
    tone(in, FRAMES, 6);
    process(stream, in, out, FRAMES);
    xlstm_stream_reset(stream);
    xlstm_stream_set_knob(stream, 0, info->knobs[0].maximum);
    process(stream, in, other, FRAMES);
    CU_ASSERT(rms(out, other, FRAMES) > 1e-4);
    /* beyond the range, not a number, no such knob: as the end of the range, or nothing */
    xlstm_stream_reset(stream);
    xlstm_stream_set_knob(stream, 0, 1e9F);
    xlstm_stream_set_knob(stream, 7, 0.5F);
    process(stream, in, out, FRAMES);
    CU_ASSERT(memcmp(out, other, sizeof out) == 0);
    xlstm_stream_set_knob(stream, 0, NAN);
    process(stream, in, out, FRAMES);
    CU_ASSERT(isfinite(out[FRAMES - 1]));
    xlstm_stream_free(stream);
    xlstm_model_free(model);
}

int main(void)
{
    static const struct test TESTS[] = {
        {"any cutting into blocks gives the same bits", test_blocks},
        {"in place is as good as out of place", test_in_place},
        {"channels and streams are independent", test_channels},
        {"reset is as good as new", test_reset},
        {"a saved state goes on where it was", test_save},
        {"bad input does no lasting harm", test_bad_input},
        {"what was far too loud is forgotten", test_bursts},
        {"knobs act, and stay in their range", test_knobs},
    };
    return run_suite("stream", TESTS, sizeof TESTS / sizeof *TESTS);
}
