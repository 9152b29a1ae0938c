/* SPDX-License-Identifier: ISC */
/* A trained model's answers, beside the device's. */
#ifndef TRAIN_ANSWER_H
#define TRAIN_ANSWER_H

#include "harmonics.h"
#include "trainer.h"

/** The model's answer to `frames` of a recording, from rest. False: out of memory. */
bool train_answer(const xlstm_model *model, const float *knobs, const float *dry, size_t frames,
                  float *out);

/** What counts of the held-out passages, one after the other. */
struct answer_sound {
    float *device, *model, *error; ///< `device` owns the memory of all
    size_t frames;
};

bool answer_sound_make(struct answer_sound *sound, const xlstm_model *model,
                       const struct train_set *held_out);
void answer_sound_free(struct answer_sound *sound);

enum { ANSWER_TONES = 3 };

/** Harmonics of a sine at several levels, loudest first, in dBFS. */
struct answer_tones {
    double frequency;
    bool device; ///< the recordings hold such sines, and `device` the answers to them
    size_t count;
    struct answer_tone {
        double level; ///< of the sine, dBFS
        double model[HARMONICS], device[HARMONICS];
    } tones[ANSWER_TONES];
};

/** Measures the sines that the recordings hold, the frequency that comes at most levels; if there
 *  are none, the model alone, up to the peak of the held-out passages. False: out of memory. */
bool answer_tones_make(struct answer_tones *tones, const xlstm_model *model, double rate,
                       const struct train_set *recordings, const struct train_set *held_out);

#endif
