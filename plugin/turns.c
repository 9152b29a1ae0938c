/* SPDX-License-Identifier: ISC */
/* The audio thread's part of streams that take turns: never allocates. */
#include "turns.h"

void turns_reset(struct turns *turns)
{
    turns->next = 0;
    for (unsigned s = 0; s < turns->count; ++s)
        xlstm_stream_reset(turns->streams[s]);
}

void turns_set_knob(struct turns *turns, size_t knob, float value)
{
    for (unsigned s = 0; s < turns->count; ++s)
        xlstm_stream_set_knob(turns->streams[s], knob, value);
}

/** Plays every `count`-th frame from frame `first` on through a stream. */
static void play_share(struct turns *turns, unsigned stream, uint32_t first, const float *const *in,
                       float *const *out, uint32_t frames)
{
    const unsigned count = turns->count;
    uint32_t share = 0;
    for (unsigned lane = 0; lane < turns->lanes; ++lane) {
        share = 0;
        for (uint32_t i = first; i < frames; i += count)
            turns->lines[lane][share++] = in[lane][i];
    }
    xlstm_stream_process(turns->streams[stream], (const float *const *)turns->lines, turns->lines,
                         share);
    for (unsigned lane = 0; lane < turns->lanes; ++lane)
        for (uint32_t i = first, from = 0; i < frames; i += count)
            out[lane][i] = turns->lines[lane][from++];
}

void turns_play(struct turns *turns, const float *const *in, float *const *out, uint32_t frames)
{
    if (turns->count == 1) {
        xlstm_stream_process(turns->streams[0], in, out, frames);
        return;
    }
    for (unsigned first = 0; first < turns->count; ++first)
        play_share(turns, (turns->next + first) % turns->count, first, in, out, frames);
    turns->next = (turns->next + frames) % turns->count;
}
