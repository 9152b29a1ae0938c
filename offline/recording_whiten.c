/* SPDX-License-Identifier: ISC */
#include "recording_whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ORDER = 32, BLOCK = 4096, FADE = 4096 };

#define PI 3.14159265358979323846

/** Noise that is assumed in the sound, of its energy: what lies deeper is not lifted any further.
 */
static const double assumed_noise = 1e-9;

/** Weight of the frame that is `i` frames from a cut. */
static float fade(size_t i)
{
    return (float)(0.5 - 0.5 * cos(PI * ((double)i + 0.5) / FADE));
}

/** Fades to and from the cuts at both ends of [first, last): one through a sound that rings has a
 *  spectrum of its own, which hides how low the sound's is in places. */
static void fade_cuts(float *sound, size_t frames, size_t first, size_t last)
{
    for (size_t i = 0; i < FADE && first + i < last; i++) {
        if (first > 0)
            sound[first + i] *= fade(i);
        if (last < frames)
            sound[last - 1 - i] *= fade(i);
    }
}

/** Adds the products of the frames [first, last) with those before them, as if there were silence
 *  outside: otherwise there may be no stable filter. */
static void correlate(float *sound, size_t frames, size_t first, size_t last,
                      double correlation[ORDER + 1])
{
    fade_cuts(sound, frames, first, last);
    for (size_t i = first; i < last; i++)
        for (size_t k = 0; k <= (i - first < ORDER ? i - first : ORDER); k++)
            correlation[k] += (double)sound[i] * (double)sound[i - k];
}

/** The frame of the span that is nearest to one. */
static size_t clamp(long frame, struct recording_span span)
{
    if (frame < (long)span.first)
        return span.first;
    return (size_t)frame < span.last ? (size_t)frame : span.last;
}

static void correlate_all(float *sound, size_t frames, struct recording_span fitted,
                          const struct span_list *without, long shift,
                          double correlation[ORDER + 1])
{
    size_t from = fitted.first;
    for (size_t k = 0; k <= ORDER; k++)
        correlation[k] = 0;
    for (size_t i = 0; i < without->count; i++) {
        const size_t first = clamp((long)without->spans[i].first + shift, fitted);
        correlate(sound, frames, from, first, correlation);
        from = clamp((long)without->spans[i].last + shift, fitted);
    }
    correlate(sound, frames, from, fitted.last, correlation);
}

/** Levinson's and Durbin's recursion: the filter whose output has the least energy. */
static void predict(const double correlation[ORDER + 1], double filter[ORDER + 1])
{
    double error = correlation[0] * (1 + assumed_noise), last[ORDER + 1];
    filter[0] = 1;
    for (size_t order = 1; order <= ORDER; order++) {
        double sum = 0;
        for (size_t k = 0; k < order; k++) {
            last[k] = filter[k];
            sum += filter[k] * correlation[order - k];
        }
        const double reflection = error > 0 ? -sum / error : 0;
        for (size_t k = 1; k < order; k++)
            filter[k] = last[k] + reflection * last[order - k];
        filter[order] = reflection;
        error *= 1 - reflection * reflection;
    }
}

/** The first frames, whose past is not known, stay silent: a cut there would look like an event. */
static void filter_block(const double filter[ORDER + 1], const float *in, float *out, size_t frames)
{
    for (size_t k = 0; k <= ORDER; k++) {
        const float coefficient = (float)filter[k];
        for (size_t i = 0; i < frames; i++)
            out[i] += coefficient * in[(ptrdiff_t)i - (ptrdiff_t)k];
    }
}

/** The same up to the ends of a sound that are so near that a cut would do more harm. */
static struct recording_span without_small_cuts(struct recording_span fitted, size_t frames)
{
    return (struct recording_span){fitted.first < FADE ? 0 : fitted.first,
                                   fitted.last + FADE > frames ? frames : fitted.last};
}

float *whiten(const float *sound, size_t frames, struct recording_span fitted,
              const struct span_list *without, long shift)
{
    double correlation[ORDER + 1], filter[ORDER + 1];
    float *white = calloc(frames + 1, sizeof *white);
    if (!white)
        return NULL;
    memcpy(white, sound, frames * sizeof *white);
    correlate_all(white, frames, without_small_cuts(fitted, frames), without, shift, correlation);
    memset(white, 0, frames * sizeof *white);
    predict(correlation, filter);
    for (size_t at = ORDER; at < frames; at += BLOCK)
        filter_block(filter, sound + at, white + at, frames - at < BLOCK ? frames - at : BLOCK);
    return white;
}
