/* SPDX-License-Identifier: ISC */
/* The page that tells how good a trained model is: held-out sound, spectra, harmonics, learning
 * curve. */
#ifndef TRAIN_PICTURE_H
#define TRAIN_PICTURE_H

#include "trainer.h"

struct train_picture {
    const char *title;
    const char *errors, *network; ///< a line each below the title
    const xlstm_model *model;
    double rate;                 ///< of all recordings, Hz
    struct train_set held_out;   ///< passages to compare sound and spectra in
    struct train_set recordings; ///< where to look for sines
    const struct train_result *result;
};

/** Draws a PNG, whole or not at all. False, with a reason. Not thread-safe (FFTW's planner). */
bool train_picture_write(const struct train_picture *picture, const char *path,
                         struct xlstm_error *error);

#endif
