/* SPDX-License-Identifier: ISC */
/* Files that carry several networks of one device, the best first: `sizes` in the configuration
 * holds the configurations of the others, whose tensors have the prefix "sizes.N." (presets/
 * README.md). Each is looked at as if it were a file of its own. Not real-time. */
#ifndef XL_SIZES_H
#define XL_SIZES_H

#include "engine.h"

/** Number of networks in a file, from 1 to XLSTM_MAX_SIZES; 0 and a reason if its list of them
 * makes no sense, or if they do not agree on knobs and sample rate. */
size_t xl_sizes_count(const struct xl_tensors *file, struct xlstm_error *error);

/** One network of a file that xl_sizes_count() was content with, `which` below its number. The
 *  caller frees `part`, whose tensors point to where those of `file` do. False: out of memory. */
bool xl_sizes_select(struct xl_tensors *part, const struct xl_tensors *file, size_t which,
                     struct xlstm_error *error);

/** Makes a model of one network of a file; `file` may go afterwards. NULL and a reason on failure.
 */
xlstm_model *xl_sizes_model(const struct xl_tensors *file, size_t which,
                            const struct xl_engine *engine, struct xlstm_error *error);

/** Whether all networks of a file can be run. */
bool xl_sizes_check(const struct xl_tensors *file, struct xlstm_error *error);

#endif
