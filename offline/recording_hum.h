/* SPDX-License-Identifier: ISC */
/* Mains hum. */
#ifndef RECORDING_HUM_H
#define RECORDING_HUM_H

#include "recording.h"

struct hum {
    double frequency; ///< of the mains, 50 or 60 Hz; 0: there is none
    double power;     ///< of all its harmonics, 1 is that of a square wave at full scale
};

/** Looks for steady lines at the harmonics of the mains that the wet sound has and the dry one does
 *  not. Recordings of less than about five seconds cannot tell. False: out of memory. */
bool hum_find(const struct recording *recording, struct hum *hum);

#endif
