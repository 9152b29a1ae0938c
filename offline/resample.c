/* SPDX-License-Identifier: ISC */
#include "resample.h"

#include "report.h"

#include <math.h>

bool resample_start(soxr_t *resampler, double in_rate, double out_rate, unsigned channels,
                    struct xlstm_error *error)
{
    soxr_error_t problem;
    soxr_io_spec_t layouts = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    *resampler = soxr_create(in_rate, out_rate, channels, &problem, &layouts, &quality, NULL);
    return *resampler ||
           fail(error, "cannot be resampled from %g to %g Hz: %s", in_rate, out_rate, problem);
}

size_t resample_length(size_t frames, double in_rate, double out_rate)
{
    return (size_t)llround((double)frames * out_rate / in_rate);
}
