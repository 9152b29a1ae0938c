/* SPDX-License-Identifier: ISC */
/* Making and freeing streams that take turns. */
#include "turns.h"

#include <stdlib.h>

static bool make_parts(struct turns *turns, const xlstm_model *model)
{
    turns->streams = calloc(turns->count, sizeof *turns->streams);
    turns->store = calloc(turns->lanes, turns->frames * sizeof *turns->store);
    turns->lines = calloc(turns->lanes, sizeof *turns->lines);
    if (!turns->streams || !turns->store || !turns->lines)
        return false;
    for (unsigned lane = 0; lane < turns->lanes; ++lane)
        turns->lines[lane] = turns->store + (size_t)lane * turns->frames;
    for (unsigned s = 0; s < turns->count; ++s) {
        turns->streams[s] = xlstm_stream_new(model, turns->lanes, turns->frames);
        if (!turns->streams[s])
            return false;
    }
    return true;
}

struct turns *turns_new(const xlstm_model *model, unsigned lanes, unsigned count,
                        uint32_t max_frames)
{
    struct turns *turns = calloc(1, sizeof *turns);
    if (!turns)
        return NULL;
    turns->lanes = lanes;
    turns->count = count;
    turns->frames = (max_frames + count - 1) / count;
    if (!make_parts(turns, model)) {
        turns_free(turns);
        return NULL;
    }
    return turns;
}

void turns_free(struct turns *turns)
{
    if (!turns)
        return;
    for (unsigned s = 0; turns->streams && s < turns->count; ++s)
        xlstm_stream_free(turns->streams[s]);
    free(turns->streams);
    free(turns->store);
    free(turns->lines);
    free(turns);
}
