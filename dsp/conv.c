/* SPDX-License-Identifier: ISC */
/* Causal convolution over time. */
#include "kernels.h"

#include "vec.h"

/** Row `step` of a channel's input, counted from the first frame of this call; earlier frames come
 *  from the state. */
static const real *frame_at(const struct xl_conv *conv, const real *state, struct xl_rows x,
                            ptrdiff_t step, size_t channels, size_t channel)
{
    if (step >= 0)
        return x.data + ((size_t)step * channels + channel) * x.stride;
    return state + ((ptrdiff_t)conv->taps - 1 + step) * (ptrdiff_t)xl_pad(conv->width);
}

static void remember(const struct xl_conv *conv, real *state, struct xl_rows x, size_t steps,
                     size_t channels, size_t channel)
{
    const ptrdiff_t kept = (ptrdiff_t)conv->taps - 1;
    const size_t width = xl_pad(conv->width);
    for (ptrdiff_t i = 0; i < kept; i++)
        memmove(state + (size_t)i * width,
                frame_at(conv, state, x, (ptrdiff_t)steps - kept + i, channels, channel),
                width * sizeof(real));
}

/** The frames in which some taps meet the state, which lies apart from the rows. */
static void convolve_start(const struct xl_conv *conv, const real *parameters, const real *past,
                           size_t frames, size_t channels, size_t channel, struct xl_rows x,
                           struct xl_rows y)
{
    const size_t width = xl_pad(conv->width);
    const real *weight = parameters + conv->weight;
    for (size_t step = 0; step < frames; step++)
        for (size_t i = 0; i < width; i += W) {
            vf sum = vf_load(parameters + conv->bias + i);
            for (size_t tap = 0; tap < conv->taps; tap++) {
                const ptrdiff_t from = (ptrdiff_t)(step + tap) - (ptrdiff_t)conv->taps + 1;
                const real *in = frame_at(conv, past, x, from, channels, channel);
                sum = vf_fma(vf_load(weight + tap * width + i), vf_load(in + i), sum);
            }
            vf_store(y.data + (step * channels + channel) * y.stride + i, sum);
        }
}

/** The frames from `first` on, all of whose taps meet rows. */
static void convolve_rest(const struct xl_conv *conv, const real *parameters, size_t first,
                          size_t frames, size_t channels, size_t channel, struct xl_rows x,
                          struct xl_rows y)
{
    const size_t width = xl_pad(conv->width), taps = conv->taps, step = channels * x.stride;
    for (size_t i = 0; i < width; i += W) {
        const vf bias = vf_load(parameters + conv->bias + i);
        for (size_t frame = first; frame < frames; frame++) {
            const real *in = x.data + ((frame + 1 - taps) * channels + channel) * x.stride + i;
            const real *weight = parameters + conv->weight + i;
            vf sum = bias;
            for (size_t tap = 0; tap < taps; tap++, in += step, weight += width)
                sum = vf_fma(vf_load(weight), vf_load(in), sum);
            vf_store(y.data + (frame * channels + channel) * y.stride + i, sum);
        }
    }
}

void xl_conv_forward(const struct xl_conv *conv, const real *parameters, real *state,
                     size_t state_stride, size_t steps, size_t channels, struct xl_rows x,
                     struct xl_rows y)
{
    const size_t first = steps < conv->taps - 1 ? steps : conv->taps - 1;
    for (size_t channel = 0; channel < channels; channel++) {
        real *past = state + channel * state_stride + conv->state;
        convolve_start(conv, parameters, past, first, channels, channel, x, y);
        convolve_rest(conv, parameters, first, steps, channels, channel, x, y);
        remember(conv, past, x, steps, channels, channel);
    }
}
