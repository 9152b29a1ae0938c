/* SPDX-License-Identifier: ISC */
#include "recording_follow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 8,  /* segments that are judged together; notes among them may say little */
    FEWEST = 3, /* blocks in a row that are no accident */
    EARLY = 32, /* points of the response that is looked for before its beginning, */
    LATE = 256, /* and behind it */
    LOOSE = 3,  /* by which an answer that moves may be elsewhere */
    FAR = 512,  /* from where on there is no answer */
};

/** An answer stands out of what lies far from it by this much. By accident 1 is usual and 3 rare;
 *  a block of a few notes may be as low, three in a row are not. */
static const double certain = 3;

/** The part of a response around its beginning, as a spectrum. False: out of memory. */
static bool template_of(const struct responses *r, fftwf_complex *spectrum)
{
    float *points = fftwf_alloc_real(RESPONSE_POINTS);
    fftwf_plan plan =
        points ? fftwf_plan_dft_r2c_1d(RESPONSE_POINTS, points, spectrum, FFTW_ESTIMATE) : NULL;
    responses_sum(r, 0, r->count, false, spectrum);
    const bool good = plan && response_points(spectrum, points);
    if (good) {
        memset(points + LATE, 0, (RESPONSE_POINTS - LATE - EARLY) * sizeof *points);
        fftwf_execute(plan);
    }
    fftwf_destroy_plan(plan);
    fftwf_free(points);
    return good;
}

/** How far the answer at the centre stands out. */
static double prominence(const float points[RESPONSE_POINTS])
{
    double square = 0, here = 0;
    for (long lag = FAR; lag < RESPONSE_REACH; lag++)
        square +=
            pow((double)response_at(points, lag), 2) + pow((double)response_at(points, -lag), 2);
    for (long lag = -LOOSE; lag <= LOOSE; lag++)
        here = fmax(here, (double)response_at(points, lag));
    const double usual = sqrt(square / (2.0 * (RESPONSE_REACH - FAR)));
    return usual > 0 ? here / usual : (double)INFINITY; // silence is no contradiction
}

/** Judges the block from segment `first` on. False: out of memory. */
static bool judge(const struct responses *r, size_t first, const fftwf_complex *wanted,
                  fftwf_complex *sum, float *points, bool *lost)
{
    responses_sum(r, first, first + BLOCK, false, sum);
    for (size_t k = 0; k < RESPONSE_BINS; k++)
        sum[k] *= conjf(wanted[k]);
    const bool good = response_points(sum, points);
    *lost = good && prominence(points) < certain;
    return good;
}

bool follow_find(const struct responses *r, struct span_list *lost)
{
    fftwf_complex *spectra = fftwf_alloc_complex(2 * RESPONSE_BINS);
    float *points = malloc(RESPONSE_POINTS * sizeof *points);
    bool good = spectra && points && template_of(r, spectra);
    size_t in_a_row = 0;
    for (size_t i = 0; good && i + BLOCK <= r->count; i += BLOCK) {
        bool here;
        good = judge(r, i, spectra, spectra + RESPONSE_BINS, points, &here);
        in_a_row = here ? in_a_row + 1 : 0;
        if (good && in_a_row >= FEWEST)
            good = spans_add(lost, (i + BLOCK - in_a_row * BLOCK) * r->hop, (i + BLOCK) * r->hop);
    }
    spans_join(lost, 1);
    free(points);
    fftwf_free(spectra);
    return good;
}
