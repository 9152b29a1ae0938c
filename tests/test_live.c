/* SPDX-License-Identifier: ISC */
/* What xlstm live does in the audio thread: channels, gains, meters, odd input. */
#include "gain_model.h"
#include "live_callback.h"
#include "model_file.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 3 * LIVE_CHUNK + 7 }; /* more than one round, and odd */

static const float GAIN = 0.5F;

/** A stream of a model with GAIN. */
static xlstm_stream *open_stream(xlstm_model **model, unsigned channels)
{
    char path[] = "test-live-XXXXXX";
    const struct gain_model gain = {.gain = GAIN, .sample_rate = 48000};
    CU_ASSERT_TRUE_FATAL(close(mkstemp(path)) == 0 && write_gain_model(path, &gain));
    *model = model_read_audio(path);
    unlink(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*model);
    xlstm_stream *stream = model_stream(*model, channels, LIVE_CHUNK, (float[XLSTM_MAX_KNOBS]){0});
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    return stream;
}

/** Input of three channels: c + 1 thousandths that grow with time. */
static float input_at(size_t frame, unsigned channel)
{
    return 1e-3F * (float)(channel + 1) * (1 + (float)frame / FRAMES);
}

/** Calls back once with input_at(), or without input; gives what came out of two channels. */
static void call(struct live_audio *audio, bool with_input, float out[2 * FRAMES])
{
    static float in[3 * FRAMES];
    for (size_t i = 0; i < FRAMES; i++)
        for (unsigned c = 0; c < audio->inputs; c++)
            in[i * audio->inputs + c] = input_at(i, c);
    CU_ASSERT_EQUAL(live_callback(with_input ? in : NULL, out, FRAMES, NULL, 0, audio), paContinue);
}

/** Largest difference of an output channel from `factor` times an input channel. */
static double distance(const float *out, unsigned output, double factor, unsigned input)
{
    double most = 0;
    for (size_t i = 0; i < FRAMES; i++)
        most = fmax(most, fabs((double)out[2 * i + output] - factor * (double)input_at(i, input)));
    return most;
}

static void test_one_channel_goes_to_both_outputs(void)
{
    xlstm_model *model;
    float out[2 * FRAMES];
    struct live_audio audio = {.stream = open_stream(&model, 1),
                               .inputs = 2,
                               .outputs = 2,
                               .first = 1,
                               .channels = 1,
                               .gain = 2,
                               .output_gain = 3};
    call(&audio, true, out);
    CU_ASSERT(distance(out, 0, 3, 1) < 1e-6 && distance(out, 1, 3, 1) < 1e-6);
    CU_ASSERT_EQUAL(atomic_load(&audio.meters.frames), FRAMES);
    const double last = (double)input_at(FRAMES - 1, 1);
    CU_ASSERT_DOUBLE_EQUAL(live_take_peak(&audio.meters.peak_in), last, 1e-7);
    CU_ASSERT_DOUBLE_EQUAL(live_take_peak(&audio.meters.peak_out), 3 * last, 1e-6);
    CU_ASSERT_EQUAL(live_take_peak(&audio.meters.peak_in), 0);
    xlstm_stream_free(audio.stream);
    xlstm_model_free(model);
}

static void test_two_channels_stay_apart(void)
{
    xlstm_model *model;
    float out[2 * FRAMES];
    struct live_audio audio = {.stream = open_stream(&model, 2),
                               .inputs = 3,
                               .outputs = 2,
                               .first = 1,
                               .channels = 2,
                               .gain = 1,
                               .output_gain = 1};
    call(&audio, true, out);
    CU_ASSERT(distance(out, 0, 0.5, 1) < 1e-6 && distance(out, 1, 0.5, 2) < 1e-6);
    xlstm_stream_free(audio.stream);
    xlstm_model_free(model);
}

static void test_missing_and_broken_input_is_silence(void)
{
    xlstm_model *model;
    float in[] = {NAN, INFINITY, -INFINITY, 0.25F}, out[4 * 2], silence[2 * FRAMES];
    struct live_audio audio = {.stream = open_stream(&model, 1),
                               .inputs = 1,
                               .outputs = 2,
                               .channels = 1,
                               .gain = 1,
                               .output_gain = 1};
    live_callback(in, out, 4, NULL, 0, &audio);
    CU_ASSERT(out[0] == 0 && out[2] == 0 && out[4] == 0 && out[6] == 0.125F && out[7] == 0.125F);
    CU_ASSERT_EQUAL(live_take_peak(&audio.meters.peak_in), 0.25F);
    call(&audio, false, silence);
    CU_ASSERT(distance(silence, 0, 0, 0) == 0 && distance(silence, 1, 0, 0) == 0);
    xlstm_stream_free(audio.stream);
    xlstm_model_free(model);
}

static void test_dropouts_are_counted(void)
{
    xlstm_model *model;
    float in[1] = {0}, out[2];
    struct live_audio audio = {.stream = open_stream(&model, 1),
                               .inputs = 1,
                               .outputs = 2,
                               .channels = 1,
                               .gain = 1,
                               .output_gain = 1};
    live_callback(in, out, 1, NULL, paOutputUnderflow, &audio);
    live_callback(in, out, 1, NULL, paInputOverflow, &audio);
    live_callback(in, out, 1, NULL, paInputOverflow | paOutputUnderflow, &audio);
    live_callback(in, out, 1, NULL, paPrimingOutput, &audio);
    CU_ASSERT_EQUAL(atomic_load(&audio.meters.underruns), 2);
    CU_ASSERT_EQUAL(atomic_load(&audio.meters.overruns), 2);
    xlstm_stream_free(audio.stream);
    xlstm_model_free(model);
}

static const struct test tests[] = {
    {"one channel goes to both outputs", test_one_channel_goes_to_both_outputs},
    {"two channels stay apart", test_two_channels_stay_apart},
    {"missing and broken input is silence", test_missing_and_broken_input_is_silence},
    {"dropouts are counted", test_dropouts_are_counted},
};

int main(void)
{
    return run_suite("live", tests, sizeof tests / sizeof *tests);
}
