/* SPDX-License-Identifier: ISC */
/* The sound of the test signal. */
#ifndef SIGNAL_PLAY_H
#define SIGNAL_PLAY_H

#include "signal_layout.h"

#include <stdbool.h>

/** Fills `out` with the layout's frames, within ±1. The same on every machine up to rounding in
 *  the last bits of single precision. False: out of memory. */
bool signal_generate(const struct signal_layout *layout, float *out);

#endif
