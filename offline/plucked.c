/* SPDX-License-Identifier: ISC */
#include "plucked.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { LINE = 8192 /* length of the delay line: a period of the lowest note at 192 kHz */ };

/** The two planes: detuning, and decay in parts of the pluck's. */
static const struct plane {
    double tuning, decay, share;
} planes[] = {{0.9998, 1.0, 0.6}, {1.0003, 0.45, 0.4}};

#define PI 3.14159265358979323846

static const double vibrato_rate = 5.3;  // Hz
static const double finger_decay = 0.09; // s for 60 dB under a damping finger
static const double inaudible = 1e-6;    // of the pluck's amplitude

struct string {
    double line[LINE];
    size_t place; ///< where the next sample goes
    double last;  ///< what the loss filter remembers
};

/** Coefficient of a first-order low-pass: what it keeps of its last value. */
static double low_pass(double corner, double rate)
{
    return exp(-2 * PI * corner / rate);
}

/** Runs a low-pass twice round a periodic wave, so that it is in its cycle in the end. */
static void smooth_wave(double *wave, size_t period, double keep)
{
    double smooth = 0;
    for (size_t i = 0; i < 2 * period; i++) {
        smooth = wave[i % period] + keep * (smooth - wave[i % period]);
        if (i >= period)
            wave[i % period] = smooth;
    }
}

/** What a plane starts from: a period of noise, as soft as the pick is, struck at `position` so
 *  that the overtones with a node there are missing. Its power is 1 over the square of the crest
 *  factor that such bursts have. */
static void excite(struct string *string, const struct pluck *pluck, struct random *random,
                   double rate)
{
    const double edge_corner = 400, hard_corner = 6000, soft_range = 3; // Hz, Hz, octaves
    const double crest = 2.5;
    const size_t period = (size_t)(rate / pluck->frequency);
    double burst[LINE], mean = 0, power = 0;
    for (size_t i = 0; i < period; i++)
        burst[i] = random_between(random, -1, 1);
    smooth_wave(burst, period, low_pass(edge_corner, rate));
    smooth_wave(burst, period, low_pass(hard_corner * exp2(-soft_range * pluck->softness), rate));
    const size_t strike = (size_t)(pluck->position * (double)period);
    for (size_t i = 0; i < period; i++) {
        string->line[i] = burst[i] - burst[(i + strike) % period];
        mean += string->line[i] / (double)period;
    }
    for (size_t i = 0; i < period; i++) {
        string->line[i] -= mean;
        power += string->line[i] * string->line[i] / (double)period;
    }
    for (size_t i = 0; i < period; i++)
        string->line[i] /= crest * sqrt(power) + inaudible;
    string->place = period;
    string->last = 0;
}

/** The sample `delay` steps back, between samples by a cubic through four. */
static double read_back(const struct string *string, double delay)
{
    const size_t whole = (size_t)delay;
    const double t = delay - (double)whole;
    const size_t at = string->place + LINE - whole;
    const double a = string->line[(at + 1) % LINE], b = string->line[at % LINE];
    const double c = string->line[(at - 1) % LINE], d = string->line[(at - 2) % LINE];
    return b * (1 + t) * (1 - t) * (2 - t) / 2 + c * t * (1 + t) * (2 - t) / 2 -
           a * t * (1 - t) * (2 - t) / 6 - d * t * (1 + t) * (1 - t) / 6;
}

double plucked_bend(const struct pluck *pluck, double time)
{
    return fmin(1, time / pluck->bend_time) * pluck->bend +
           pluck->vibrato * sin(2 * PI * vibrato_rate * time);
}

/** The factor of a round trip that makes 60 dB of `decay` seconds. */
static double round_trip_gain(double decay, double frequency)
{
    return pow(10, -3 / (decay * frequency));
}

/** Plays one plane. Pitch and losses change slowly, so they are set anew every CONTROL samples. */
static void swing(const struct pluck *pluck, const struct plane *plane, struct random *random,
                  double rate, double *out, size_t frames)
{
    enum { CONTROL = 32 };
    struct string string;
    memset(&string, 0, sizeof string);
    excite(&string, pluck, random, rate);
    double delay = 0, gain = 0, peak = 1;
    for (size_t i = 0; i < frames; i++) {
        if (i % CONTROL == 0) {
            const double time = (double)i / rate;
            const double frequency =
                plane->tuning * pluck->frequency * exp2(plucked_bend(pluck, time) / 12);
            const bool held = time < pluck->length;
            if (!held && peak < inaudible)
                return;
            delay = rate / frequency - pluck->damping;
            gain = round_trip_gain(held ? pluck->decay * plane->decay : finger_decay, frequency);
            peak *= 0.99;
        }
        const double back = read_back(&string, delay);
        const double now = gain * ((1 - pluck->damping) * back + pluck->damping * string.last);
        string.last = back;
        string.line[string.place] = now;
        string.place = (string.place + 1) % LINE;
        peak = fmax(peak, fabs(now));
        out[i] += plane->share * pluck->amplitude * now;
    }
}

/** The frame at which a pluck starts, no later than `frames`. */
static size_t start_of(const struct pluck *pluck, double rate, size_t frames)
{
    const double start = pluck->start * rate;
    return start < (double)frames ? (size_t)start : frames;
}

void plucked_strike(const struct pluck *pluck, struct random *random, double rate, double *out,
                    size_t frames)
{
    const double scratch_seconds = 0.003, thump_seconds = 0.04; // for a factor of e
    const double thump_frequency = random_between(random, 35, 110);
    const size_t start = start_of(pluck, rate, frames);
    double last = 0;
    for (size_t i = start; i < frames; i++) {
        const double time = (double)(i - start) / rate, thump = exp(-time / thump_seconds);
        if (thump < inaudible)
            return;
        const double noise = random_between(random, -1, 1);
        out[i] += pluck->pick_noise * exp(-time / scratch_seconds) * (noise - last) / 2;
        out[i] += pluck->thump * thump * sin(2 * PI * thump_frequency * time);
        last = noise;
    }
}

void plucked_play(const struct pluck *pluck, struct random *random, double rate, double *out,
                  size_t frames)
{
    const size_t start = start_of(pluck, rate, frames);
    for (size_t i = 0; i < sizeof planes / sizeof *planes; i++)
        swing(pluck, &planes[i], random, rate, out + start, frames - start);
    plucked_strike(pluck, random, rate, out, frames);
}
