/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_FOLLOW_H
#define RECORDING_FOLLOW_H

#include "recording_response.h"
#include "recording_spans.h"

/** Adds the passages of the dry sound, of many seconds each, in which the wet one does not answer
 *  where it does elsewhere: it was cut there, or something else was played. All jumps and drift are
 *  undone, and the answer begins at the centre. False: out of memory. */
bool follow_find(const struct responses *responses, struct span_list *lost);

#endif
