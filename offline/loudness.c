/* SPDX-License-Identifier: ISC */
#include "loudness.h"

#include "decibel.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK_SECONDS 0.4
#define SILENCE_DBFS (-70.0)
#define PAUSE_DECIBELS (-10.0)

enum { FIRST_ROOM = 256 };

struct loudness loudness_start(double rate)
{
    return (struct loudness){.block = (size_t)llround(BLOCK_SECONDS * rate)};
}

static bool end_block(struct loudness *loudness)
{
    if (loudness->count == loudness->room) {
        const size_t room = loudness->room ? 2 * loudness->room : FIRST_ROOM;
        double *more = realloc(loudness->powers, room * sizeof *more);
        if (!more)
            return false;
        loudness->powers = more;
        loudness->room = room;
    }
    loudness->powers[loudness->count++] = loudness->sum / (double)loudness->block;
    loudness->sum = 0;
    loudness->filled = 0;
    return true;
}

bool loudness_add(struct loudness *loudness, const float *samples, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        loudness->sum += (double)samples[i] * (double)samples[i];
        if (++loudness->filled == loudness->block && !end_block(loudness))
            return false;
    }
    return true;
}

/** Mean of the powers above `floor`; 0 if there is none. */
static double mean_above(const struct loudness *loudness, double floor)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < loudness->count; i++) {
        if (loudness->powers[i] > floor) {
            sum += loudness->powers[i];
            count++;
        }
    }
    return count ? sum / (double)count : 0;
}

double loudness_dbfs(const struct loudness *loudness)
{
    const double silence = power_of_decibels(SILENCE_DBFS);
    const double pause = power_of_decibels(PAUSE_DECIBELS);
    const double all = mean_above(loudness, silence);
    const double loud = mean_above(loudness, fmax(silence, all * pause));
    return loud > 0 ? decibels_of_power(loud) : (double)NAN;
}

void loudness_free(struct loudness *loudness)
{
    free(loudness->powers);
    *loudness = (struct loudness){0};
}
