/* SPDX-License-Identifier: ISC */
#include "recording_support.h"

#include <math.h>
#include <stdlib.h>

enum {
    WIDTH = 64,        /* points of a response in which its energy is looked for */
    ALIKE = 64,        /* frames by which neighbours may differ */
    FEWEST = 3,        /* neighbours that tell anything */
    NOWHERE = 1 << 20, /* the place of an answer that is not heard */
};

/** Where most energy of a response lies. */
static long place_of(const float points[RESPONSE_POINTS])
{
    double sum = 0, most = 0;
    long best = 0;
    for (long lag = -RESPONSE_REACH; lag <= RESPONSE_REACH; lag++) {
        sum += pow((double)response_at(points, lag), 2);
        if (lag >= WIDTH - RESPONSE_REACH)
            sum -= pow((double)response_at(points, lag - WIDTH), 2);
        if (sum > most) {
            most = sum;
            best = lag;
        }
    }
    return best;
}

bool support_find(const struct responses *r, double *share)
{
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = points;
    size_t heard = 0, alike = 0;
    long last = NOWHERE;
    for (size_t i = 0; good && i < r->count; i++) {
        long here = NOWHERE;
        if (r->scale[i] > 0) {
            good = response_points(response_spectrum(r, i), points);
            here = place_of(points);
        }
        heard += here != NOWHERE && last != NOWHERE;
        alike += here != NOWHERE && last != NOWHERE && labs(here - last) <= ALIKE;
        last = here;
    }
    *share = heard >= FEWEST ? (double)alike / (double)heard : (double)NAN;
    free(points);
    return good;
}
