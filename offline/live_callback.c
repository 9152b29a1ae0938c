/* SPDX-License-Identifier: ISC */
#include "live_callback.h"

#include <math.h>
#include <string.h>

/** Raises a peak. One writer: if the reader takes it in between, at worst a larger peak of now is
 *  stored into the new period, where it belongs. */
static void raise_peak(atomic_uint *peak, float level)
{
    unsigned bits;
    memcpy(&bits, &level, sizeof bits);
    if (bits > atomic_load_explicit(peak, memory_order_relaxed))
        atomic_store_explicit(peak, bits, memory_order_relaxed);
}

float live_take_peak(atomic_uint *peak)
{
    float level;
    unsigned bits = atomic_exchange_explicit(peak, 0, memory_order_relaxed);
    memcpy(&level, &bits, sizeof level);
    return level;
}

static void count(atomic_ulong *counter, unsigned long more)
{
    unsigned long before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + more, memory_order_relaxed);
}

static float largest(const float *samples, size_t frames)
{
    float peak = 0;
    for (size_t i = 0; i < frames; i++)
        peak = fmaxf(peak, fabsf(samples[i]));
    return fminf(peak, HUGE_VALF);
}

static void read_channel(struct live_audio *audio, unsigned channel, const float *in, size_t frames)
{
    float *samples = audio->samples[channel];
    for (size_t i = 0; i < frames; i++) {
        float sample = in ? in[i * audio->inputs + audio->first + channel] : 0;
        samples[i] = isfinite(sample) ? sample : 0;
    }
    raise_peak(&audio->meters.peak_in, largest(samples, frames));
    for (size_t i = 0; i < frames; i++)
        samples[i] *= audio->gain;
}

static void write_channel(struct live_audio *audio, unsigned channel, float *out, size_t frames)
{
    unsigned from = channel < audio->channels ? channel : audio->channels - 1;
    for (size_t i = 0; i < frames; i++)
        out[i * audio->outputs + channel] = audio->samples[from][i];
}

static void play(struct live_audio *audio, const float *in, float *out, size_t frames)
{
    float *channels[LIVE_CHANNELS] = {audio->samples[0], audio->samples[1]};
    for (unsigned c = 0; c < audio->channels; c++)
        read_channel(audio, c, in, frames);
    xlstm_stream_process(audio->stream, (const float *const *)channels, channels, frames);
    for (unsigned c = 0; c < audio->channels; c++) {
        for (size_t i = 0; i < frames; i++)
            channels[c][i] *= audio->output_gain;
        raise_peak(&audio->meters.peak_out, largest(channels[c], frames));
    }
    for (unsigned c = 0; c < audio->outputs; c++)
        write_channel(audio, c, out, frames);
}

int live_callback(const void *input, void *output, unsigned long frames,
                  const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags, void *user)
{
    struct live_audio *audio = user;
    const float *in = input;
    float *out = output;
    (void)time;
    for (unsigned long done = 0; done < frames; done += LIVE_CHUNK) {
        unsigned long left = frames - done, now = left < LIVE_CHUNK ? left : LIVE_CHUNK;
        play(audio, in ? in + done * audio->inputs : NULL, out + done * audio->outputs, now);
    }
    count(&audio->meters.frames, frames);
    count(&audio->meters.underruns, (flags & paOutputUnderflow) != 0);
    count(&audio->meters.overruns, (flags & paInputOverflow) != 0);
    return paContinue;
}
