/* SPDX-License-Identifier: ISC */
#include "signal_play.h"

#include "decibel.h"
#include "passages.h"
#include "random.h"
#include "signal_marker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

static const uint64_t strings_seed = 0x737472696e6773, repeat_seed = 0x726570656174;

/** Amplitude of a section that starts and ends softly, `i` frames in and `left` from its end. */
static double edges(size_t i, size_t left)
{
    enum { FADE = SIGNAL_RATE / 200 };
    const size_t near = i < left ? i : left;
    return near < FADE ? (double)near / FADE : 1;
}

/** A sine in equal steps of level up to full scale and down again. */
static void play_steps(double frequency, double *out, size_t frames)
{
    enum { LEVELS = 2 * SIGNAL_STEP_COUNT - 1, LOUDEST = SIGNAL_STEP_COUNT - 1 };
    const size_t step = frames / LEVELS;
    for (size_t i = 0; i < LEVELS * step; i++) {
        const int below = SIGNAL_STEP_DB * abs((int)(i / step) - LOUDEST);
        out[i] = edges(i % step, step - i % step) * amplitude_of_decibels(-below) *
                 sin(2 * PI * frequency * (double)i / SIGNAL_RATE);
    }
}

static void play_sweep(double peak, double *out, size_t frames)
{
    const double lowest = 20, ratio = 1000; // to 20 kHz
    const double growth = log(ratio) / (double)frames;
    for (size_t i = 0; i < frames; i++) {
        const double turns = lowest / SIGNAL_RATE * expm1(growth * (double)i) / growth;
        out[i] = peak * edges(i, frames - i) * sin(2 * PI * turns);
    }
}

/** Pink noise: the sum of first-order low-passes an octave or two apart. */
static void play_noise(uint64_t seed, double peak, double *out, size_t frames)
{
    enum { FILTERS = 5 };
    static const double keep[FILTERS] = {0, 0.6, 0.9, 0.975, 0.9938};
    double smooth[FILTERS] = {0}, loudest = 0;
    struct random random = {seed};
    for (size_t i = 0; i < frames; i++) {
        for (size_t k = 0; k < FILTERS; k++) {
            const double spread = sqrt(1 - keep[k] * keep[k]);
            smooth[k] = keep[k] * smooth[k] + spread * random_between(&random, -1, 1);
            out[i] += smooth[k];
        }
        loudest = fmax(loudest, fabs(out[i]));
    }
    for (size_t i = 0; i < frames; i++)
        out[i] *= peak / loudest * edges(i, frames - i);
}

static void play_section(const struct signal_section *section, double *out)
{
    const double peak = amplitude_of_decibels(section->peak);
    const size_t frames = section->frames - section->pause;
    switch (section->kind) {
    case SIGNAL_SILENCE:
        break;
    case SIGNAL_MARKER_START:
        signal_marker_play(SIGNAL_MARKER_FIRST, peak, out);
        break;
    case SIGNAL_MARKER_END:
        signal_marker_play(SIGNAL_MARKER_LAST, peak, out);
        break;
    case SIGNAL_REPEAT:
        passage_play(PASSAGE_STRUMS, repeat_seed, SIGNAL_RATE, peak, out, frames);
        break;
    case SIGNAL_STEPS:
        play_steps(section->frequency, out, frames);
        break;
    case SIGNAL_SWEEP:
        play_sweep(peak, out, frames);
        break;
    case SIGNAL_NOISE:
        play_noise(section->start, peak, out, frames);
        break;
    case SIGNAL_STRINGS:
        passage_play(section->style, strings_seed + section->number, SIGNAL_RATE, peak, out,
                     frames);
        break;
    }
}

bool signal_generate(const struct signal_layout *layout, float *out)
{
    size_t longest = 0;
    for (size_t k = 0; k < layout->count; k++)
        longest = layout->sections[k].frames > longest ? layout->sections[k].frames : longest;
    double *sound = malloc(longest * sizeof *sound);
    if (!sound)
        return false;
    for (size_t k = 0; k < layout->count; k++) {
        const struct signal_section *section = &layout->sections[k];
        memset(sound, 0, section->frames * sizeof *sound);
        play_section(section, sound);
        for (size_t i = 0; i < section->frames; i++)
            out[section->start + i] = (float)fmin(fmax(sound[i], -1), 1);
    }
    free(sound);
    return true;
}
