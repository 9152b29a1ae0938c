/* SPDX-License-Identifier: ISC */
/* The audio thread's part of a cabinet: never allocates. */
#include "cabinet.h"

bool cabinet_sounds(const struct cabinet *cabinet)
{
    return cabinet->convolvers[0] != NULL;
}

void cabinet_reset(struct cabinet *cabinet)
{
    for (unsigned c = 0; cabinet_sounds(cabinet) && c < cabinet->channels; ++c)
        convolver_reset(cabinet->convolvers[c]);
}

void cabinet_play(struct cabinet *cabinet, float *const *in, float *const *out, uint32_t frames)
{
    for (unsigned c = 0; c < cabinet->channels; ++c)
        convolver_run(cabinet->convolvers[c], in[c], out[c], frames);
}
