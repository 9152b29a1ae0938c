/* SPDX-License-Identifier: ISC */
#include "horizon.h"

#include "decibel.h"
#include "random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS_PER_SECOND = 100 };

#define BURST_SECONDS 0.5
#define BURST_LEVEL 0.5F
#define PROBE_LEVEL 0.03F
/* Agreement for so long ends the measurement. */
#define SETTLED_SECONDS 1.0
/* Multiply-adds that a measurement may cost: seconds for a model of a million parameters. */
#define WORK_LIMIT 2e11

/** Two channels of one stream in one buffer each, a window at a time. */
struct experiment {
    xlstm_stream *stream;
    struct random random;
    size_t window; /* frames */
    float *channels[2];
};

/** Plays a window: noise of `level`, also in the second channel if `both`. */
static void play(struct experiment *e, float level, bool both)
{
    for (size_t i = 0; i < e->window; i++) {
        e->channels[0][i] = level * (float)random_between(&e->random, -1, 1);
        e->channels[1][i] = both ? e->channels[0][i] : 0;
    }
    xlstm_stream_process(e->stream, (const float *const *)e->channels, e->channels, e->window);
}

/** Adds the energies of the last window's difference and of its answer. */
static void measure_window(const struct experiment *e, double *difference, double *answer)
{
    for (size_t i = 0; i < e->window; i++) {
        double a = e->channels[0][i], b = e->channels[1][i];
        *difference += (a - b) * (a - b);
        *answer += b * b;
    }
}

static struct horizon observe(struct experiment *e, size_t most_windows)
{
    const double allowed = power_of_decibels(HORIZON_DECIBELS);
    const size_t settled = (size_t)(SETTLED_SECONDS * WINDOWS_PER_SECOND);
    double total_answer = 0;
    size_t disagreed = 0, at = 0; /* windows up to and with the last that disagreed; played */
    for (size_t i = 0; i < (size_t)(BURST_SECONDS * WINDOWS_PER_SECOND); i++)
        play(e, BURST_LEVEL, false);
    while (at < most_windows && at < disagreed + settled) {
        double difference = 0;
        play(e, PROBE_LEVEL, true);
        measure_window(e, &difference, &total_answer);
        at++;
        if (difference > allowed * total_answer / (double)at)
            disagreed = at;
    }
    return (struct horizon){.seconds = (double)disagreed / WINDOWS_PER_SECOND,
                            .beyond = disagreed == most_windows};
}

struct horizon horizon_measure(const xlstm_model *model)
{
    const struct xlstm_info *info = xlstm_model_info(model);
    struct horizon horizon = {.seconds = NAN};
    struct experiment e = {.window = (size_t)(info->sample_rate / WINDOWS_PER_SECOND) + 1};
    double window_work = 2.0 * (double)info->macs_per_frame * (double)e.window;
    double most = fmin(HORIZON_MOST_SECONDS * WINDOWS_PER_SECOND, WORK_LIMIT / window_work);
    float *samples = calloc(2 * e.window, sizeof *samples);
    e.stream = xlstm_stream_new(model, 2, e.window);
    e.channels[0] = samples;
    e.channels[1] = samples ? samples + e.window : NULL;
    if (samples && e.stream && most >= 1)
        horizon = observe(&e, (size_t)most);
    xlstm_stream_free(e.stream);
    free(samples);
    return horizon;
}
