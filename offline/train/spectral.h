/* SPDX-License-Identifier: ISC */
/* A loss of several short-time spectra, deaf to phase. For each resolution N that fits a window,
 * Hann-weighted stretches of N frames, N / 2 apart, are transformed; with
 *
 *   M = sqrt(|bin|^2 + floor)      P = sum of the squared Hann window x the target's mean square
 *
 * and floor = SPECTRAL_FLOOR x P, the loss is the mean, over resolutions, of the means over
 * stretches and the N / 2 + 1 bins of
 *
 *   (M of the output - M of the target)^2 / P  +  |ln (M of the output / M of the target)|
 *
 * The first term weighs loud partials as the error-to-signal ratio does, the second hears quiet
 * ones too. P comes from all recordings, so that loss and gradient do not depend on how windows
 * fall. */
#ifndef TRAIN_SPECTRAL_H
#define TRAIN_SPECTRAL_H

#include <stddef.h>

/** Frames of the stretches. */
enum { SPECTRAL_RESOLUTIONS = 3, SPECTRAL_LONGEST = 512 };
extern const size_t spectral_sizes[SPECTRAL_RESOLUTIONS];

/** Overlap: stretches begin a share of 1 / SPECTRAL_HOPS of their length apart. */
enum { SPECTRAL_HOPS = 2 };

/** Power, for each P, below which a bin counts as silent. */
#define SPECTRAL_FLOOR 1e-8

/** Transforms and windows, shared by all threads. */
struct spectral;

/** Plans the loss for targets of this mean square (above 0). Not thread-safe (FFTW's planner), and
 *  the same each time: plans are estimated, not timed. NULL: out of memory. */
struct spectral *spectral_new(double mean_square);
void spectral_free(struct spectral *spectral);

/** Numbers of work that spectral_loss() needs, aligned to 64 bytes, for each thread. */
size_t spectral_work(void);

/** The loss of a window of `frames`; 0 if no stretch fits. `scale` times its gradient is added to
 *  `gradient`, unless that is NULL. */
double spectral_loss(const struct spectral *spectral, const float *output, const float *target,
                     size_t frames, double scale, float *gradient, float *work);

#endif
