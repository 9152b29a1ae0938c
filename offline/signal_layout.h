/* SPDX-License-Identifier: ISC */
/* The test signal to play through gear: what it holds, and where.
 *
 *   marker  repeat  steps  sweeps  noise  plucked strings …  marker  repeat
 *
 * with silence between. The distance of the two markers tells the length of the signal and the
 * drift between the clocks, their place the latency. The same passage follows each of them: how
 * far its recordings differ is the error below which no model of this gear can come. All is
 * defined at SIGNAL_RATE; a file at another rate is this signal resampled. */
#ifndef SIGNAL_LAYOUT_H
#define SIGNAL_LAYOUT_H

#include <stddef.h>

/** Frames a second that the signal is defined at. */
enum { SIGNAL_RATE = 48000 };

/** Limits and default of its length, s. */
enum { SIGNAL_SECONDS = 180, SIGNAL_SECONDS_MINIMUM = 80, SIGNAL_SECONDS_MAXIMUM = 1200 };

/** What a section holds. */
enum signal_kind {
    SIGNAL_SILENCE,
    SIGNAL_MARKER_START,
    SIGNAL_MARKER_END,
    SIGNAL_REPEAT,  ///< a strings passage, the same each time it comes
    SIGNAL_STEPS,   ///< a sine of `frequency`, SIGNAL_STEP_COUNT levels up and the same down
    SIGNAL_SWEEP,   ///< an exponential sweep from 20 Hz to 20 kHz
    SIGNAL_NOISE,   ///< pink noise
    SIGNAL_STRINGS, ///< plucked strings (passages.h)
};

/** Steps come SIGNAL_STEP_DB apart; the loudest, at full scale, is not repeated on the way down. */
enum { SIGNAL_STEP_COUNT = 11, SIGNAL_STEP_DB = 6 };

/** What a trainer should do with a section. Markers, steps, sweeps and noise are for measuring. */
enum signal_use { SIGNAL_FOR_NOTHING, SIGNAL_FOR_TRAINING, SIGNAL_FOR_VALIDATION, SIGNAL_FOR_TEST };

/** A stretch of the signal. */
struct signal_section {
    enum signal_kind kind;
    enum signal_use use;
    size_t start, frames; ///< at SIGNAL_RATE
    size_t pause;         ///< frames of silence at its end
    double peak;          ///< dBFS; 0 for silence
    double frequency;     ///< Hz, of steps
    unsigned style;       ///< of strings: an enum passage_style
    unsigned number;      ///< of strings: no two passages of a number are alike
};

/** Most sections. */
enum { SIGNAL_SECTIONS = 256 };

/** The whole signal, `frames` at SIGNAL_RATE; sections in order. */
struct signal_layout {
    size_t frames, count;
    struct signal_section sections[SIGNAL_SECTIONS];
};

/** Lays out a signal of about `seconds` (clamped to the limits): whole passages of strings. */
void signal_lay_out(struct signal_layout *layout, double seconds);

#endif
