/* SPDX-License-Identifier: ISC */
#include "recording_onset.h"

#include <math.h>

/** Points before the strongest where the response may begin. */
enum { BACK = 256 };

/** A response has begun where it keeps above this share of its strongest point. Less finds what the
 *  whitening leaves before it, more misses the soft beginning behind steep filters. */
static const double begun = 0.16;

long response_beginning(const float points[RESPONSE_POINTS], long reach)
{
    long peak = 0;
    for (long lag = -reach; lag <= reach; lag++)
        if (fabsf(response_at(points, lag)) > fabsf(response_at(points, peak)))
            peak = lag;
    const double threshold = begun * (double)response_at(points, peak);
    double sum = 0, most = 0;
    long first = peak;
    for (long lag = peak; lag > peak - BACK; lag--) {
        const double here = (double)response_at(points, lag);
        sum += here * here - threshold * threshold;
        if (sum >= most) {
            most = sum;
            first = lag;
        }
    }
    return first;
}
