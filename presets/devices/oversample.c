/* SPDX-License-Identifier: ISC */
#include "oversample.h"

#include <soxr.h>

enum { BLOCK = 1024 };

struct converter {
    soxr_t up, down;
    device_step *step;
    void *device;
    float *samples; ///< read at `read`, overwritten behind it at `written`
    size_t read, written, count;
    double fine[BLOCK]; ///< audio at the device's rate
};

static soxr_t make_resampler(double from, double to)
{
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, SOXR_LINEAR_PHASE);
    return soxr_create(from, to, 1, NULL, &io, &quality, NULL);
}

/** Feeds `length` fine samples to the way down (none: the end) and stores what comes out. */
static bool come_down(struct converter *converter, size_t length)
{
    double block[BLOCK];
    size_t used = 0, made;
    do {
        size_t taken = 0;
        if (soxr_process(converter->down, length ? converter->fine + used : NULL, length - used,
                         &taken, block, BLOCK, &made))
            return false;
        used += taken;
        for (size_t i = 0; i < made && converter->written < converter->count; i++)
            converter->samples[converter->written++] = (float)block[i];
    } while (used < length || made == BLOCK);
    return true;
}

/** Feeds `length` samples to the way up (none: the end) and runs the device on what comes out. */
static bool go_up(struct converter *converter, const double *block, size_t length)
{
    size_t used = 0, made;
    do {
        size_t taken = 0;
        if (soxr_process(converter->up, length ? block + used : NULL, length - used, &taken,
                         converter->fine, BLOCK, &made))
            return false;
        used += taken;
        for (size_t i = 0; i < made; i++)
            converter->fine[i] = converter->step(converter->device, converter->fine[i]);
        if (made > 0 && !come_down(converter, made))
            return false;
    } while (used < length || made > 0);
    return true;
}

static bool convert(struct converter *converter)
{
    while (converter->read < converter->count) {
        double block[BLOCK];
        size_t length = 0;
        while (length < BLOCK && converter->read < converter->count)
            block[length++] = converter->samples[converter->read++];
        if (!go_up(converter, block, length))
            return false;
    }
    return go_up(converter, NULL, 0) && come_down(converter, 0);
}

bool oversample(float *samples, size_t count, double rate, unsigned factor, device_step *step,
                void *device, struct failure *failure)
{
    struct converter converter = {
        .up = make_resampler(rate, rate * factor),
        .down = make_resampler(rate * factor, rate),
        .step = step,
        .device = device,
        .samples = samples,
        .count = count,
    };
    const bool converted = converter.up && converter.down && convert(&converter);
    soxr_delete(converter.up);
    soxr_delete(converter.down);
    if (!converted)
        return fail(failure, "the resampler failed");
    return converter.written == count ||
           fail(failure, "the resampler gave %zu samples for %zu", converter.written, count);
}
