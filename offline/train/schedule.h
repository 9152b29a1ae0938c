/* SPDX-License-Identifier: ISC */
/* How a stage of a run goes from its start (share 0) to its end (1): see struct train_options. */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include "trainer.h"

/** Frames that a gradient should see where training a network of `macs` multiply-adds for each
 * frame takes `share` of the run: short runs need many updates, long ones long windows. */
unsigned schedule_window(const struct train_options *options, double share, double macs);

/** Learning rate at a share of the stage. */
double schedule_rate(const struct train_options *options, double share);

/** What a moving average of the weights keeps of itself in an update, so that it spans its share of
 *  a stage whose first `updates` updates took `share` of it. */
double schedule_average(const struct train_options *options, uint64_t updates, double share);

/** Whether validation has settled: the best was found at share `best`, `updates` ago, and nothing
 *  better since. Not before most of the stage is over, as it may rest while the rate is high, nor
 *  after few updates, in which little is learned. */
bool schedule_settled(const struct train_options *options, double share, double best,
                      uint64_t updates);

#endif
