/* SPDX-License-Identifier: ISC */
#include "recording_spans.h"

#include <stdlib.h>

enum { FIRST_ROOM = 16 };

bool spans_add(struct span_list *list, size_t first, size_t last)
{
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : FIRST_ROOM;
        struct recording_span *spans = realloc(list->spans, room * sizeof *spans);
        if (!spans)
            return false;
        list->spans = spans;
        list->room = room;
    }
    list->spans[list->count++] = (struct recording_span){first, last};
    return true;
}

static int by_first(const void *a, const void *b)
{
    const struct recording_span *one = a, *other = b;
    return (one->first > other->first) - (one->first < other->first);
}

void spans_join(struct span_list *list, size_t gap)
{
    size_t kept = 0;
    if (list->count > 0)
        qsort(list->spans, list->count, sizeof *list->spans, by_first);
    for (size_t i = 1; i < list->count; i++) {
        struct recording_span *last = &list->spans[kept], *next = &list->spans[i];
        if (next->first < last->last + gap)
            last->last = next->last > last->last ? next->last : last->last;
        else
            list->spans[++kept] = *next;
    }
    if (list->count > 0)
        list->count = kept + 1;
}

bool spans_between(const struct span_list *list, size_t frames, size_t shortest,
                   struct span_list *rest)
{
    size_t from = 0;
    for (size_t i = 0; i <= list->count; i++) {
        const size_t to = i < list->count ? list->spans[i].first : frames;
        if (to >= from + shortest && !spans_add(rest, from, to))
            return false;
        if (i < list->count)
            from = list->spans[i].last;
    }
    return true;
}

bool spans_common(const struct span_list *a, const struct span_list *b, size_t shortest,
                  struct span_list *common)
{
    for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
        const struct recording_span *one = &a->spans[i], *other = &b->spans[k];
        const size_t first = one->first > other->first ? one->first : other->first;
        const size_t last = one->last < other->last ? one->last : other->last;
        if (last > first && last - first >= shortest && !spans_add(common, first, last))
            return false;
        if (one->last < other->last)
            i++;
        else
            k++;
    }
    return true;
}

bool spans_touch(const struct span_list *list, long first, long last)
{
    for (size_t i = 0; i < list->count; i++)
        if ((long)list->spans[i].first < last && (long)list->spans[i].last > first)
            return true;
    return false;
}

size_t spans_total(const struct span_list *list)
{
    size_t total = 0;
    for (size_t i = 0; i < list->count; i++)
        total += list->spans[i].last - list->spans[i].first;
    return total;
}

void spans_free(struct span_list *list)
{
    free(list->spans);
    *list = (struct span_list){0};
}
