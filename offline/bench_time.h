/* SPDX-License-Identifier: ISC */
/* How long a stream of a model takes. */
#ifndef BENCH_TIME_H
#define BENCH_TIME_H

#include "xlstm.h"

/** What the streams hear. */
enum bench_input { BENCH_NOISE, BENCH_SILENCE, BENCH_DENORMALS, BENCH_NAN, BENCH_INPUTS };

/** Names of the inputs, ended by NULL. */
extern const char *const bench_input_names[BENCH_INPUTS + 1];

/** Frames of a call that takes a whole file. */
enum { BENCH_WHOLE = 1 << 16 };

/** What is timed. */
struct bench_setup {
    const xlstm_model *model;
    unsigned streams; ///< channels that run in lock-step
    size_t block;     ///< frames of a call
    enum bench_input input;
};

/** Nanoseconds for a frame of all streams: the best of repeats over `seconds`. NaN: out of memory.
 */
double bench_frame_time(const struct bench_setup *setup, double seconds);

/** How long calls took. */
struct bench_calls {
    double median, worst; ///< nanoseconds of a call
};

/** Durations of single calls over `seconds`. False: out of memory. */
bool bench_call_times(const struct bench_setup *setup, double seconds, struct bench_calls *calls);

/** Nanoseconds on the monotonic clock. */
double bench_now(void);

#endif
