/* SPDX-License-Identifier: ISC */
/* Lists of passages. */
#ifndef RECORDING_SPANS_H
#define RECORDING_SPANS_H

#include "recording.h"

/** Zero-initialise. Owns its spans. */
struct span_list {
    struct recording_span *spans;
    size_t count, room;
};

/** Adds [first, last), in any order. False: out of memory. */
bool spans_add(struct span_list *list, size_t first, size_t last);

/** Puts the spans in order and joins those less than `gap` frames apart. */
void spans_join(struct span_list *list, size_t gap);

/** What a joined list leaves of `frames` frames, in pieces of `shortest` or more. False: out of
 *  memory. */
bool spans_between(const struct span_list *list, size_t frames, size_t shortest,
                   struct span_list *rest);

/** Adds the frames that two joined lists have in common, in pieces of `shortest` or more. False:
 * out of memory. */
bool spans_common(const struct span_list *a, const struct span_list *b, size_t shortest,
                  struct span_list *common);

/** Whether a span has frames in common with [first, last). */
bool spans_touch(const struct span_list *list, long first, long last);

/** Frames in all spans. */
size_t spans_total(const struct span_list *list);

/** Empties the list and frees its memory. */
void spans_free(struct span_list *list);

#endif
