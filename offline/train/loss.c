/* SPDX-License-Identifier: ISC */
#include "loss.h"

#include "esr.h"

static const float EMPHASIS = (float)ESR_EMPHASIS;

static double per_frame(double energy, size_t frames)
{
    return energy > 0 ? (double)frames / energy : 0;
}

bool loss_init(struct loss *loss, const struct train_set *set, const struct train_loss *weights)
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
    *loss = (struct loss){*weights, per_frame(plain, frames), per_frame(emphasised, frames), NULL};
    if (!(weights->stft > 0) || !(plain > 0))
        return true;
    loss->spectral = spectral_new(1 / loss->plain);
    return loss->spectral;
}

void loss_free(struct loss *loss)
{
    spectral_free(loss->spectral);
    loss->spectral = NULL;
}

size_t loss_work(const struct loss *loss)
{
    return loss->spectral ? spectral_work() : 0;
}

/** Squares of the errors, plain and pre-emphasised; adds up the errors as they are. */
static struct loss_sum squares(const struct loss *loss, const struct loss_window *w, double *drift)
{
    double plain = 0, emphasised = 0;
    const double plain_weight = loss->weights.esr * loss->plain;
    const double emphasised_weight = loss->weights.emphasised * loss->emphasised;
    const float plain_slope = (float)(2 * w->scale * plain_weight);
    const float emphasised_slope = (float)(2 * w->scale * emphasised_weight);
    for (size_t i = 0; i < w->frames; i++) {
        const float e = w->output[i] - w->target[i], high = e - EMPHASIS * *w->last;
        plain += (double)(e * e);
        emphasised += (double)(high * high);
        *drift += (double)e;
        w->gradient[i] = plain_slope * e + emphasised_slope * high;
        if (i > 0)
            w->gradient[i - 1] -= EMPHASIS * emphasised_slope * high;
        *w->last = e;
    }
    return (struct loss_sum){.error = plain * loss->plain,
                             .total = plain * plain_weight + emphasised * emphasised_weight,
                             .frames = (double)w->frames};
}

/** The square of the mean error, for each frame. */
static double constant(const struct loss *loss, const struct loss_window *w, double drift)
{
    const double weight = loss->weights.dc * loss->plain;
    const float slope = (float)(2 * w->scale * weight * drift / (double)w->frames);
    for (size_t i = 0; i < w->frames; i++)
        w->gradient[i] += slope;
    return weight * drift * drift / (double)w->frames;
}

struct loss_sum loss_of(const struct loss *loss, const struct loss_window *w)
{
    double drift = 0;
    struct loss_sum sum = squares(loss, w, &drift);
    if (loss->weights.dc > 0 && w->frames > 0)
        sum.total += constant(loss, w, drift);
    if (loss->spectral) {
        const double weight = loss->weights.stft * (double)w->frames;
        sum.total += weight * spectral_loss(loss->spectral, w->output, w->target, w->frames,
                                            w->scale * weight, w->gradient, w->work);
    }
    return sum;
}
