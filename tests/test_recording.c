/* SPDX-License-Identifier: ISC */
/* Recordings as people make them: a clean pair is made here and damaged in every way that happens,
 * so the truth is known. */
#include "passages.h"
#include "random.h"
#include "recording_onset.h"
#include "suite.h"
#include "test_recording_files.h"
#include "test_recording_sounds.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The clean pair. */
static float *clean_dry, *clean_wet;

/** Loads the clean dry sound with a wet one. */
static void load_with(const float *wet, size_t frames)
{
    write_mono("dry", clean_dry, FRAMES);
    write_mono("wet", wet, frames);
    CU_ASSERT_TRUE_FATAL(load_pair());
}

/** The same, for one to be refused: the reason names the file and holds `word`. */
static void refuse_with(const float *wet, size_t frames, const char *word)
{
    write_mono("dry", clean_dry, FRAMES);
    write_mono("wet", wet, frames);
    CU_ASSERT_FALSE(load_pair());
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path_of("wet")));
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, word));
    CU_ASSERT_PTR_NULL(recording.dry);
}

/** The recording's dry sound is the clean one from `start` on. */
static bool dry_starts_at(size_t start)
{
    return start + recording.frames <= FRAMES &&
           !memcmp(recording.dry, clean_dry + start, recording.frames * sizeof *recording.dry);
}

/* ---- tests ---------------------------------------------------------------------------------- */

static void test_clean(void)
{
    load_with(clean_wet, FRAMES);
    CU_ASSERT_EQUAL(recording.frames, FRAMES);
    CU_ASSERT_TRUE(dry_starts_at(0));
    CU_ASSERT_EQUAL(memcmp(recording.wet, clean_wet, FRAMES * sizeof(float)), 0);
    CU_ASSERT_EQUAL(recording.note_count, 0);
    CU_ASSERT_EQUAL(recording.span_count, 1);
    CU_ASSERT_EQUAL(recording.usable, FRAMES);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(recording.polarity, 1);
    CU_ASSERT_EQUAL(recording.drift, 0);
    CU_ASSERT_EQUAL(recording.offset, 0);
    CU_ASSERT_EQUAL(recording.hum, 0);
    CU_ASSERT_EQUAL(recording.dropout_count, 0);
    CU_ASSERT_FALSE(recording.test_signal);
    CU_ASSERT_DOUBLE_EQUAL(recording.gain,
                           10 * log10(power(clean_wet, FRAMES) / power(clean_dry, FRAMES)), 1e-6);
    recording_free(&recording);
}

/** A device that answers late by its own filters is left as it is: here the top of the answer comes
 *  ten frames after its beginning. */
static void test_slow_device(void)
{
    float *wet = copy_of(clean_wet, FRAMES);
    for (int stage = 0; stage < 4; stage++) {
        double low = 0;
        for (size_t i = 0; i < FRAMES; i++) {
            low += 0.3 * ((double)wet[i] - low);
            wet[i] = (float)low;
        }
    }
    load_with(wet, FRAMES);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(memcmp(recording.wet, wet, FRAMES * sizeof *wet), 0);
    recording_free(&recording);
    free(wet);
}

static void test_latency(void)
{
    static const long lags[] = {237, -64, 12, 36000, -36000, 5, -5};
    for (size_t k = 0; k < sizeof lags / sizeof *lags; k++) {
        float *wet = moved(clean_wet, FRAMES, lags[k]);
        const size_t start = lags[k] < 0 ? (size_t)-lags[k] : 0;
        load_with(wet, FRAMES);
        CU_ASSERT_EQUAL(recording.lag, lags[k]);
        CU_ASSERT_EQUAL(recording.frames, FRAMES - (size_t)labs(lags[k]));
        CU_ASSERT_TRUE(dry_starts_at(start));
        CU_ASSERT_EQUAL(error_in_spans(clean_wet, start), 0);
        CU_ASSERT_EQUAL(notes_with("wet", lags[k] < 0 ? "early" : "late"), 1);
        CU_ASSERT_EQUAL(recording.note_count, 1);
        recording_free(&recording);
        free(wet);
    }
}

static void test_fraction(void)
{
    static const double lags[] = {100.1, 100.4, 100.6, 100.9};
    for (size_t k = 0; k < sizeof lags / sizeof *lags; k++) {
        float *wet = delayed(clean_wet, FRAMES, lags[k]);
        load_with(wet, FRAMES);
        CU_ASSERT((double)recording.lag < lags[k] + 0.25); /* no model can answer early */
        CU_ASSERT((double)recording.lag > lags[k] - 1);
        CU_ASSERT_EQUAL(recording.drift, 0);
        recording_free(&recording);
        free(wet);
    }
}

/** A response between two frames begins at the earlier of them, which shows little of it; what the
 *  whitening leaves before a response that begins at a frame is no such sign. */
static void test_onset(void)
{
    static const float between[] = {0.08F, 0.02F, 0.14F, 0.7F, 1, 0.96F, 0.9F};
    static const float at_frame[] = {0, 0.14F, 0.11F, 0.9F, 1.01F, 0.99F, 0.63F};
    static const float ringing[] = {0.05F, 0.08F, -0.3F, 0.9F, 1, 0.5F, 0.2F};
    static const float *const responses[] = {between, at_frame, ringing};
    static float points[RESPONSE_POINTS];
    enum { LENGTH = 7, FIRST = 200, BEGINNING = FIRST + 3 };
    for (size_t k = 0; k < 3; k++) {
        memcpy(points + FIRST, responses[k], LENGTH * sizeof *points);
        CU_ASSERT_EQUAL(response_begins_between(points, BEGINNING), k == 0);
    }
}

static void test_polarity(void)
{
    float *wet = moved(clean_wet, FRAMES, 12);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] = -wet[i];
    load_with(wet, FRAMES);
    CU_ASSERT_EQUAL(recording.polarity, -1);
    CU_ASSERT_EQUAL(recording.lag, 12);
    CU_ASSERT_EQUAL(notes_with("wet", "inverted"), 1);
    CU_ASSERT_EQUAL(recording.wet[RATE], wet[RATE + 12]); /* the device may do it */
    recording_free(&recording);
    free(wet);
}

static void test_drift(void)
{
    static const double ppm[] = {60, -25, 150};
    for (size_t k = 0; k < sizeof ppm / sizeof *ppm; k++) {
        size_t frames;
        float *wet = stretched(clean_wet, FRAMES, 1 + 1e-6 * ppm[k], &frames);
        load_with(wet, frames);
        CU_ASSERT_DOUBLE_EQUAL(recording.drift, ppm[k], 2);
        CU_ASSERT_EQUAL(recording.lag, 0);
        CU_ASSERT_EQUAL(notes_with("wet", "ppm"), 1);
        CU_ASSERT(error_in_spans(clean_wet, 0) < 3e-3);
        recording_free(&recording);
        free(wet);
    }
}

/** A drift and a latency of many frames together. */
static void test_drift_and_latency(void)
{
    size_t frames;
    float *late = moved(clean_wet, FRAMES, 20000);
    float *wet = stretched(late, FRAMES, 1 + 120e-6, &frames);
    load_with(wet, frames);
    CU_ASSERT_DOUBLE_EQUAL(recording.drift, 120, 2);
    CU_ASSERT_DOUBLE_EQUAL((double)recording.lag, 20000, 1);
    CU_ASSERT(error_in_spans(clean_wet, 0) < 1e-2);
    recording_free(&recording);
    free(late);
    free(wet);
}

static void test_lengths(void)
{
    load_with(clean_wet, FRAMES - 2 * RATE);
    CU_ASSERT_EQUAL(recording.frames, FRAMES - 2 * RATE);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(notes_with("wet", "10.000 s"), 1);
    CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
    recording_free(&recording);

    float *wet = new_samples(FRAMES + 6 * RATE); /* the recorder ran five seconds before */
    memcpy(wet + 5 * RATE, clean_wet, FRAMES * sizeof *wet);
    load_with(wet, FRAMES + 6 * RATE);
    CU_ASSERT_EQUAL(recording.lag, 5 * RATE);
    CU_ASSERT_EQUAL(recording.frames, FRAMES);
    CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
    recording_free(&recording);
    free(wet);
}

/** A wet file that holds a part of the performance: what the dry file plays elsewhere, which is a
 *  bass line here, has no say in the lag. */
static void test_parts(void)
{
    static const struct {
        size_t first, frames;
        long late;
    } parts[] = {{2 * PIECE, PIECE, 0}, {0, PIECE, 1000}, {0, 2 * PIECE, 1000}};
    double *bass = calloc(PIECE, sizeof *bass);
    float *dry = copy_of(clean_dry, FRAMES), *wet = new_samples(FRAMES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bass);
    passage_play(PASSAGE_BASS, 7, RATE, 0.9, bass, PIECE);
    for (size_t i = 0; i < PIECE; i++)
        dry[i] = (float)bass[i];
    overdrive(dry, wet, FRAMES);
    write_mono("dry", dry, FRAMES);
    for (size_t k = 0; k < sizeof parts / sizeof *parts; k++) {
        const size_t frames = parts[k].frames + (size_t)parts[k].late;
        float *part = new_samples(frames);
        memcpy(part + parts[k].late, wet + parts[k].first, parts[k].frames * sizeof *part);
        write_mono("wet", part, frames);
        CU_ASSERT_TRUE_FATAL(load_pair());
        CU_ASSERT_EQUAL(recording.lag, parts[k].late - (long)parts[k].first);
        recording_free(&recording);
        free(part);
    }
    free(bass);
    free(dry);
    free(wet);
}

/** Lost and repeated samples: behind each the sound is moved, so that in the spans every sample is
 *  the right one. */
static void test_dropouts(void)
{
    static const size_t at[] = {3 * RATE + 1234, 8 * RATE - 321};
    enum { LOST = 128, REPEATED = 256 };
    float *wet = new_samples(FRAMES + REPEATED);
    size_t frames = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        if (i == at[1])
            for (size_t k = REPEATED; k > 0; k--)
                wet[frames++] = clean_wet[i - k];
        if (i < at[0] || i >= at[0] + LOST)
            wet[frames++] = clean_wet[i];
    }
    load_with(wet, frames);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(recording.drift, 0);
    CU_ASSERT_EQUAL_FATAL(recording.dropout_count, 2);
    CU_ASSERT_EQUAL(recording.dropouts[0].samples, -LOST);
    CU_ASSERT_EQUAL(recording.dropouts[1].samples, REPEATED);
    for (size_t k = 0; k < 2; k++)
        CU_ASSERT_DOUBLE_EQUAL((double)recording.dropouts[k].at, (double)at[k], 1000);
    CU_ASSERT_EQUAL(recording.span_count, 3);
    CU_ASSERT(recording.usable > FRAMES - RATE / 2);
    CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
    CU_ASSERT_EQUAL(notes_with("wet", "loses 128 samples"), 1);
    CU_ASSERT_EQUAL(notes_with("wet", "repeats 256 samples"), 1);
    recording_free(&recording);
    free(wet);
}

static void test_noise(void)
{
    const double amplitude = 0.004, hum = 0.008;
    const double noise = amplitude * amplitude / 3 + hum * hum / 2;
    struct random random = {7};
    float *wet = copy_of(clean_wet, FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] += (float)(amplitude * random_between(&random, -1, 1) +
                          hum * sin(2 * M_PI * 50 * (double)i / RATE));
    load_with(wet, FRAMES);
    CU_ASSERT_EQUAL(recording.hum, 50);
    CU_ASSERT_DOUBLE_EQUAL(recording.noise, 10 * log10(noise), 2);
    CU_ASSERT_EQUAL(notes_with("wet", "hum at 50 Hz"), 1);
    CU_ASSERT_EQUAL(recording.lag, 0);
    recording_free(&recording);
    free(wet);
}

/** Where the dry sound is silent, all that is heard is noise. */
static void test_noise_of_silence(void)
{
    struct random random = {8};
    float *dry = copy_of(clean_dry, FRAMES), *wet = new_samples(FRAMES);
    memset(dry + PIECE, 0, PIECE * sizeof *dry);
    overdrive(dry, wet, FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] += (float)(0.001 * random_between(&random, -1, 1));
    write_mono("dry", dry, FRAMES);
    write_mono("wet", wet, FRAMES);
    CU_ASSERT_TRUE_FATAL(load_pair());
    CU_ASSERT_DOUBLE_EQUAL(recording.noise, 10 * log10(1e-6 / 3), 0.2);
    CU_ASSERT_EQUAL(recording.lag, 0);
    CU_ASSERT_EQUAL(notes_with("wet", "is silent"), 0);
    recording_free(&recording);
    free(dry);
    free(wet);
}

/** Clipped at full scale now and then: what is left has no clipped sample. */
static void test_clipping(void)
{
    float *wet = copy_of(clean_wet, FRAMES);
    size_t clipped = 0, used = 0;
    for (size_t i = 0; i < FRAMES; i++) {
        const double gain = i >= 5 * RATE && i < 6 * RATE ? 8 : 1;
        wet[i] = (float)fmin(fmax(gain * (double)wet[i], -1), 1);
    }
    write_mono("dry", clean_dry, FRAMES);
    write_file("wet", (const float *const[]){wet}, 1, FRAMES, RATE, SF_FORMAT_PCM_16);
    CU_ASSERT_TRUE_FATAL(load_pair());
    for (size_t i = 0; i < FRAMES; i++) {
        clipped += fabsf(wet[i]) == 1;
        used += fabsf(wet[i]) == 1 && in_spans(i);
    }
    CU_ASSERT(clipped > 1000);
    CU_ASSERT_DOUBLE_EQUAL((double)recording.clipped, (double)clipped, 0.02 * (double)clipped);
    CU_ASSERT(used < 5); /* single ones */
    CU_ASSERT(recording.usable > 9 * RATE);
    CU_ASSERT_EQUAL(notes_with("wet", "clipped"), 1);
    recording_free(&recording);

    for (size_t i = 0; i < FRAMES; i++)
        wet[i] = (float)fmin(fmax(20 * (double)clean_wet[i], -1), 1);
    refuse_with(wet, FRAMES, "clipped");
    free(wet);
}

static void test_levels(void)
{
    float *wet = copy_of(clean_wet, FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] *= 0.01F;
    load_with(wet, FRAMES);
    CU_ASSERT_EQUAL(notes_with("wet", "quiet"), 1);
    CU_ASSERT_EQUAL(recording.wet[RATE], wet[RATE]);
    CU_ASSERT_EQUAL(recording.lag, 0);
    recording_free(&recording);
    free(wet);
}

static void test_offset(void)
{
    float *wet = copy_of(clean_wet, FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] += 0.05F;
    load_with(wet, FRAMES);
    CU_ASSERT_DOUBLE_EQUAL(recording.offset, 0.05, 0.01);
    CU_ASSERT_EQUAL(notes_with("wet", "offset"), 1);
    recording_free(&recording);
    free(wet);
}

/** One file at another rate, in either place. */
static void test_rate(void)
{
    static const char *const names[] = {"wet", "dry"};
    for (int k = 0; k < 2; k++) {
        size_t frames;
        float *other = stretched(k ? clean_dry : clean_wet, FRAMES, 44100.0 / RATE, &frames);
        write_mono(names[1 - k], k ? clean_wet : clean_dry, FRAMES);
        write_file(names[k], (const float *const[]){other}, 1, frames, 44100, SF_FORMAT_FLOAT);
        CU_ASSERT_TRUE_FATAL(load_pair());
        CU_ASSERT_EQUAL(recording.lag, 0);
        CU_ASSERT_EQUAL(recording.rate, RATE);
        CU_ASSERT_EQUAL(recording.drift, 0);
        CU_ASSERT_EQUAL(notes_with(names[k], "44100"), 1);
        CU_ASSERT(error_in_spans(clean_wet, 0) < 1e-4);
        recording_free(&recording);
        free(other);
    }
}

static void test_channels(void)
{
    float *silence = new_samples(FRAMES), *noise = new_samples(FRAMES);
    struct random random = {9};
    for (size_t i = 0; i < FRAMES; i++)
        noise[i] = (float)random_between(&random, -0.5, 0.5);
    const float *const pairs[][2] = {
        {silence, clean_wet}, {clean_wet, silence}, {clean_wet, clean_wet}, {noise, clean_wet}};
    static const char *const words[] = {"silent", "silent", "the same", "channel 2"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        write_mono("dry", clean_dry, FRAMES);
        write_file("wet", pairs[k], 2, FRAMES, RATE, SF_FORMAT_FLOAT);
        CU_ASSERT_TRUE_FATAL(load_pair());
        CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
        CU_ASSERT_EQUAL(notes_with("wet", words[k]), 1);
        recording_free(&recording);
    }
    free(silence);
    free(noise);
}

/** A plug that is loose for a while: that is left out. */
static void test_gap(void)
{
    enum { FIRST = 4 * RATE + 500, LENGTH = RATE / 10 };
    float *wet = copy_of(clean_wet, FRAMES);
    memset(wet + FIRST, 0, LENGTH * sizeof *wet);
    load_with(wet, FRAMES);
    for (size_t i = FIRST; i < FIRST + LENGTH; i++)
        CU_ASSERT_FALSE_FATAL(in_spans(i));
    CU_ASSERT(recording.usable > FRAMES - 2 * LENGTH);
    CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
    CU_ASSERT_EQUAL(notes_with("wet", "is silent in 1 place while"), 1);
    recording_free(&recording);
    free(wet);
}

/** A cable that is bumped: the bursts and a little around are left out, and nothing else is. Half
 * of full scale and below is as loud as the playing is. */
static void test_bump(void)
{
    enum { LENGTH = RATE / 20, AROUND = RATE / 5 };
    static const size_t first[] = {5 * RATE, 9 * RATE};
    static const double amplitudes[] = {0.99, 0.5, 0.25};
    for (size_t k = 0; k < sizeof amplitudes / sizeof *amplitudes; k++) {
        struct random random = {11};
        float *wet = copy_of(clean_wet, FRAMES);
        for (size_t b = 0; b < 2; b++)
            for (size_t i = first[b]; i < first[b] + LENGTH; i++)
                wet[i] = (float)(amplitudes[k] * random_between(&random, -1, 1));
        load_with(wet, FRAMES);
        for (size_t b = 0; b < 2; b++)
            for (size_t i = first[b]; i < first[b] + LENGTH; i++)
                CU_ASSERT_FALSE_FATAL(in_spans(i));
        CU_ASSERT(recording.usable > FRAMES - 2 * AROUND);
        CU_ASSERT_EQUAL(error_in_spans(clean_wet, 0), 0);
        CU_ASSERT_EQUAL(notes_with("wet", "cable"), 1);
        CU_ASSERT_EQUAL(recording.lag, 0);
        recording_free(&recording);
        free(wet);
    }
}

static void test_not_finite(void)
{
    float *wet = copy_of(clean_wet, FRAMES);
    wet[RATE] = (float)NAN;
    wet[2 * RATE] = (float)INFINITY;
    load_with(wet, FRAMES);
    CU_ASSERT_EQUAL(notes_with("wet", "2 samples that are not finite"), 1);
    CU_ASSERT_EQUAL(recording.wet[RATE], 0);
    recording_free(&recording);
    free(wet);
}

static void test_refusals(void)
{
    float *wet = new_samples(FRAMES);
    struct random random = {10};
    refuse_with(wet, FRAMES, "silent");
    for (size_t i = 0; i < FRAMES; i++) /* backwards */
        wet[i] = clean_wet[FRAMES - 1 - i];
    refuse_with(wet, FRAMES, "nothing in common");
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] = (float)random_between(&random, -0.5, 0.5);
    refuse_with(wet, FRAMES, "nothing in common");
    refuse_with(wet, 6 * RATE / 5, "too short to find its place"); /* no matter what it holds */
    refuse_with(clean_wet, 100, "too short to learn");
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] = 0.25F;
    refuse_with(wet, FRAMES, "silent");
    unlink(path_of("wet"));
    CU_ASSERT_FALSE(load_pair());
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path_of("wet")));
    unlink(path_of("dry"));
    CU_ASSERT_FALSE(load_pair());
    CU_ASSERT_PTR_NOT_NULL(strstr(error.text, path_of("dry")));
    recording_free(&recording); /* nothing to free, and fine */
    free(wet);
}

/** Sounds that have nothing but a click in common are not believed, however well that matches. */
static void test_click(void)
{
    float *dry = copy_of(clean_dry, FRAMES), *wet = new_samples(FRAMES);
    for (size_t i = 0; i < FRAMES; i++)
        wet[i] = clean_wet[FRAMES - 1 - i];
    dry[2 * RATE] += 0.9F;
    wet[2 * RATE] += 0.9F;
    write_mono("dry", dry, FRAMES);
    write_mono("wet", wet, FRAMES);
    const bool loaded = load_pair();
    CU_ASSERT(!loaded || recording.confidence > 5);
    CU_ASSERT(!loaded || recording.doubtful);
    CU_ASSERT_EQUAL(notes_with("wet", "doubtful"), loaded);
    recording_free(&recording);
    free(dry);
    free(wet);
}

static const struct test tests[] = {
    {"a clean pair stays as it is", test_clean},
    {"a device's own delay stays", test_slow_device},
    {"latency of either sign", test_latency},
    {"latency between frames", test_fraction},
    {"where a response begins", test_onset},
    {"polarity", test_polarity},
    {"drift", test_drift},
    {"drift and latency", test_drift_and_latency},
    {"lengths", test_lengths},
    {"parts of the performance", test_parts},
    {"lost and repeated samples", test_dropouts},
    {"noise and hum", test_noise},
    {"noise of silence", test_noise_of_silence},
    {"clipping", test_clipping},
    {"levels", test_levels},
    {"offset", test_offset},
    {"sample rates", test_rate},
    {"channels", test_channels},
    {"a gap", test_gap},
    {"a bumped cable", test_bump},
    {"samples that are not finite", test_not_finite},
    {"what is refused", test_refusals},
    {"a click alike", test_click},
};

int main(void)
{
    clean_dry = calloc(FRAMES, sizeof *clean_dry);
    clean_wet = calloc(FRAMES, sizeof *clean_wet);
    if (!clean_dry || !clean_wet || !play(clean_dry) || !make_folder())
        return 1;
    overdrive(clean_dry, clean_wet, FRAMES);
    const int failed = run_suite("recording", tests, sizeof tests / sizeof *tests);
    remove_folder();
    free(clean_dry);
    free(clean_wet);
    return failed;
}
