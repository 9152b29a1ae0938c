/* SPDX-License-Identifier: ISC */
/* What a wet recording holds that is no answer to the dry one. */
#ifndef RECORDING_NOISE_H
#define RECORDING_NOISE_H

#include "recording.h"

/** Finds noise floor and hum. False: out of memory. */
bool recording_find_noise(struct recording *recording);

#endif
