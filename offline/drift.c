/* SPDX-License-Identifier: ISC */
#include "drift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** The wider apart two segments are, the finer their lags tell the slope. By what is known of it,
 *  the lag at twice the distance is known to this many frames. */
static const double uncertainty = 4;

/** A top counts if it is this many times what the products have on average. */
static const double certain = 3.5;

/** Correlates each response with the one `apart` later: the sum has its top where one lies most
 *  often against the other. */
static bool lags_apart(const struct responses *r, size_t apart, float points[RESPONSE_POINTS])
{
    fftwf_complex *sum = calloc(RESPONSE_BINS, sizeof *sum);
    for (size_t i = 0; sum && i + apart < r->count; i++) {
        const fftwf_complex *one = response_spectrum(r, i);
        const fftwf_complex *other = response_spectrum(r, i + apart);
        for (size_t k = 0; k < RESPONSE_BINS; k++)
            sum[k] += conjf(one[k]) * other[k];
    }
    const bool good = sum && response_points(sum, points);
    free(sum);
    return good;
}

static double effective(const float points[RESPONSE_POINTS])
{
    double sum = 0;
    for (size_t i = 0; i < RESPONSE_POINTS; i++)
        sum += (double)points[i] * (double)points[i];
    return sqrt(sum / RESPONSE_POINTS);
}

/** The highest point within `reach` of `guess`; false if it hardly stands out. */
static bool find_top(const float points[RESPONSE_POINTS], double guess, double reach, double *top)
{
    long best = lround(guess);
    for (long lag = (long)floor(guess - reach); lag <= (long)ceil(guess + reach); lag++)
        if (response_at(points, lag) > response_at(points, best))
            best = lag;
    const double at = (double)response_at(points, best);
    *top = (double)best + parabola_top((double)response_at(points, best - 1), at,
                                       (double)response_at(points, best + 1));
    return at > certain * effective(points);
}

bool drift_find(const struct responses *r, size_t widest, struct drift *drift)
{
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = points;
    double reach = DRIFT_MOST * (double)r->hop + uncertainty;
    *drift = (struct drift){0};
    for (size_t apart = 1; good && apart <= widest && apart <= r->count / 2; apart *= 2) {
        const double distance = (double)(apart * r->hop);
        double top;
        good = lags_apart(r, apart, points);
        if (good && find_top(points, drift->slope * distance, reach, &top)) {
            *drift = (struct drift){top / distance, distance};
            reach = uncertainty / 2;
        }
        reach = fmin(2 * reach, RESPONSE_REACH / 2);
    }
    free(points);
    return good;
}

void drift_undo(struct responses *r, double slope)
{
    for (size_t i = 0; i < r->count; i++)
        response_advance(r, i, slope * (double)(i * r->hop));
}
