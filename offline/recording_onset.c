/* SPDX-License-Identifier: ISC */
#include "recording_onset.h"

#include <math.h>

/** Points before the strongest where the response may begin. */
enum { BACK = 256 };

/** Mean of a point and the one before it. Converters ring at half their sample rate before a
 * response as well as behind it; that this takes away, and nothing begins earlier by it. */
static double smooth(const float points[RESPONSE_POINTS], long lag)
{
    return 0.5 * ((double)response_at(points, lag) + (double)response_at(points, lag - 1));
}

long response_beginning(const float points[RESPONSE_POINTS], long reach, double share)
{
    long peak = 0;
    for (long lag = -reach; lag <= reach; lag++)
        if (fabs(smooth(points, lag)) > fabs(smooth(points, peak)))
            peak = lag;
    const double threshold = share * smooth(points, peak);
    double sum = 0, most = 0;
    long first = peak;
    for (long lag = peak; lag > peak - BACK; lag--) {
        sum += pow(smooth(points, lag), 2) - threshold * threshold;
        if (sum >= most) {
            most = sum;
            first = lag;
        }
    }
    return first;
}
