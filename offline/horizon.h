/* SPDX-License-Identifier: ISC */
/* How long a model remembers: what it heard before changes its answer for so long. */
#ifndef HORIZON_H
#define HORIZON_H

#include "xlstm.h"

/** What was measured. */
struct horizon {
    double seconds; ///< until the answers agree to HORIZON_DECIBELS; NaN: could not be measured
    bool beyond;    ///< they did not within `seconds`
};

/** Answers agree when their difference is this far below the answer. */
#define HORIZON_DECIBELS (-60.0)

/** Longest time that is waited. */
#define HORIZON_MOST_SECONDS 10.0

/** Measures it for an audio model: one channel hears a loud burst, the other silence, then both the
 *  same soft noise. */
struct horizon horizon_measure(const xlstm_model *model);

#endif
