/* SPDX-License-Identifier: ISC */
/* The panels of the page that train_picture.h draws. Each takes its place on the page, in points.
 */
#ifndef TRAIN_PICTURE_PANELS_H
#define TRAIN_PICTURE_PANELS_H

#include "figure.h"
#include "train_answer.h"

/** Where a panel is; the rest of it is the panel's own. */
struct place {
    double left, top, width, height;
};

/** The device's sound over time, and over it what the model misses. */
void panel_waveform(struct figure *figure, struct place place, const struct answer_sound *sound,
                    double rate);

/** A few milliseconds around the loudest sample. */
void panel_detail(struct figure *figure, struct place place, const struct answer_sound *sound,
                  double rate);

/** Errors of all validations. */
void panel_learning(struct figure *figure, struct place place, const struct train_result *result);

/** Average spectra of device, model and error. False: out of memory. */
bool panel_spectra(struct figure *figure, struct place place, const struct answer_sound *sound,
                   double rate);

/** Harmonics of sines at several levels. */
void panel_harmonics(struct figure *figure, struct place place, const struct answer_tones *tones);

#endif
