/* SPDX-License-Identifier: ISC */
#include "bench_time.h"

#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LAP_FRAMES = 4096,  ///< frames between two looks at the clock, where calls are short
    CALL_BINS = 100000, ///< of the histogram of call durations
};

static const double BIN_NANOSECONDS = 20;

const char *const bench_input_names[BENCH_INPUTS + 1] = {"noise", "silence", "denormals", "nan",
                                                         NULL};

static double clock_of(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

double bench_now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

double bench_spent(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- sound ---------------------------------------------------------------------------------- */

static float sample(enum bench_input input, struct random *random)
{
    switch (input) {
    case BENCH_NOISE:
        return (float)random_between(random, -0.5, 0.5);
    case BENCH_DENORMALS:
        return 1e-41F;
    case BENCH_NAN:
        return NAN;
    default:
        return 0;
    }
}

/** A stream, and sound for one lap of it. */
struct lap {
    xlstm_stream *stream;
    const float **in;
    float **out;
    float *sound;
    size_t frames, block;
};

static void lap_free(struct lap *lap)
{
    xlstm_stream_free(lap->stream);
    free(lap->in);
    free(lap->out);
    free(lap->sound);
}

static bool lap_new(struct lap *lap, const struct bench_setup *setup)
{
    const struct xlstm_info *info = xlstm_model_info(setup->model);
    const size_t frames =
        setup->block < LAP_FRAMES ? LAP_FRAMES / setup->block * setup->block : setup->block;
    const size_t in = frames * info->inputs, out = frames * info->outputs;
    *lap = (struct lap){
        .stream = xlstm_stream_new(setup->model, setup->streams, setup->block),
        .in = calloc(setup->streams, sizeof *lap->in),
        .out = calloc(setup->streams, sizeof *lap->out),
        .sound = calloc((size_t)setup->streams * (in + out), sizeof *lap->sound),
        .frames = frames,
        .block = setup->block,
    };
    if (!lap->stream || !lap->in || !lap->out || !lap->sound) {
        lap_free(lap);
        return false;
    }
    struct random random = {1};
    for (size_t c = 0; c < setup->streams; c++) {
        lap->in[c] = lap->sound + c * in;
        lap->out[c] = lap->sound + setup->streams * in + c * out;
        for (size_t i = 0; i < in; i++)
            lap->sound[c * in + i] = sample(setup->input, &random);
    }
    return true;
}

static void run_call(struct lap *lap)
{
    xlstm_stream_process(lap->stream, lap->in, lap->out, lap->block);
}

static void run_lap(struct lap *lap)
{
    for (size_t done = 0; done < lap->frames; done += lap->block)
        run_call(lap);
}

/* ---- times ---------------------------------------------------------------------------------- */

double bench_frame_time(const struct bench_setup *setup, double seconds)
{
    struct lap lap;
    if (!lap_new(&lap, setup))
        return NAN;
    run_lap(&lap);
    double best = INFINITY;
    for (const double begin = bench_now(); bench_now() - begin < seconds * 1e9;) {
        const double before = bench_spent();
        run_lap(&lap);
        best = fmin(best, bench_spent() - before);
    }
    best /= (double)lap.frames;
    lap_free(&lap);
    return best;
}

/** The duration that a share of the calls stays below. */
static double quantile(const size_t *bins, size_t calls, double share)
{
    size_t bin = 0;
    for (size_t below = bins[0]; (double)below < share * (double)calls && bin + 1 < CALL_BINS;
         below += bins[bin])
        bin++;
    return ((double)bin + 0.5) * BIN_NANOSECONDS;
}

bool bench_call_times(const struct bench_setup *setup, double seconds, struct bench_calls *calls)
{
    struct lap lap;
    size_t count = 0, *bins = calloc(CALL_BINS, sizeof *bins);
    if (!bins || !lap_new(&lap, setup)) {
        free(bins);
        return false;
    }
    run_lap(&lap);
    calls->worst = 0;
    for (const double begin = bench_now(); bench_now() - begin < seconds * 1e9; count++) {
        const double before = bench_spent();
        run_call(&lap);
        const double time = bench_spent() - before;
        const double bin = fmin(time / BIN_NANOSECONDS, CALL_BINS - 1);
        bins[(size_t)bin]++;
        calls->worst = fmax(calls->worst, time);
    }
    calls->median = quantile(bins, count, 0.5);
    calls->rare = quantile(bins, count, 0.9999);
    lap_free(&lap);
    free(bins);
    return true;
}
