/* SPDX-License-Identifier: ISC */
#include "align.h"

#include <complex.h>
#include <fftw3.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EXCERPT = 1 << 22,  /* most dry frames that are looked at */
    SHORTEST = 1 << 12, /* below this there is nothing to be found */
    SEGMENT = 1 << 14,  /* of the averaged estimate */
    RESPONSE = 64,      /* half of the length of an impulse response's main part */
    GUARD = 2400,       /* frames around the best place that are not "elsewhere" */
    SEARCH = 256,       /* frames around the neighbourhood that the fine estimate looks at */
    ONSET_REACH = 64,   /* frames before the strongest answer where the first may be */
    SINC_REACH = 16,    /* frames on either side that an interpolated one is made of */
    FINE_STEPS = 50,    /* of a frame, that the peak is found to */
};

/* Exponent of the flattening: 1 would make all frequencies equal, those without sound too. */
#define FLATTEN 0.9F
/* Spectral power below this share of the most is not lifted any further. */
#define FLATTEN_FLOOR 1e-9F
/* The first answer is where the response reaches this share of its peak. */
#define ONSET 0.4F

struct span {
    const float *samples;
    size_t frames;
};

/** Zero-padded copy of a span without its mean, as the spectrum of `size` points. NULL: no memory.
 */
static fftwf_complex *spectrum(struct span sound, size_t size)
{
    float *samples = fftwf_malloc((size + 2) * sizeof *samples);
    if (!samples)
        return NULL;
    fftwf_complex *bins = (fftwf_complex *)samples;
    fftwf_plan plan = fftwf_plan_dft_r2c_1d((int)size, samples, bins, FFTW_ESTIMATE);
    double mean = 0;
    for (size_t i = 0; i < sound.frames; i++)
        mean += sound.samples[i];
    mean /= (double)sound.frames;
    memset(samples, 0, (size + 2) * sizeof *samples);
    for (size_t i = 0; i < sound.frames; i++)
        samples[i] = sound.samples[i] - (float)mean;
    fftwf_execute(plan);
    fftwf_destroy_plan(plan);
    return bins;
}

/** Turns a spectrum into the sequence of `size` points that it belongs to, in place. */
static float *sequence(fftwf_complex *bins, size_t size)
{
    fftwf_plan plan = fftwf_plan_dft_c2r_1d((int)size, bins, (float *)bins, FFTW_ESTIMATE);
    fftwf_execute(plan);
    fftwf_destroy_plan(plan);
    return (float *)bins;
}

/** The flattened cross-spectrum, into `wet`. */
static void flatten(const fftwf_complex *dry, fftwf_complex *wet, size_t bins)
{
    float most = 0;
    for (size_t k = 0; k < bins; k++) {
        wet[k] *= conjf(dry[k]);
        most = fmaxf(most, cabsf(wet[k]));
    }
    for (size_t k = 0; k < bins; k++)
        wet[k] /= powf(cabsf(wet[k]) + FLATTEN_FLOOR * most + FLT_MIN, FLATTEN);
}

/** Energy of the response within RESPONSE frames of each lag from -reach to reach. `response` is
 *  circular with `size` points. NULL: no memory. */
static double *local_energy(const float *response, size_t size, size_t reach)
{
    size_t places = 2 * reach + 1;
    double *energy = malloc(places * sizeof *energy);
    double sum = 0;
    for (size_t i = 0; energy && i < places + 2 * RESPONSE; i++) {
        float enters = response[(size + i - reach - RESPONSE) % size];
        sum += (double)enters * enters;
        if (i < 2 * RESPONSE)
            continue;
        energy[i - 2 * RESPONSE] = fmax(sum, 0);
        float leaves = response[(size + i - reach - 3 * RESPONSE) % size];
        sum -= (double)leaves * leaves;
    }
    return energy;
}

/** The place of most energy, and by what factor of amplitude it beats the rest. */
static long best_place(const double *energy, size_t reach, double *confidence)
{
    size_t places = 2 * reach + 1, best = 0;
    for (size_t i = 1; i < places; i++)
        if (energy[i] > energy[best])
            best = i;
    double elsewhere = 0;
    for (size_t i = 0; i < places; i++)
        if (i + GUARD < best || i > best + GUARD)
            elsewhere = fmax(elsewhere, energy[i]);
    *confidence = elsewhere > 0 ? sqrt(energy[best] / elsewhere) : 0;
    return (long)best - (long)reach;
}

/** Finds the neighbourhood: the lag around which the flattened correlation has most energy. */
static bool find_neighbourhood(struct span dry, struct span wet, size_t reach, long *lag,
                               double *confidence)
{
    size_t longest = dry.frames > wet.frames ? dry.frames : wet.frames, size = SHORTEST;
    while (size < longest + reach + 3 * RESPONSE)
        size *= 2;
    fftwf_complex *dry_bins = spectrum(dry, size), *wet_bins = spectrum(wet, size);
    double *energy = NULL;
    if (dry_bins && wet_bins) {
        flatten(dry_bins, wet_bins, size / 2 + 1);
        energy = local_energy(sequence(wet_bins, size), size, reach);
    }
    if (energy)
        *lag = best_place(energy, reach, confidence);
    free(energy);
    fftwf_free(dry_bins);
    fftwf_free(wet_bins);
    return energy;
}

/** Sums over segments: cross-spectrum and the two power spectra. */
struct averages {
    fftwf_complex cross[SEGMENT / 2 + 1];
    float dry[SEGMENT / 2 + 1], wet[SEGMENT / 2 + 1];
};

static bool add_segment(struct averages *sums, const float *dry, const float *wet)
{
    float windowed[2][SEGMENT];
    for (size_t i = 0; i < SEGMENT; i++) {
        float window = 0.5F - 0.5F * cosf((float)(2 * M_PI / SEGMENT) * (float)i);
        windowed[0][i] = window * dry[i];
        windowed[1][i] = window * wet[i];
    }
    fftwf_complex *d = spectrum((struct span){windowed[0], SEGMENT}, SEGMENT);
    fftwf_complex *w = spectrum((struct span){windowed[1], SEGMENT}, SEGMENT);
    for (size_t k = 0; d && w && k <= SEGMENT / 2; k++) {
        sums->cross[k] += conjf(d[k]) * w[k];
        sums->dry[k] += crealf(d[k] * conjf(d[k]));
        sums->wet[k] += crealf(w[k] * conjf(w[k]));
    }
    bool good = d && w;
    fftwf_free(d);
    fftwf_free(w);
    return good;
}

/** The response around `lag`, flattened by the averages over all segments (the smoothed coherence
 *  transform); circular, its point 0 is `lag`. NULL: no memory, or no segment. */
static float *averaged_response(struct span dry, struct span wet, long lag)
{
    struct averages *sums = fftwf_malloc(sizeof *sums);
    bool good = sums;
    size_t count = 0;
    if (sums)
        memset(sums, 0, sizeof *sums);
    for (long at = 0; good && at + SEGMENT <= (long)dry.frames; at += SEGMENT / 2) {
        if (at + lag < 0 || at + lag + SEGMENT > (long)wet.frames)
            continue;
        good = add_segment(sums, dry.samples + at, wet.samples + at + lag);
        count++;
    }
    if (!good || !count) {
        fftwf_free(sums);
        return NULL;
    }
    for (size_t k = 0; k <= SEGMENT / 2; k++)
        sums->cross[k] /= sqrtf(sums->dry[k] * sums->wet[k] + FLT_MIN);
    return sequence(sums->cross, SEGMENT); /* `cross` is the first member: frees all of it */
}

static float response_at(const float *response, long place)
{
    return response[(place + SEGMENT) % SEGMENT];
}

/** The response between its frames: a windowed sinc through those around. */
static double response_between(const float *response, double place)
{
    double sum = 0;
    const long nearest = lround(place);
    for (long k = nearest - SINC_REACH; k <= nearest + SINC_REACH; k++) {
        double x = M_PI * (place - (double)k);
        double sinc = fabs(x) < 1e-9 ? 1 : sin(x) / x;
        sum += (double)response_at(response, k) * sinc * (0.5 + 0.5 * cos(x / (SINC_REACH + 1)));
    }
    return sum;
}

/** Where the response is largest, between the neighbours of its largest frame. */
static double exact_peak(const float *response, long peak)
{
    double best = (double)peak, most = 0;
    for (int step = -FINE_STEPS; step <= FINE_STEPS; step++) {
        double place = (double)peak + (double)step / FINE_STEPS;
        double size = fabs(response_between(response, place));
        if (size > most) {
            most = size;
            best = place;
        }
    }
    return best;
}

/** Sets lag, peak and polarity from the response around `centre`. */
static void measure(const float *response, long centre, struct alignment *alignment)
{
    long peak = 0;
    for (long i = -SEARCH; i <= SEARCH; i++)
        if (fabsf(response_at(response, i)) > fabsf(response_at(response, peak)))
            peak = i;
    float top = response_at(response, peak);
    long onset = peak - ONSET_REACH;
    while (onset < peak && fabsf(response_at(response, onset)) < ONSET * fabsf(top))
        onset++;
    alignment->lag = centre + onset;
    alignment->peak = (double)centre + exact_peak(response, peak);
    alignment->polarity = top < 0 ? -1 : 1;
}

/** Start of the loudest EXCERPT frames, in steps of a segment. */
static size_t loudest_excerpt(const float *samples, size_t frames)
{
    double sum = 0, most = -1;
    size_t best = 0;
    for (size_t at = 0; at < frames; at++) {
        sum += (double)samples[at] * samples[at];
        if (at >= EXCERPT)
            sum -= (double)samples[at - EXCERPT] * samples[at - EXCERPT];
        if (at + 1 >= EXCERPT && at % SEGMENT == 0 && sum > most) {
            most = sum;
            best = at + 1 - EXCERPT;
        }
    }
    return best;
}

static struct span excerpt(const float *samples, size_t frames, size_t start, size_t most)
{
    size_t left = frames > start ? frames - start : 0;
    return (struct span){samples + (left ? start : 0), left < most ? left : most};
}

static bool silent(struct span sound)
{
    for (size_t i = 1; i < sound.frames; i++)
        if (sound.samples[i] != sound.samples[0])
            return false;
    return true;
}

bool align_find(const float *dry, size_t dry_frames, const float *wet, size_t wet_frames,
                size_t max_lag, struct alignment *alignment)
{
    size_t start = dry_frames > EXCERPT ? loudest_excerpt(dry, dry_frames) : 0;
    struct span d = excerpt(dry, dry_frames, start, EXCERPT);
    struct span w = excerpt(wet, wet_frames, start, EXCERPT + max_lag);
    *alignment = (struct alignment){.polarity = 1};
    if (d.frames < SHORTEST || w.frames < SHORTEST || silent(d) || silent(w))
        return true;
    if (!find_neighbourhood(d, w, max_lag, &alignment->lag, &alignment->confidence))
        return false;
    alignment->peak = (double)alignment->lag;
    float *response = averaged_response(d, w, alignment->lag);
    if (response)
        measure(response, alignment->lag, alignment);
    fftwf_free(response);
    return true;
}
