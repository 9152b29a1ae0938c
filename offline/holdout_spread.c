/* SPDX-License-Identifier: ISC */
#include "holdout_spread.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PASSAGES = 4 };

/** Share of what is usable that a set gets, and limits of a passage, s. */
static const double share = 0.1, shortest_seconds = 0.5, longest_seconds = 5;

/** Passages this far below the mean power are silence and tell nothing. */
static const double silent = 1e-4;

/** A passage that may be chosen. */
struct candidate {
    size_t first;    ///< frame of the recording
    unsigned region; ///< of the usable time
    double power;    ///< of the dry sound
    double rank;     ///< share of the candidates that are softer
};

struct choice {
    const struct recording *recording;
    const struct span_list *usable; ///< frames of the recording
    size_t total;                   ///< in them
    size_t length;                  ///< frames of a passage
    unsigned passages, regions;
    struct candidate *candidates;
    size_t count;
    bool taken[MOST_PASSAGES * HOLDOUT_SETS]; ///< by region
};

static double power(const float *samples, size_t frames)
{
    double sum = 0;
    for (size_t i = 0; i < frames; i++)
        sum += (double)samples[i] * (double)samples[i];
    return sum / (double)frames;
}

/** Adds the passages of a span, before which `before` frames are usable, that lie in one region. */
static void add_candidates(struct choice *c, const struct recording_span *span, size_t before)
{
    const struct recording *r = c->recording;
    const double region = (double)c->total / c->regions;
    for (size_t at = span->first; at + c->length <= span->last; at += c->length / 2) {
        const size_t from = before + at - span->first;
        const unsigned first = (unsigned)((double)from / region);
        const unsigned last = (unsigned)((double)(from + c->length - 1) / region);
        if (first == last && first < c->regions)
            c->candidates[c->count++] = (struct candidate){
                .first = at, .region = first, .power = power(r->dry + at, c->length)};
    }
}

static int by_power(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;
    if (one->power != other->power)
        return one->power > other->power ? 1 : -1;
    return (one->first > other->first) - (one->first < other->first);
}

/** Drops silent candidates and ranks the others. */
static void rank(struct choice *c)
{
    double mean = 0;
    size_t softest = 0;
    for (size_t i = 0; i < c->count; i++)
        mean += c->candidates[i].power / (double)c->count;
    qsort(c->candidates, c->count, sizeof *c->candidates, by_power);
    while (softest < c->count && c->candidates[softest].power <= silent * mean)
        softest++;
    for (size_t i = softest; i < c->count; i++) {
        c->candidates[i - softest] = c->candidates[i];
        c->candidates[i - softest].rank =
            ((double)(i - softest) + 0.5) / (double)(c->count - softest);
    }
    c->count -= softest;
}

/** False: out of memory. */
static bool find_candidates(struct choice *c)
{
    c->candidates = calloc(2 * c->total / c->length + 1, sizeof *c->candidates);
    if (!c->candidates)
        return false;
    size_t before = 0;
    for (size_t i = 0; i < c->usable->count; i++) {
        add_candidates(c, &c->usable->spans[i], before);
        before += c->usable->spans[i].last - c->usable->spans[i].first;
    }
    rank(c);
    return true;
}

/** The candidate of rank `wanted`, or nearest to it, in regions that are set `set`'s of `sets` and
 *  hold no other passage. NULL: there is none. */
static const struct candidate *nearest(const struct choice *c, unsigned set, unsigned sets,
                                       double wanted)
{
    const struct candidate *best = NULL;
    for (size_t i = 0; i < c->count; i++) {
        const struct candidate *here = &c->candidates[i];
        if (here->region % sets == set && !c->taken[here->region] &&
            (!best || fabs(here->rank - wanted) < fabs(best->rank - wanted)))
            best = here;
    }
    return best;
}

static bool choose_set(struct choice *c, unsigned set, unsigned sets, struct span_list *list)
{
    const size_t start = c->recording->start;
    for (unsigned i = 0; i < c->passages; i++) {
        const struct candidate *found = nearest(c, set, sets, (i + 0.5) / c->passages);
        if (!found)
            continue;
        c->taken[found->region] = true;
        if (!spans_add(list, start + found->first, start + found->first + c->length))
            return false;
    }
    spans_join(list, 1);
    return true;
}

bool holdout_spread(const struct recording *r, const struct span_list *usable,
                    struct span_list *const *lists, unsigned sets)
{
    struct choice c = {.recording = r, .usable = usable, .total = spans_total(usable)};
    const double frames = share * (double)c.total;
    const double passages = floor(frames / (shortest_seconds * r->rate));
    c.passages = (unsigned)fmin(fmax(passages, 1), MOST_PASSAGES);
    c.regions = c.passages * sets;
    c.length = (size_t)fmin(frames / c.passages, longest_seconds * r->rate);
    if (sets == 0 || c.length < 2)
        return true;
    bool good = find_candidates(&c);
    for (unsigned set = 0; good && set < sets; set++)
        good = choose_set(&c, set, sets, lists[set]);
    free(c.candidates);
    return good;
}
