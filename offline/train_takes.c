/* SPDX-License-Identifier: ISC */
#include "train_takes.h"

#include "decibel.h"
#include "esr.h"
#include "report.h"

#include <string.h>

/** Takes of a device that was left alone differ by less, dB: its noise, and part of a frame that
 *  one of them comes later. */
static const double one_device = -20;

/** Two recordings and the frames, in those of the dry file, that both hold. */
struct both {
    const struct recording *a, *b;
    size_t first, last;
};

static struct both both_of(const struct recording *a, const struct recording *b)
{
    const size_t end_a = a->start + a->frames, end_b = b->start + b->frames;
    return (struct both){a, b, a->start > b->start ? a->start : b->start,
                         end_a < end_b ? end_a : end_b};
}

static bool same_dry(const struct both *t)
{
    return t->first < t->last &&
           memcmp(t->a->dry + (t->first - t->a->start), t->b->dry + (t->first - t->b->start),
                  (t->last - t->first) * sizeof *t->a->dry) == 0;
}

/** How far the answers differ, dB; -infinity if they have nothing usable in common. */
static double difference(const struct both *t)
{
    struct esr_sums sums = {0};
    const struct recording *a = t->a, *b = t->b;
    for (size_t i = 0, k = 0; i < a->span_count && k < b->span_count;) {
        const size_t first_a = a->spans[i].first + a->start, first_b = b->spans[k].first + b->start;
        const size_t last_a = a->spans[i].last + a->start, last_b = b->spans[k].last + b->start;
        const size_t first = first_a > first_b ? first_a : first_b;
        const size_t last = last_a < last_b ? last_a : last_b;
        if (first < last)
            esr_add(&sums, a->wet + (first - a->start), b->wet + (first - b->start), 1,
                    last - first);
        if (last_a < last_b)
            i++;
        else
            k++;
    }
    return decibels_of_power(sums.target > 0 ? esr_of(&sums).esr : 0);
}

void train_takes_compare(const struct train_pairs *r, char **paths,
                         const float (*knobs)[XLSTM_MAX_KNOBS])
{
    size_t one = 0, other = 0;
    double most = one_device;
    for (size_t i = 0; i < r->count; i++)
        for (size_t k = 0; k < i; k++) {
            const struct both both = both_of(&r->recordings[k], &r->recordings[i]);
            if (memcmp(knobs[i], knobs[k], sizeof knobs[i]) != 0 || !same_dry(&both))
                continue;
            const double here = difference(&both);
            if (here > most) {
                most = here;
                one = k;
                other = i;
            }
        }
    if (most > one_device)
        complain(NULL,
                 "%s and %s are of the same dry sound and differ (%.1f dB), but no --knob tells "
                 "them apart: a model can learn only what lies between",
                 paths[2 * one + 1], paths[2 * other + 1], most);
}
