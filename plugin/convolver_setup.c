/* SPDX-License-Identifier: ISC */
/* Making and freeing convolvers. */
#include "convolver.h"

#include <stdlib.h>
#include <string.h>

/** Memory of zeros as FFTW wants it. */
static void *aligned_zeros(size_t count, size_t size)
{
    void *memory = fftwf_malloc(count * size);
    if (memory)
        memset(memory, 0, count * size);
    return memory;
}

static bool make_buffers(struct convolver *convolver)
{
    const size_t parts = convolver->parts > 0 ? convolver->parts : 1;
    convolver->response = aligned_zeros(parts, sizeof *convolver->response);
    convolver->heard = aligned_zeros(parts, sizeof *convolver->heard);
    convolver->spectrum = aligned_zeros(1, sizeof *convolver->spectrum);
    convolver->sum = aligned_zeros(1, sizeof *convolver->sum);
    convolver->window = aligned_zeros(CONVOLVER_WINDOW, sizeof *convolver->window);
    convolver->wave = aligned_zeros(CONVOLVER_WINDOW, sizeof *convolver->wave);
    return convolver->response && convolver->heard && convolver->spectrum && convolver->sum &&
           convolver->window && convolver->wave;
}

/** Plans are made by estimate, which measures nothing and is done in no time. The planner is one
 *  for the whole process; that other plugins may be planning too is why it is made thread-safe. */
static bool make_plans(struct convolver *convolver)
{
    const fftwf_iodim size = {CONVOLVER_WINDOW, 1, 1};
    fftwf_make_planner_thread_safe();
    convolver->forward =
        fftwf_plan_guru_split_dft_r2c(1, &size, 0, NULL, convolver->window, convolver->spectrum->re,
                                      convolver->spectrum->im, FFTW_ESTIMATE);
    convolver->back = fftwf_plan_guru_split_dft_c2r(
        1, &size, 0, NULL, convolver->sum->re, convolver->sum->im, convolver->wave, FFTW_ESTIMATE);
    return convolver->forward && convolver->back;
}

/** Transforms up to CONVOLVER_PART taps, with the factor of the way back. */
static void transform_part(struct convolver *convolver, const float *taps, uint32_t count,
                           struct spectrum *part)
{
    memset(convolver->window, 0, CONVOLVER_WINDOW * sizeof *convolver->window);
    for (uint32_t i = 0; i < count; ++i)
        convolver->window[i] = taps[i] / (float)CONVOLVER_WINDOW;
    fftwf_execute(convolver->forward);
    *part = *convolver->spectrum;
}

static void take_response(struct convolver *convolver, const float *taps, uint32_t count)
{
    memcpy(convolver->head, taps, convolver->head_taps * sizeof *taps);
    for (uint32_t part = 0; part < convolver->parts; ++part) {
        const uint32_t from = (part + 1) * CONVOLVER_PART, left = count - from;
        transform_part(convolver, taps + from, left < CONVOLVER_PART ? left : CONVOLVER_PART,
                       &convolver->response[part]);
    }
}

struct convolver *convolver_new(const float *taps, uint32_t count)
{
    struct convolver *convolver = calloc(1, sizeof *convolver);
    if (!convolver)
        return NULL;
    convolver->head_taps = count < CONVOLVER_PART ? count : CONVOLVER_PART;
    convolver->parts = (count - convolver->head_taps + CONVOLVER_PART - 1) / CONVOLVER_PART;
    if (!make_buffers(convolver) || !make_plans(convolver)) {
        convolver_free(convolver);
        return NULL;
    }
    take_response(convolver, taps, count);
    convolver_reset(convolver);
    return convolver;
}

void convolver_free(struct convolver *convolver)
{
    if (!convolver)
        return;
    if (convolver->forward)
        fftwf_destroy_plan(convolver->forward);
    if (convolver->back)
        fftwf_destroy_plan(convolver->back);
    fftwf_free(convolver->response);
    fftwf_free(convolver->heard);
    fftwf_free(convolver->spectrum);
    fftwf_free(convolver->sum);
    fftwf_free(convolver->window);
    fftwf_free(convolver->wave);
    free(convolver);
}
