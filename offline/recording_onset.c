/* SPDX-License-Identifier: ISC */
#include "recording_onset.h"

#include <math.h>

/** Points before the strongest where the response may begin. */
enum { BACK = 256 };

/** A response that begins between two frames shows a weak point at the first of them: at least this
 *  share of the strongest, and so many times what the whitening leaves before it. */
static const double between = 0.1, stands_out = 2;

/** Mean of a point and the one before it. Converters ring at half their sample rate before a
 * response as well as behind it; that this takes away, and nothing begins earlier by it. */
static double smooth(const float points[RESPONSE_POINTS], long lag)
{
    return 0.5 * ((double)response_at(points, lag) + (double)response_at(points, lag - 1));
}

/** The lag of [first, last] where the response is strongest, `most` if nowhere more. */
static long strongest(const float points[RESPONSE_POINTS], long first, long last, long most)
{
    for (long lag = first; lag <= last; lag++)
        if (fabs(smooth(points, lag)) > fabs(smooth(points, most)))
            most = lag;
    return most;
}

long response_beginning(const float points[RESPONSE_POINTS], long reach, double share)
{
    const long peak = strongest(points, -reach, reach, 0);
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

bool response_begins_between(const float points[RESPONSE_POINTS], long first)
{
    const double peak = smooth(points, strongest(points, first, first + BACK, first));
    const double weak = (double)response_at(points, first - 1);
    return fabs(weak) > between * fabs(peak) && weak * smooth(points, first) > 0 &&
           fabs(weak) > stands_out * fabs((double)response_at(points, first - 2));
}
