/* SPDX-License-Identifier: ISC */
/* The test signal as it comes back from gear, through recorders that are not perfect. */
#include "random.h"
#include "signal_play.h"
#include "suite.h"
#include "test_recording_files.h"
#include "test_recording_sounds.h"

#include <math.h>
#include <stdlib.h>

/** The shortest signal, generated once. */
static struct signal_layout layout;
static float *dry;

/** Loads the signal with a wet sound. */
static void load_with(const float *wet, size_t frames)
{
    write_mono("dry", dry, layout.frames);
    write_mono("wet", wet, frames);
    CU_ASSERT_TRUE_FATAL(load_pair());
    CU_ASSERT_TRUE(recording.test_signal);
    CU_ASSERT_EQUAL(notes_with("dry", "test signal"), 1);
}

/** A compressor that forgets within a second. */
static void compress(const float *in, float *out, size_t frames)
{
    double envelope = 0;
    for (size_t i = 0; i < frames; i++) {
        const double level = fabs((double)in[i]);
        envelope += (level > envelope ? 2e-3 : 3e-5) * (level - envelope);
        out[i] = (float)((double)in[i] * pow(fmax(envelope, 0.01), -0.7) * 0.1);
    }
}

/** Latency, drift and the hiss of a recorder: the markers tell the clock so exactly that the
 *  repeated passage differs by the hiss alone. */
static void test_drift(void)
{
    const double hiss = 0.001;
    struct random random = {3};
    size_t frames;
    float *wet = new_samples(layout.frames);
    overdrive(dry, wet, layout.frames);
    float *late = moved(wet, layout.frames, 4321);
    for (size_t i = 0; i < layout.frames; i++)
        late[i] += (float)(hiss * random_between(&random, -1, 1));
    float *drifted = stretched(late, layout.frames, 1 + 40e-6, &frames);
    load_with(drifted, frames);
    CU_ASSERT_EQUAL(recording.signal.layout.count, layout.count);
    CU_ASSERT_DOUBLE_EQUAL(recording.signal.delay, 0, 0.1);
    CU_ASSERT_DOUBLE_EQUAL((double)recording.lag, 4321, 1);
    CU_ASSERT_DOUBLE_EQUAL(recording.drift, 40, 0.02);
    CU_ASSERT_EQUAL(recording.dropout_count, 0);
    CU_ASSERT(error_in_spans(wet, 0) < 3e-3);
    CU_ASSERT_DOUBLE_EQUAL(recording.noise, 10 * log10(hiss * hiss / 3), 1);
    const struct signal_section *repeat = layout.sections;
    while (repeat->kind != SIGNAL_REPEAT)
        repeat++;
    const double floor = 2 * hiss * hiss / 3 / power(wet + repeat->start, repeat->frames);
    CU_ASSERT_DOUBLE_EQUAL(10 * log10(recording.repeat_error), 10 * log10(floor), 1);
    CU_ASSERT_EQUAL(notes_with("wet", "repeats itself"), 1);
    recording_free(&recording);
    free(wet);
    free(late);
    free(drifted);
}

/** A device with a memory of a second, whose gain follows the level, without any fault. */
static void test_memory(void)
{
    float *wet = new_samples(layout.frames);
    compress(dry, wet, layout.frames);
    load_with(wet, layout.frames);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(recording.dropout_count, 0);
    CU_ASSERT_EQUAL(recording.usable, layout.frames);
    CU_ASSERT_FALSE(recording.noise > -100);
    CU_ASSERT_EQUAL(recording.note_count, 2); /* the signal, and how it repeats */
    recording_free(&recording);
    free(wet);
}

/** Samples that were lost between the markers are no drift. */
static void test_dropout(void)
{
    enum { AT = 56 * RATE, LOST = 128 };
    float *wet = new_samples(layout.frames);
    overdrive(dry, wet, layout.frames);
    float *clean = copy_of(wet, layout.frames);
    for (size_t i = AT; i + LOST < layout.frames; i++)
        wet[i] = wet[i + LOST];
    load_with(wet, layout.frames - LOST);
    CU_ASSERT_EQUAL(recording.drift, 0);
    CU_ASSERT_EQUAL_FATAL(recording.dropout_count, 1);
    CU_ASSERT_EQUAL(recording.dropouts[0].samples, -LOST);
    CU_ASSERT_EQUAL(error_in_spans(clean, 0), 0);
    CU_ASSERT(recording.repeat_error < 1e-3);
    recording_free(&recording);
    free(wet);
    free(clean);
}

/** A recording that was ended too soon: the first marker is enough to align it, and how well the
 *  device repeats itself is not known. */
static void test_broken_off(void)
{
    enum { LATE = 2345, LENGTH = 60 * RATE };
    float *wet = new_samples(layout.frames);
    overdrive(dry, wet, layout.frames);
    float *late = moved(wet, layout.frames, LATE);
    load_with(late, LENGTH);
    CU_ASSERT_EQUAL(recording.lag, LATE);
    CU_ASSERT(isnan(recording.repeat_error));
    CU_ASSERT_EQUAL(notes_with("wet", "lacks some of the passage"), 1);
    CU_ASSERT_EQUAL(notes_with("wet", "doubtful"), 0);
    CU_ASSERT_EQUAL(error_in_spans(wet, 0), 0);
    recording_free(&recording);
    free(wet);
    free(late);
}

static const struct test tests[] = {
    {"latency, drift and hiss", test_drift},
    {"a device with a memory", test_memory},
    {"lost samples", test_dropout},
    {"a recording that breaks off", test_broken_off},
};

int main(void)
{
    signal_lay_out(&layout, SIGNAL_SECONDS_MINIMUM);
    dry = calloc(layout.frames, sizeof *dry);
    if (!dry || !signal_generate(&layout, dry) || !make_folder())
        return 1;
    const int failed =
        run_suite("recording of the test signal", tests, sizeof tests / sizeof *tests);
    remove_folder();
    free(dry);
    return failed;
}
