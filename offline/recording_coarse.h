/* SPDX-License-Identifier: ISC */
/* Which channels of two takes belong together, and about how late the wet one comes. */
#ifndef RECORDING_COARSE_H
#define RECORDING_COARSE_H

#include "recording_take.h"

#include <stdbool.h>

struct coarse {
    long lag;     ///< to within a few milliseconds
    size_t where; ///< frame of the dry take around which it holds
    double confidence;
    bool clock_known; ///< both markers of the test signal were found
    double stretch;   ///< then: of the wet take's clock against the dry one's, beyond 1
};

/** Chooses the channels, says so, renders them at `rate` and finds the lag: by the markers if the
 *  dry take is the test signal (recorded in `recording`), else by correlation. False, with a
 *  sentence that names the file, on failure. */
bool coarse_find(struct recording *recording, struct take *dry, struct take *wet, double rate,
                 struct coarse *coarse, struct xlstm_error *error);

#endif
