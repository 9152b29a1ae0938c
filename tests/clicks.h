/* SPDX-License-Identifier: ISC */
/* Listening for clicks: the second difference of a sound, which a jump or a corner makes large. */
#ifndef CLICKS_H
#define CLICKS_H

#include <math.h>
#include <stddef.h>

/** What was heard so far. Begins with `before`, the two samples before the sound, and `skip`, how
 * many samples at its start are not judged. */
struct clicks {
    float before[2];
    size_t skip;
    float worst; ///< greatest second difference
    float peak;  ///< of the samples heard last
};

/** Hears `count` samples more. */
static inline void clicks_hear(struct clicks *clicks, const float *sound, size_t count)
{
    clicks->peak = 0;
    for (size_t i = 0; i < count; i++) {
        const float bend = fabsf(sound[i] - 2 * clicks->before[1] + clicks->before[0]);
        if (clicks->skip > 0)
            clicks->skip--;
        else
            clicks->worst = fmaxf(clicks->worst, bend);
        clicks->peak = fmaxf(clicks->peak, fabsf(sound[i]));
        clicks->before[0] = clicks->before[1];
        clicks->before[1] = sound[i];
    }
}

#endif
