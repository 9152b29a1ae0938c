/* SPDX-License-Identifier: ISC */
#include "recording_response.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST = 600, /* segments */
    REACHED = RESPONSE_SEGMENT + 2 * RESPONSE_REACH,
    REACHED_BINS = REACHED / 2 + 1,
};

#define PI 3.14159265358979323846

/** The Fourier transforms of one measurement. */
struct workshop {
    float *dry, *wet; /* REACHED frames each */
    fftwf_complex *dry_bins, *wet_bins;
    float *points;
    fftwf_plan dry_forward, wet_forward, backward, to_spectrum;
};

static void close_workshop(struct workshop *w)
{
    fftwf_destroy_plan(w->dry_forward);
    fftwf_destroy_plan(w->wet_forward);
    fftwf_destroy_plan(w->backward);
    fftwf_destroy_plan(w->to_spectrum);
    fftwf_free(w->dry);
    fftwf_free(w->wet);
    fftwf_free(w->dry_bins);
    fftwf_free(w->wet_bins);
    fftwf_free(w->points);
}

static bool open_workshop(struct workshop *w)
{
    w->dry = fftwf_alloc_real(REACHED);
    w->wet = fftwf_alloc_real(REACHED);
    w->dry_bins = fftwf_alloc_complex(REACHED_BINS);
    w->wet_bins = fftwf_alloc_complex(REACHED_BINS); /* more than RESPONSE_BINS */
    w->points = fftwf_alloc_real(RESPONSE_POINTS);
    if (!w->dry || !w->wet || !w->dry_bins || !w->wet_bins || !w->points)
        return false;
    w->dry_forward = fftwf_plan_dft_r2c_1d(REACHED, w->dry, w->dry_bins, FFTW_ESTIMATE);
    w->wet_forward = fftwf_plan_dft_r2c_1d(REACHED, w->wet, w->wet_bins, FFTW_ESTIMATE);
    w->backward = fftwf_plan_dft_c2r_1d(REACHED, w->wet_bins, w->wet, FFTW_ESTIMATE);
    w->to_spectrum = fftwf_plan_dft_r2c_1d(RESPONSE_POINTS, w->points, w->wet_bins, FFTW_ESTIMATE);
    return w->dry_forward && w->wet_forward && w->backward && w->to_spectrum;
}

static double energy(const float *sound, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++)
        sum += (double)sound[i] * (double)sound[i];
    return sum;
}

/** Frames of a segment whose answer, at the lag `centre`, the wet sound holds. */
static long answered(long start, long centre, size_t wet_frames)
{
    const long first = start + centre, last = first + RESPONSE_SEGMENT;
    const long end = last < (long)wet_frames ? last : (long)wet_frames;
    return end - (first > 0 ? first : 0);
}

/** `count` frames from `start` on, which may lie outside of the sound: there is silence. */
static void copy_frames(const float *sound, size_t frames, long start, float *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const long at = start + (long)i;
        out[i] = at >= 0 && at < (long)frames ? sound[at] : 0;
    }
}

/** Correlates what lies in the workshop's two sounds; gives the factor that makes it a coefficient,
 *  0 if one is silent. */
static double correlate(struct workshop *w)
{
    const double energies = energy(w->dry, RESPONSE_SEGMENT) * energy(w->wet, REACHED);
    fftwf_execute(w->dry_forward);
    fftwf_execute(w->wet_forward);
    for (size_t k = 0; k < REACHED_BINS; k++)
        w->wet_bins[k] *= conjf(w->dry_bins[k]);
    fftwf_execute(w->backward);
    return energies > 0 ? 1 / (sqrt(energies) * REACHED) : 0;
}

/** Keeps the correlation that lies in the workshop, scaled, as the response of segment `i`. */
static void keep(struct workshop *w, struct responses *r, size_t i, double scale)
{
    memset(w->points, 0, RESPONSE_POINTS * sizeof *w->points);
    for (long k = 0; k <= 2 * RESPONSE_REACH; k++) {
        const long lag = k - RESPONSE_REACH;
        w->points[(lag + RESPONSE_POINTS) % RESPONSE_POINTS] = (float)(scale * (double)w->wet[k]);
    }
    fftwf_execute(w->to_spectrum);
    memcpy(response_spectrum(r, i), w->wet_bins, RESPONSE_BINS * sizeof *w->wet_bins);
    r->scale[i] = (float)(1 / scale);
}

static void measure_segment(struct workshop *w, struct responses *r, size_t i,
                            const struct response_sounds *s)
{
    const long start = (long)(i * r->hop);
    double scale = 0;
    copy_frames(s->dry, s->dry_frames, start, w->dry, RESPONSE_SEGMENT);
    memset(w->dry + RESPONSE_SEGMENT, 0, 2 * RESPONSE_REACH * sizeof *w->dry);
    if (answered(start, r->centre, s->wet_frames) >= RESPONSE_SEGMENT / 2 &&
        !spans_touch(s->without, start, start + RESPONSE_SEGMENT)) {
        copy_frames(s->wet, s->wet_frames, start + r->centre - RESPONSE_REACH, w->wet, REACHED);
        scale = correlate(w);
    }
    if (scale > 0)
        keep(w, r, i, scale);
    else
        response_silence(r, i);
}

bool responses_measure(struct responses *r, const struct response_sounds *sounds, long centre)
{
    struct workshop w = {0};
    const size_t hop = sounds->dry_frames / MOST;
    *r = (struct responses){.hop = hop > RESPONSE_SEGMENT ? hop : RESPONSE_SEGMENT,
                            .centre = centre};
    r->count = sounds->dry_frames / r->hop;
    r->spectra = fftwf_alloc_complex((r->count + 1) * RESPONSE_BINS);
    r->scale = calloc(r->count + 1, sizeof *r->scale);
    const bool good = r->spectra && r->scale && open_workshop(&w);
    for (size_t i = 0; good && i < r->count; i++)
        measure_segment(&w, r, i, sounds);
    close_workshop(&w);
    if (!good)
        responses_free(r);
    return good;
}

fftwf_complex *response_spectrum(const struct responses *r, size_t i)
{
    return r->spectra + i * RESPONSE_BINS;
}

void response_advance(struct responses *r, size_t i, double frames)
{
    fftwf_complex *spectrum = response_spectrum(r, i);
    const float turn = (float)(2 * PI / RESPONSE_POINTS * frames);
    for (size_t k = 0; k < RESPONSE_BINS; k++)
        spectrum[k] *= cexpf(I * turn * (float)k);
}

void response_silence(struct responses *r, size_t i)
{
    memset(response_spectrum(r, i), 0, RESPONSE_BINS * sizeof *r->spectra);
    r->scale[i] = 0;
}

void responses_sum(const struct responses *r, size_t first, size_t last, bool loud,
                   fftwf_complex sum[RESPONSE_BINS])
{
    memset(sum, 0, RESPONSE_BINS * sizeof *sum);
    for (size_t i = first; i < last; i++) {
        const fftwf_complex *spectrum = response_spectrum(r, i);
        const float factor = loud ? r->scale[i] : 1;
        for (size_t k = 0; k < RESPONSE_BINS; k++)
            sum[k] += factor * spectrum[k];
    }
}

bool response_points(const fftwf_complex spectrum[RESPONSE_BINS], float points[RESPONSE_POINTS])
{
    fftwf_complex *copy = fftwf_alloc_complex(RESPONSE_BINS);
    float *out = fftwf_alloc_real(RESPONSE_POINTS);
    fftwf_plan plan =
        copy && out ? fftwf_plan_dft_c2r_1d(RESPONSE_POINTS, copy, out, FFTW_ESTIMATE) : NULL;
    if (plan) {
        memcpy(copy, spectrum, RESPONSE_BINS * sizeof *copy);
        fftwf_execute(plan);
        for (size_t i = 0; i < RESPONSE_POINTS; i++)
            points[i] = out[i] / RESPONSE_POINTS;
    }
    fftwf_destroy_plan(plan);
    fftwf_free(copy);
    fftwf_free(out);
    return plan;
}

float response_at(const float points[RESPONSE_POINTS], long lag)
{
    return points[(lag + RESPONSE_POINTS) % RESPONSE_POINTS];
}

double parabola_top(double before, double at, double after)
{
    const double curve = before - 2 * at + after;
    return curve == 0 ? 0 : fmin(fmax((before - after) / (2 * curve), -0.5), 0.5);
}

void responses_free(struct responses *r)
{
    fftwf_free(r->spectra);
    free(r->scale);
    *r = (struct responses){0};
}
