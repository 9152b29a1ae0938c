/* SPDX-License-Identifier: ISC */
/* Many channels of a model side by side in the lanes of vectors, step after step through all
 * layers: no lane is padding, whatever the widths, and nothing is summed across lanes. For models
 * of dense layers and bare cells; the bits of a channel are those that it has alone. */
#ifndef XL_LANES_H
#define XL_LANES_H

#include "engine.h"
#include "isa.h"

/** Whether there is such a form of the model, and it is faster for so many channels. */
bool XL_FN(xl_in_lanes)(const struct xl_plan *plan, size_t channels);
#define xl_in_lanes XL_FN(xl_in_lanes)

/** The call, for a model and a number of channels of which xl_in_lanes() is true. Real-time. */
void XL_FN(xl_lanes_forward)(const struct xl_plan *plan, const struct xl_call *call);
#define xl_lanes_forward XL_FN(xl_lanes_forward)

#endif
