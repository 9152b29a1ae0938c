/* SPDX-License-Identifier: ISC */
#include "spectral.h"

#include <fftw3.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const size_t spectral_sizes[SPECTRAL_RESOLUTIONS] = {128, 256, 512};

enum { MOST_BINS = SPECTRAL_LONGEST / 2 + 1, WORK_ALIGNMENT = 16, LOG_OF = 8 };

/** Floats that a buffer of `MOST_BINS` complex numbers takes, so that the next one is aligned. */
enum { BINS_ROOM = (2 * MOST_BINS + WORK_ALIGNMENT - 1) / WORK_ALIGNMENT * WORK_ALIGNMENT };

struct resolution {
    size_t size, bins;
    float window[SPECTRAL_LONGEST];
    float power, floor; ///< P and the floor of the definition
    fftwf_plan forward, backward;
};

struct spectral {
    struct resolution resolutions[SPECTRAL_RESOLUTIONS];
};

/** A thread's buffers. */
struct buffers {
    float *stretch;
    fftwf_complex *output, *target;
    float *squares, *ratios; ///< for each bin
};

static struct buffers buffers_in(float *work)
{
    return (struct buffers){
        .stretch = work,
        .output = (fftwf_complex *)(work + SPECTRAL_LONGEST),
        .target = (fftwf_complex *)(work + SPECTRAL_LONGEST + BINS_ROOM),
        .squares = work + SPECTRAL_LONGEST + 2 * BINS_ROOM,
        .ratios = work + SPECTRAL_LONGEST + 3 * BINS_ROOM,
    };
}

size_t spectral_work(void)
{
    return SPECTRAL_LONGEST + 4 * BINS_ROOM;
}

static bool plan(struct resolution *r, size_t size, double mean_square)
{
    double squares = 0;
    r->size = size;
    r->bins = size / 2 + 1;
    for (size_t i = 0; i < size; i++) {
        const double hann = 0.5 - 0.5 * cos(2 * M_PI * (double)i / (double)size);
        r->window[i] = (float)hann;
        squares += hann * hann;
    }
    r->power = (float)(squares * mean_square);
    r->floor = (float)SPECTRAL_FLOOR * r->power;
    float *work = fftwf_alloc_real(spectral_work());
    if (!work)
        return false;
    const struct buffers b = buffers_in(work);
    r->forward = fftwf_plan_dft_r2c_1d((int)size, b.stretch, b.output, FFTW_ESTIMATE);
    r->backward = fftwf_plan_dft_c2r_1d((int)size, b.output, b.stretch, FFTW_ESTIMATE);
    fftwf_free(work);
    return r->forward && r->backward;
}

struct spectral *spectral_new(double mean_square)
{
    struct spectral *spectral = calloc(1, sizeof *spectral);
    bool good = spectral;
    for (size_t i = 0; good && i < SPECTRAL_RESOLUTIONS; i++)
        good = plan(&spectral->resolutions[i], spectral_sizes[i], mean_square);
    if (good)
        return spectral;
    spectral_free(spectral);
    return NULL;
}

void spectral_free(struct spectral *spectral)
{
    for (size_t i = 0; spectral && i < SPECTRAL_RESOLUTIONS; i++) {
        if (spectral->resolutions[i].forward)
            fftwf_destroy_plan(spectral->resolutions[i].forward);
        if (spectral->resolutions[i].backward)
            fftwf_destroy_plan(spectral->resolutions[i].backward);
    }
    free(spectral);
}

static void transform(const struct resolution *r, const struct buffers *b, const float *samples,
                      fftwf_complex *bins)
{
    for (size_t i = 0; i < r->size; i++)
        b->stretch[i] = r->window[i] * samples[i];
    fftwf_execute_dft_r2c(r->forward, b->stretch, bins);
}

/** Turns each bin of the output into its own gradient, and keeps what the loss is summed of. One
 *  loop without calls or sums, for the compiler to put on vectors. */
static void slopes(const struct resolution *r, const struct buffers *b)
{
    fftwf_complex *restrict output = b->output;
    const fftwf_complex *restrict target = (const fftwf_complex *)b->target;
    float *restrict squares = b->squares, *restrict ratios = b->ratios;
    const float per_power = 1 / r->power, floor = r->floor;
    const size_t bins = r->bins;
    for (size_t k = 0; k < bins; k++) {
        const float re = output[k][0], im = output[k][1];
        const float m = sqrtf(re * re + im * im + floor);
        const float wanted =
            sqrtf(target[k][0] * target[k][0] + target[k][1] * target[k][1] + floor);
        const float apart = m - wanted;
        const float sign = apart > 0 ? 1.0F : apart < 0 ? -1.0F : 0.0F;
        const float slope = (2 * apart * per_power + sign / m) / m;
        output[k][0] = re * slope;
        output[k][1] = im * slope;
        squares[k] = apart * apart * per_power;
        ratios[k] = m > wanted ? m / wanted : wanted / m;
    }
}

/** Sum of the loss over the bins of a stretch. Logarithms are costly: one is taken of the product
 *  of LOG_OF ratios, which are too small to overflow together. */
static double sum_of(const struct resolution *r, const struct buffers *b)
{
    double sum = 0, product = 1;
    for (size_t k = 0; k < r->bins; k++) {
        sum += (double)b->squares[k];
        product *= (double)b->ratios[k];
        if (k % LOG_OF != LOG_OF - 1)
            continue;
        sum += log(product);
        product = 1;
    }
    return sum + log(product);
}

/** The transpose of transform(), from the bins' gradients to the samples'. The inverse transform
 *  counts all bins twice but the first and the last. */
static void add_gradient(const struct resolution *r, const struct buffers *b, float scale,
                         float *gradient)
{
    for (size_t k = 1; k + 1 < r->bins; k++) {
        b->output[k][0] *= 0.5F;
        b->output[k][1] *= 0.5F;
    }
    fftwf_execute_dft_c2r(r->backward, b->output, b->stretch);
    for (size_t i = 0; i < r->size; i++)
        gradient[i] += scale * r->window[i] * b->stretch[i];
}

static double loss_at(const struct resolution *r, const float *output, const float *target,
                      size_t frames, double scale, float *gradient, const struct buffers *b)
{
    const size_t hop = r->size / SPECTRAL_HOPS, count = (frames - r->size) / hop + 1;
    const double share = 1 / ((double)count * (double)r->bins);
    double sum = 0;
    for (size_t at = 0; at + r->size <= frames; at += hop) {
        transform(r, b, target + at, b->target);
        transform(r, b, output + at, b->output);
        slopes(r, b);
        sum += sum_of(r, b);
        if (gradient)
            add_gradient(r, b, (float)(scale * share), gradient + at);
    }
    return sum * share;
}

double spectral_loss(const struct spectral *spectral, const float *output, const float *target,
                     size_t frames, double scale, float *gradient, float *work)
{
    const struct buffers b = buffers_in(work);
    size_t fitting = 0;
    double sum = 0;
    while (fitting < SPECTRAL_RESOLUTIONS && spectral_sizes[fitting] <= frames)
        fitting++;
    for (size_t i = 0; i < fitting; i++)
        sum += loss_at(&spectral->resolutions[i], output, target, frames, scale / (double)fitting,
                       gradient, &b);
    return fitting ? sum / (double)fitting : 0;
}
