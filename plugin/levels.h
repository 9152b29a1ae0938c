/* SPDX-License-Identifier: ISC */
/* Levels that a model states: how loud it is, and how hot the signal was that it was trained on.
 * Either brings it to a common level if the user wants; a model that does not say stays as it is.
 */
#ifndef PLUGIN_LEVELS_H
#define PLUGIN_LEVELS_H

#include "ramp.h"
#include "xlstm.h"

enum {
    LEVELS_CHUNK = 256, ///< most frames between two calls of levels_begin()
    LEVELS_TEXT_BYTES = 24,
};

/** No model is turned up or down by more than that, whatever it states. */
#define LEVELS_MOST_DB 40.0

/** What a model says, as factors and for the user. */
struct model_levels {
    float loudness; ///< brings a guitar through the model to LOUDNESS_TARGET_DBFS; 1: it is silent
    float input;    ///< drives it right from an interface whose full scale is 0 dBu; 0: likewise
    char loudness_text[LEVELS_TEXT_BYTES]; ///< "-20.5 dBFS", or ""
    char input_text[LEVELS_TEXT_BYTES];    ///< "12.0 dBu", or ""
};

/** The user's wishes, on their way. */
struct levels {
    struct ramp normalise, calibrate; ///< 1 on, 0 off
    struct ramp interface;            ///< what the interface turns into full scale, over 0 dBu
    float interface_dbu;              ///< the same as last set
    bool normalises, calibrates;      ///< whether the present chunk has steps of them
    float normalise_steps[LEVELS_CHUNK], calibrate_steps[LEVELS_CHUNK];
    float interface_steps[LEVELS_CHUNK];
};

/** Reads what a model says. Not real-time. */
void model_levels_read(struct model_levels *levels, const struct xlstm_info *info);

/** Both off. */
void levels_init(struct levels *levels);

/** Takes the user's wishes, over that many frames; 0: at once. Real-time, as all that follows. */
void levels_set(struct levels *levels, bool normalise, bool calibrate, float interface_dbu,
                uint32_t frames) XLSTM_REALTIME;

/** Goes on by up to LEVELS_CHUNK frames, for which the next two are called then. */
void levels_begin(struct levels *levels, uint32_t frames) XLSTM_REALTIME;

/** Multiplies gains, one for each frame, by what drives a model as it was trained. */
void levels_drive(const struct levels *levels, const struct model_levels *model, float *gains,
                  uint32_t frames) XLSTM_REALTIME;

/** Brings what a model made to the common loudness. */
void levels_normalise(const struct levels *levels, const struct model_levels *model, float *sound,
                      uint32_t frames) XLSTM_REALTIME;

#endif
