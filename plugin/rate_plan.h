/* SPDX-License-Identifier: ISC */
/* How a model of one sample rate plays in a host of another, at a multiple of its own. */
#ifndef PLUGIN_RATE_PLAN_H
#define PLUGIN_RATE_PLAN_H

/** Three ways, of which the first that fits is taken:
 *
 *  - the host's rate is the model's, or up to four times that: streams take turns with its frames,
 *    without latency and without a filter;
 *  - that is not yet the multiple asked for: an oversampler doubles or quadruples the rate, and
 *    each stream has its planes as channels;
 *  - any other rate: a library converts to the multiple of the model's rate, and streams take
 *    turns. */
struct rate_plan {
    unsigned factor;  ///< of the oversampler; 1: none
    unsigned turns;   ///< streams that take turns
    double converted; ///< Hz that the library converts to and from; 0: not needed
};

/** Rates in Hz; a model that states none plays at any. `oversampling` is 1, 2 or 4. */
struct rate_plan rate_plan(double host_rate, double model_rate, unsigned oversampling);

#endif
