/* SPDX-License-Identifier: ISC */
#include "recording_whiten.h"

#include <stdlib.h>

enum { ORDER = 32, BLOCK = 4096 };

/** Noise that is assumed in the sound, of its energy: what lies deeper is not lifted any further.
 */
static const double assumed_noise = 1e-9;

/** Adds the products of the frames [first, last) with those before them, as if there were silence
 *  outside: otherwise there may be no stable filter. */
static void correlate(const float *sound, size_t first, size_t last, double correlation[ORDER + 1])
{
    for (size_t i = first; i < last; i++)
        for (size_t k = 0; k <= (i - first < ORDER ? i - first : ORDER); k++)
            correlation[k] += (double)sound[i] * (double)sound[i - k];
}

static size_t clamp(long frame, size_t frames)
{
    return frame < 0 ? 0 : (size_t)frame < frames ? (size_t)frame : frames;
}

static void correlate_all(const float *sound, size_t frames, const struct span_list *without,
                          long shift, double correlation[ORDER + 1])
{
    size_t from = 0;
    for (size_t k = 0; k <= ORDER; k++)
        correlation[k] = 0;
    for (size_t i = 0; i < without->count; i++) {
        const size_t first = clamp((long)without->spans[i].first + shift, frames);
        correlate(sound, from, first, correlation);
        from = clamp((long)without->spans[i].last + shift, frames);
    }
    correlate(sound, from, frames, correlation);
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

float *whiten(const float *sound, size_t frames, const struct span_list *without, long shift)
{
    double correlation[ORDER + 1], filter[ORDER + 1];
    float *white = calloc(frames + 1, sizeof *white);
    if (!white)
        return NULL;
    correlate_all(sound, frames, without, shift, correlation);
    predict(correlation, filter);
    for (size_t at = ORDER; at < frames; at += BLOCK)
        filter_block(filter, sound + at, white + at, frames - at < BLOCK ? frames - at : BLOCK);
    return white;
}
