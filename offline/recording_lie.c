/* SPDX-License-Identifier: ISC */
#include "recording_lie.h"

static void insert_dropout(struct lie *lie, struct recording_dropout dropout)
{
    size_t i = lie->dropout_count++;
    for (; i > 0 && lie->dropouts[i - 1].at > dropout.at; i--)
        lie->dropouts[i] = lie->dropouts[i - 1];
    lie->dropouts[i] = dropout;
}

void lie_join(struct lie *lie, const struct recording_span *lost)
{
    size_t kept = 0;
    struct recording_dropout joined = {lost->last, 0};
    for (size_t i = 0; i < lie->dropout_count; i++) {
        const struct recording_dropout here = lie->dropouts[i];
        if (here.at >= lost->first && here.at < lost->last)
            joined.samples += here.samples;
        else
            lie->dropouts[kept++] = here;
    }
    lie->dropout_count = kept;
    if (lost->first == 0)
        lie->lag += joined.samples;
    else if (joined.samples)
        insert_dropout(lie, joined);
}

void lie_free(struct lie *lie)
{
    spans_free(&lie->lost);
}

long lie_lag(const struct lie *lie, size_t frame)
{
    long lag = lie->lag;
    for (size_t i = 0; i < lie->dropout_count && frame >= lie->dropouts[i].at; i++)
        lag += lie->dropouts[i].samples;
    return lag;
}
