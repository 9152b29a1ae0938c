/* SPDX-License-Identifier: ISC */
/* Impulse responses from files: any format that libsndfile reads, of one or two channels. They are
 * converted to the host's rate, cut to RESPONSE_SECONDS, and brought to one loudness: pink noise
 * between 80 Hz and 5 kHz, where a guitar is, leaves as loud as it came. Not real-time. */
#ifndef PLUGIN_RESPONSE_H
#define PLUGIN_RESPONSE_H

#include "ports.h"
#include "xlstm.h"

/** Longest response; what a longer file holds further on is not heard. */
#define RESPONSE_SECONDS 1.0

struct response {
    unsigned channels; ///< 1, or 2: left and right
    uint32_t count;    ///< taps of each
    float *taps[CHANNELS_MAX];
    double seconds; ///< that the file lasts
    bool cut;       ///< whether it lasts longer than RESPONSE_SECONDS
};

/** Reads a response for a host's rate. False: it can't be used, and `error` says why; there is
 *  nothing to be cleared then. */
bool response_read(struct response *response, const char *path, double host_rate,
                   struct xlstm_error *error);

/** Frees the taps. */
void response_clear(struct response *response);

#endif
