/* SPDX-License-Identifier: ISC */
/* Convolution of one channel with an impulse response, without latency, for calls of any length:
 *
 *     out = direct sum over the response's first CONVOLVER_PART taps            (the head)
 *         + its further parts, each a product of spectra, ready when needed     (the tail)
 *
 * The tail of a block of CONVOLVER_PART frames depends on frames before the block alone. The
 * products of all its parts but the first, which waits for the newest frames, are spread over the
 * block before, so that no call works much longer than its share. The order of all sums is fixed:
 * cutting a run into other calls changes no bit.
 *
 * Why not zita-convolver, which Debian has: it works in blocks of a fixed length, for which hosts
 * with others would pay with latency, and all but its shortest parts in threads of its own, for
 * which process() waits on semaphores; the real-time law forbids that. The transforms are FFTW's.
 *
 * Created in convolver_setup.c, run in convolver.c. */
#ifndef PLUGIN_CONVOLVER_H
#define PLUGIN_CONVOLVER_H

#include "xlstm.h"

#include <fftw3.h>

enum {
    CONVOLVER_PART = 128,                  ///< frames
    CONVOLVER_WINDOW = 2 * CONVOLVER_PART, ///< of a transform
    CONVOLVER_BINS = CONVOLVER_PART + 4,   ///< room for a spectrum, a multiple of 4 numbers
};

/** A spectrum, real and imaginary parts; what follows the CONVOLVER_PART + 1 bins is 0. */
struct spectrum {
    float re[CONVOLVER_BINS], im[CONVOLVER_BINS];
};

struct convolver {
    uint32_t head_taps;         ///< of the head, at most CONVOLVER_PART
    uint32_t parts;             ///< of the tail
    uint32_t at;                ///< frames of the present block that came already
    uint32_t added;             ///< parts of the next block's tail that are in `sum`
    uint32_t newest;            ///< place in `heard` of the last block's spectrum
    uint32_t known;             ///< spectra in `heard` that count, the others are of silence
    fftwf_plan forward;         ///< window -> spectrum
    fftwf_plan back;            ///< sum -> wave
    struct spectrum *response;  ///< part after part, scaled for the way back
    struct spectrum *heard;     ///< of the last `parts` blocks, each with the one before it
    struct spectrum *spectrum;  ///< what `forward` writes
    struct spectrum *sum;       ///< what `back` reads: of the next block's tail
    float *window;              ///< CONVOLVER_WINDOW: the last block and the present one
    float *wave;                ///< CONVOLVER_WINDOW; its second half is the present block's tail
    float head[CONVOLVER_PART]; ///< the first taps
};

/** At rest, for a response of `count` taps (1 or more), which is copied. Not real-time.
 *  NULL: out of memory. */
struct convolver *convolver_new(const float *taps, uint32_t count);

/** NULL is fine. Not real-time. */
void convolver_free(struct convolver *convolver);

/** Forgets all sound; takes no longer for a long response. Real-time. */
void convolver_reset(struct convolver *convolver) XLSTM_REALTIME;

/** Convolves any number of frames, in place or not. Real-time. */
void convolver_run(struct convolver *convolver, const float *in, float *out,
                   uint32_t frames) XLSTM_REALTIME;

#endif
