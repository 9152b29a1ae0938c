/* SPDX-License-Identifier: ISC */
/* Takes out of a sound what could be foretold from its own past (linear prediction).
 *
 * A note says little about time: it resembles itself a period later. What is left here is news at
 * every sample. The filter only looks back, so an answer never begins before what it answers to;
 * flattening the spectrum (align.h) would smear it to both sides. */
#ifndef RECORDING_WHITEN_H
#define RECORDING_WHITEN_H

#include "recording_spans.h"

/** The whitened sound, as many frames, for free(). All of it is filtered, but only what lies in
 * `fitted` and in none of the spans, each `shift` frames later, counts for the choice of the
 * filter. NULL: out of memory. */
float *whiten(const float *sound, size_t frames, struct recording_span fitted,
              const struct span_list *without, long shift);

#endif
