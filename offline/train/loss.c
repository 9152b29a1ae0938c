/* SPDX-License-Identifier: ISC */
#include "loss.h"

#include "esr.h"

static const float EMPHASIS = (float)ESR_EMPHASIS;

static double per_frame(double energy, size_t frames)
{
    return energy > 0 ? (double)frames / energy : 0;
}

struct loss loss_for(const struct train_set *set, double emphasis_weight)
{
    double plain = 0, emphasised = 0;
    size_t frames = 0;
    for (size_t p = 0; p < set->count; p++) {
        float last = 0;
        for (size_t i = set->pairs[p].lead_in; i < set->pairs[p].frames; i++) {
            const float x = set->pairs[p].wet[i], high = x - EMPHASIS * last;
            plain += (double)(x * x);
            emphasised += (double)(high * high);
            last = x;
        }
        frames += set->pairs[p].frames - set->pairs[p].lead_in;
    }
    return (struct loss){per_frame(plain, frames), emphasis_weight * per_frame(emphasised, frames)};
}

struct loss_sum loss_of(const struct loss *loss, const float *output, const float *target,
                        size_t frames, float *last, double scale, float *gradient)
{
    struct loss_sum sum = {0, 0};
    const float plain = (float)(2 * scale * loss->plain);
    const float emphasised = (float)(2 * scale * loss->emphasised);
    for (size_t i = 0; i < frames; i++) {
        const float e = output[i] - target[i], high = e - EMPHASIS * *last;
        sum.error += (double)(e * e);
        sum.emphasised += (double)(high * high);
        if (gradient) {
            gradient[i] = plain * e + emphasised * high;
            if (i > 0)
                gradient[i - 1] -= EMPHASIS * emphasised * high;
        }
        *last = e;
    }
    sum.error *= loss->plain;
    sum.emphasised *= loss->emphasised;
    return sum;
}
