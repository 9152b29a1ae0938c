/* SPDX-License-Identifier: ISC */
/* A dry file and a wet one, made ready for training and evaluation: one channel each at the model's
 * rate, sample by sample.
 *
 * What people record is late, early, on another clock, clipped, humming or broken off. Whatever is
 * found is said in one sentence; what can be mended is mended, passages that cannot be used are
 * left out of the spans, and a pair that would teach nonsense is refused. A pair that needs no
 * mending comes out bit by bit as it was read. */
#ifndef RECORDING_H
#define RECORDING_H

#include "signal_find.h"
#include "xlstm.h"

/** Most sentences and most dropouts that a recording tells. */
enum { RECORDING_NOTES = 24, RECORDING_DROPOUTS = 8 };

/** Frames [first, last). */
struct recording_span {
    size_t first, last;
};

/** What was found, a sentence without its subject, the file. */
struct recording_note {
    const char *path; ///< the file, as passed to recording_load()
    bool doubt;       ///< a better recording would be better; otherwise all is well now
    char text[192];
};

/** A place where the recorder lost samples (negative) or made some up. */
struct recording_dropout {
    size_t at; ///< frame of the recording, to within a thousand
    long samples;
};

/** A pair of takes as one recording, mended. Owns its arrays. */
struct recording {
    float *dry, *wet; ///< what went in, and the answer to it
    size_t frames;
    double rate;  ///< Hz
    size_t start; ///< frame of the dry file, brought to `rate`, that is the first one here
    /** What is fit for training, in order. Outside of them `dry` is right and `wet` is not. */
    struct recording_span *spans;
    size_t span_count;
    size_t usable; ///< frames in the spans

    long lag;          ///< frames that the wet file came late by, already taken out
    double confidence; ///< of the lag: align.h's scale
    double support;    ///< share of the recording's places that agree on the lag, 0 to 1
    bool doubtful;     ///< these are few: the alignment is a guess, and polarity is not told
    int polarity;      ///< 1 or -1 (recording_polarity.h); left so, since the device may turn it
    double drift;      ///< of the wet file's clock against the dry one's, ppm; taken out
    double offset;     ///< constant part at rest, taken out
    double peak;       ///< of the wet file as recorded, dBFS
    double gain;       ///< level of the wet file over that of the dry one, dB
    double noise;      ///< noise floor of the wet file, hum included, dBFS; NaN: not known
    double hum;        ///< its frequency, 50 or 60 Hz; 0 if there is none
    size_t clipped;    ///< samples at full scale
    size_t dropout_count;
    struct recording_dropout dropouts[RECORDING_DROPOUTS];

    bool test_signal; ///< the dry file is the signal of `xlstm signal`
    /** Then: its place in `dry`, and how well the device repeats itself (signal_repeat_error); NaN
     *  if one of the two passages that tell it is not all there. */
    struct signal_match signal;
    double repeat_error;

    size_t note_count;
    struct recording_note notes[RECORDING_NOTES];
};

/** Reads a pair and brings it to `rate` (Hz). The wet file may come up to two seconds early or
 * late, more by as much as the files' lengths differ. Lags of -2 to 3 frames count as none: a
 * device may answer that late, and the measurement be that wrong with one that distorts much.
 * `recording` is more than a few kilobytes: keep it off small stacks. False on failure, with
 * nothing to free and a sentence that names the file. One thread at a time (FFTW plans). */
bool recording_load(struct recording *recording, const char *dry_path, const char *wet_path,
                    double rate, struct xlstm_error *error);

/** Makes the wet sound answer `frames` later, as if the lag taken out had been smaller: what then
 * has no counterpart is cut off, at most `frames` at either end. */
void recording_delay(struct recording *recording, size_t frames);

/** Frees the samples and spans. One that is zeroed is fine. */
void recording_free(struct recording *recording);

#endif
