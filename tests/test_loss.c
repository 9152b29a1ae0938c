/* SPDX-License-Identifier: ISC */
/* The training losses and their gradients, against their definitions in double precision with plain
 * sums instead of fast transforms; and the schedule of a run. */
#include "esr.h"
#include "loss.h"
#include "random.h"
#include "schedule.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { FRAMES = 512, ODD = 389 };

static const double TURN = 6.283185307179586; ///< 2 pi

static float target[FRAMES], output[FRAMES], work[4096] __attribute__((aligned(64)));
static const struct train_pair PAIR = {.wet = target, .dry = target, .frames = FRAMES};
static const struct train_set SET = {&PAIR, 1};

static void make_signals(void)
{
    struct random random = {5};
    for (size_t i = 0; i < FRAMES; i++) {
        const double t = (double)i / 48000;
        target[i] = (float)(0.3 * sin(6.283 * 440 * t) + 0.02 * sin(6.283 * 5000 * t) + 0.05);
        output[i] = target[i] * 0.9F + (float)random_between(&random, -0.02, 0.03);
    }
}

/* ---- the definitions ------------------------------------------------------------------------ */

static double mean_square(double emphasis)
{
    double sum = 0;
    for (size_t i = 0; i < FRAMES; i++)
        sum += pow((double)target[i] - (i ? emphasis * (double)target[i - 1] : 0), 2);
    return sum / FRAMES;
}

static double magnitude(const double *x, size_t size, size_t bin, double floor)
{
    double re = 0, im = 0;
    for (size_t i = 0; i < size; i++) {
        const double w = 0.5 - 0.5 * cos(TURN * (double)i / (double)size);
        const double angle = TURN * (double)(i * bin % size) / (double)size;
        re += w * x[i] * cos(angle);
        im -= w * x[i] * sin(angle);
    }
    return sqrt(re * re + im * im + floor);
}

static double stft_at(const double *y, const double *t, size_t frames, size_t size)
{
    const double power = 0.375 * (double)size * mean_square(0), floor = SPECTRAL_FLOOR * power;
    double sum = 0;
    size_t count = 0;
    for (size_t at = 0; at + size <= frames; at += size / 2, count++)
        for (size_t bin = 0; bin <= size / 2; bin++) {
            const double a = magnitude(y + at, size, bin, floor);
            const double b = magnitude(t + at, size, bin, floor);
            sum += (a - b) * (a - b) / power + fabs(log(a / b));
        }
    return sum / (double)(count * (size / 2 + 1));
}

static double stft(const double *y, const double *t, size_t frames)
{
    double sum = 0;
    size_t fitting = 0;
    for (size_t i = 0; i < SPECTRAL_RESOLUTIONS; i++) {
        if (spectral_sizes[i] > frames)
            continue;
        sum += stft_at(y, t, frames, spectral_sizes[i]);
        fitting++;
    }
    return sum / (double)fitting;
}

/** The loss of a window, for the mean over frames, whose outputs follow an error of `last`. */
static double definition(const struct train_loss *w, const double *y, size_t frames, double last)
{
    double t[FRAMES], plain = 0, emphasised = 0, drift = 0;
    for (size_t i = 0; i < frames; i++) {
        t[i] = (double)target[i];
        const double e = y[i] - t[i];
        plain += e * e;
        emphasised += pow(e - ESR_EMPHASIS * last, 2);
        drift += e;
        last = e;
    }
    double sum = w->esr * plain / mean_square(0) +
                 w->emphasised * emphasised / mean_square(ESR_EMPHASIS) +
                 w->dc * drift * drift / (double)frames / mean_square(0);
    return w->stft > 0 ? sum + w->stft * (double)frames * stft(y, t, frames) : sum;
}

/* ---- tests ---------------------------------------------------------------------------------- */

/** Loss and gradient of a window against the definition and its finite differences. */
static void check(const struct train_loss *weights, size_t frames, size_t every)
{
    const double last = 0.013, scale = 0.25, step = 1e-6;
    struct loss loss;
    float error = (float)last, gradient[FRAMES];
    double y[FRAMES], largest = 0, worst = 0;
    CU_ASSERT_FATAL(loss_init(&loss, &SET, weights));
    CU_ASSERT_FATAL(loss_work(&loss) <= sizeof work / sizeof *work);
    for (size_t i = 0; i < frames; i++)
        y[i] = (double)output[i];
    const struct loss_sum sum = loss_of(&loss, &(struct loss_window){.output = output,
                                                                     .target = target,
                                                                     .frames = frames,
                                                                     .last = &error,
                                                                     .scale = scale,
                                                                     .gradient = gradient,
                                                                     .work = work});
    const double wanted = definition(weights, y, frames, last);
    CU_ASSERT(fabs(sum.total - wanted) < 1e-4 * wanted);
    CU_ASSERT((double)error == (double)(output[frames - 1] - target[frames - 1]));
    for (size_t i = 0; i < frames; i += every) {
        const double here = y[i];
        y[i] = here + step;
        double slope = definition(weights, y, frames, last);
        y[i] = here - step;
        slope = scale * (slope - definition(weights, y, frames, last)) / (2 * step);
        y[i] = here;
        largest = fmax(largest, fabs(slope));
        worst = fmax(worst, fabs(slope - (double)gradient[i]));
    }
    CU_ASSERT(worst < 2e-4 * largest);
    loss_free(&loss);
}

static void test_plain(void)
{
    check(&(struct train_loss){.esr = 1}, FRAMES, 1);
    check(&(struct train_loss){.emphasised = 1}, FRAMES, 1);
    check(&(struct train_loss){.esr = 0.5, .emphasised = 2}, ODD, 1);
}

static void test_dc(void)
{
    check(&(struct train_loss){.dc = 1}, FRAMES, 1);
    check(&(struct train_loss){.esr = 1, .dc = 3}, ODD, 1);
}

static void test_stft(void)
{
    check(&(struct train_loss){.stft = 1}, FRAMES, 31);
    check(&(struct train_loss){.stft = 1}, ODD, 31);
    check(&(struct train_loss){.stft = 1}, 130, 31);
    check(&(struct train_loss){.esr = 1, .emphasised = 1, .dc = 1, .stft = 0.2}, FRAMES, 31);
}

/** Windows that no spectrum fits into, and none at all, count for nothing. */
static void test_short_windows(void)
{
    struct loss loss;
    float gradient[FRAMES], last = 0;
    CU_ASSERT_FATAL(loss_init(&loss, &SET, &(struct train_loss){.dc = 1, .stft = 1}));
    struct loss_window window = {.output = output,
                                 .target = target,
                                 .frames = 100,
                                 .last = &last,
                                 .scale = 1,
                                 .gradient = gradient,
                                 .work = work};
    CU_ASSERT(spectral_loss(loss.spectral, output, target, 100, 1, gradient, work) == 0);
    window.frames = 0;
    CU_ASSERT(loss_of(&loss, &window).total == 0);
    loss_free(&loss);
}

static void test_silent_targets(void)
{
    static const float silence[FRAMES];
    const struct train_pair pair = {.wet = silence, .dry = silence, .frames = FRAMES};
    float gradient[FRAMES], last = 0;
    struct loss loss;
    const struct train_loss weights = {1, 1, 1, 1};
    CU_ASSERT_FATAL(loss_init(&loss, &(struct train_set){&pair, 1}, &weights));
    const struct loss_sum sum = loss_of(&loss, &(struct loss_window){.output = output,
                                                                     .target = silence,
                                                                     .frames = FRAMES,
                                                                     .last = &last,
                                                                     .scale = 1,
                                                                     .gradient = gradient,
                                                                     .work = work});
    CU_ASSERT(sum.total == 0);
    for (size_t i = 0; i < FRAMES; i++)
        CU_ASSERT(gradient[i] == 0);
    loss_free(&loss);
}

/** The rate rises, stays, and falls to its end as the run ends. */
static void test_rate(void)
{
    const struct train_options o = {.rate = 0.01, .warm_up = 0.1, .hold = 0.4, .last_rate = 0.05};
    CU_ASSERT(schedule_rate(&o, 0) > 0 && schedule_rate(&o, 0) < 1e-4);
    CU_ASSERT(fabs(schedule_rate(&o, 0.05) - 0.005) < 1e-12);
    CU_ASSERT(schedule_rate(&o, 0.1) == 0.01 && schedule_rate(&o, 0.39) == 0.01);
    CU_ASSERT(fabs(schedule_rate(&o, 0.7) - 0.01 * 0.525) < 1e-12);
    CU_ASSERT(fabs(schedule_rate(&o, 1) - 0.0005) < 1e-12);
    for (double share = 0.4; share < 1; share += 0.01)
        CU_ASSERT(schedule_rate(&o, share + 0.01) < schedule_rate(&o, share));
}

/** Long runs see long windows, and costly networks make fewer updates in the same time. Of 64
 * threads only 8 have a channel to work on. */
static void test_windows(void)
{
    static const struct {
        uint64_t updates;
        double seconds, share, macs;
        unsigned threads, window;
    } RUNS[] = {
        {3000, 0, 1, 1e4, 1, 512},   {5000, 0, 1, 1e4, 1, 1024}, {5000, 0, 0.5, 1e4, 1, 512},
        {25000, 0, 1, 1e4, 1, 2048}, {0, 15, 1, 1e4, 1, 512},    {0, 60, 1, 1e4, 1, 1024},
        {0, 300, 1, 1e4, 2, 2048},   {0, 300, 1, 3e4, 1, 1024},  {0, 1, 1, 1e9, 1, 512},
        {0, 15, 1, 1e4, 8, 1024},    {0, 15, 1, 1e4, 64, 1024},
    };
    for (size_t i = 0; i < sizeof RUNS / sizeof *RUNS; i++) {
        const struct train_options o = {.channels = 8,
                                        .threads = RUNS[i].threads,
                                        .seconds = RUNS[i].seconds,
                                        .updates = RUNS[i].updates};
        CU_ASSERT(schedule_window(&o, RUNS[i].share, RUNS[i].macs) == RUNS[i].window);
    }
}

/** The average spans its share of the updates to come, as far as they can be told. */
static void test_average(void)
{
    const struct train_options o = {.average = 0.01};
    CU_ASSERT(fabs(schedule_average(&o, 500, 0.1) - (1 - 1 / 50.0)) < 1e-12);
    CU_ASSERT(schedule_average(&o, 1, 0.5) == 0);
}

static void test_settled(void)
{
    const struct train_options o = {.patience = 0.3};
    CU_ASSERT(!schedule_settled(&o, 0.75, 0.01, 5000));
    CU_ASSERT(schedule_settled(&o, 0.85, 0.5, 5000));
    CU_ASSERT(!schedule_settled(&o, 0.85, 0.6, 5000));
    CU_ASSERT(!schedule_settled(&o, 0.9, 0.01, 50));
}

int main(void)
{
    static const struct test TESTS[] = {
        {"plain and pre-emphasised errors", test_plain},
        {"constant error", test_dc},
        {"short-time spectra", test_stft},
        {"windows too short for spectra", test_short_windows},
        {"a silent target weighs nothing", test_silent_targets},
        {"the rate warms up, holds and falls", test_rate},
        {"long runs see long windows", test_windows},
        {"the average spans a share of the run", test_average},
        {"validation may settle, but not early", test_settled},
    };
    make_signals();
    return run_suite("loss", TESTS, sizeof TESTS / sizeof *TESTS);
}
