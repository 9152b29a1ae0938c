/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_SUPPORT_H
#define RECORDING_SUPPORT_H

#include "recording_response.h"

/** Segments of playing that tell something wherever they begin: three neighbours and a cut one. */
enum { SUPPORT_SEGMENTS = 5 };

/** In what share of the neighbours among the segments the answer lies at about the same lag, which
 *  drift and lost samples leave so: next to none where a click here resembles a click there, but
 *  nothing else does. NaN: fewer than three neighbours are heard. False: out of memory. */
bool support_find(const struct responses *responses, double *share);

#endif
