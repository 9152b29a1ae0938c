/* SPDX-License-Identifier: ISC */
/* A feed-forward compressor with a memory of about a second, after D. Giannoulis, M. Massberg and
 * J. D. Reiss, "Digital dynamic range compressor design", JAES 60(6), 2012: a soft knee computes
 * the wanted gain reduction from the level of each frame, in decibels, and a branching one-pole
 * smoother lets it grow with the attack and shrink with the release. */
#ifndef DEVICES_COMPRESSOR_H
#define DEVICES_COMPRESSOR_H

#include "expression.h"

struct compressor {
    double threshold, knee, makeup; ///< dBFS, width in dB, dB
    double slope;                   ///< 1 - 1 / ratio
    double attack, release;         ///< what remains of a difference after a frame
    double reduction;               ///< state: present gain reduction, dB
};

/** The parameters threshold (dBFS), ratio, knee (dB), attack, release (ms) and makeup (dB), at
 *  their defaults. */
extern const struct parameters compressor_defaults;

/** Makes a compressor at rest for `rate` frames a second. `settings` override the defaults. */
bool compressor_init(struct compressor *compressor, const struct parameters *settings, double rate,
                     struct failure *failure);

/** Compresses one frame. */
double compressor_step(struct compressor *compressor, double in);

#endif
