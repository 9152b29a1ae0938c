/* SPDX-License-Identifier: ISC */
/* The audio thread's part of a voice: never allocates. */
#include "voice.h"

#include <string.h>

void voice_wake(struct voice *voice)
{
    turns_reset(voice->turns);
    if (voice->rate)
        rate_reset(voice->rate);
    if (voice->oversampler)
        oversampler_reset(voice->oversampler);
}

void voice_reset(struct voice *voice)
{
    voice_wake(voice);
    if (voice->latency > 0)
        memset(voice->delay, 0, voice->channels * voice->latency * sizeof *voice->delay);
}

/** A knob's value at a position. The two halves of the way have each their own slope, so that the
 *  middle is the initial value; a knob that starts at an end of its range has one slope. */
static float knob_value(const struct xlstm_knob *knob, float position)
{
    if (!(knob->initial > knob->minimum && knob->initial < knob->maximum))
        return knob->minimum + position * (knob->maximum - knob->minimum);
    if (position < 0.5f)
        return knob->minimum + 2.0f * position * (knob->initial - knob->minimum);
    return knob->initial + (2.0f * position - 1.0f) * (knob->maximum - knob->initial);
}

void voice_set_knob(struct voice *voice, size_t knob, float position)
{
    const struct xlstm_info *info = xlstm_model_info(voice->model);
    if (knob < info->knob_count)
        turns_set_knob(voice->turns, knob, knob_value(&info->knobs[knob], position));
}

static void play_oversampled(struct voice *voice, const float *const *in, float *const *out,
                             uint32_t frames)
{
    float *const *planes = voice->oversampler->planes;
    oversampler_up(voice->oversampler, in, frames);
    turns_play(voice->turns, (const float *const *)planes, planes, frames);
    oversampler_down(voice->oversampler, out, frames);
}

void voice_play(struct voice *voice, const float *const *in, float *const *out, uint32_t frames)
{
    if (voice->rate)
        rate_play(voice->rate, voice->turns, in, out, frames);
    else if (voice->oversampler)
        play_oversampled(voice, in, out, frames);
    else
        turns_play(voice->turns, in, out, frames);
}

void voice_delay(struct voice *voice, const float *const *in, float *const *out, uint32_t frames)
{
    if (voice->latency == 0) {
        for (unsigned c = 0; c < voice->channels; ++c)
            memcpy(out[c], in[c], frames * sizeof *out[c]);
        return;
    }
    for (uint32_t i = 0; i < frames; ++i) {
        for (unsigned c = 0; c < voice->channels; ++c) {
            float *slot = &voice->delay[(size_t)c * voice->latency + voice->delay_at];
            out[c][i] = *slot;
            *slot = in[c][i];
        }
        voice->delay_at = (voice->delay_at + 1) % voice->latency;
    }
}
