/* SPDX-License-Identifier: ISC */
/* Levels: but for model_levels_read(), never allocates. */
#include "levels.h"

#include "ports.h"

#include <math.h>
#include <stdio.h>

static float factor_of(double decibels)
{
    return (float)pow(10.0, fmin(LEVELS_MOST_DB, fmax(-LEVELS_MOST_DB, decibels)) / 20.0);
}

void model_levels_read(struct model_levels *levels, const struct xlstm_info *info)
{
    *levels = (struct model_levels){.loudness = 1.0f};
    if (isfinite(info->loudness_dbfs)) {
        levels->loudness = factor_of(LOUDNESS_TARGET_DBFS - info->loudness_dbfs);
        snprintf(levels->loudness_text, sizeof levels->loudness_text, "%.1f dBFS",
                 info->loudness_dbfs);
    }
    if (isfinite(info->input_level_dbu)) {
        levels->input = factor_of(-info->input_level_dbu);
        snprintf(levels->input_text, sizeof levels->input_text, "%.1f dBu", info->input_level_dbu);
    }
}

void levels_init(struct levels *levels)
{
    *levels = (struct levels){.interface_dbu = NAN};
}

static void go(struct ramp *ramp, float target, uint32_t frames)
{
    if (frames == 0)
        ramp_jump(ramp, target);
    else
        ramp_aim(ramp, target, frames);
}

void levels_set(struct levels *levels, bool normalise, bool calibrate, float interface_dbu,
                uint32_t frames)
{
    go(&levels->normalise, normalise ? 1.0f : 0.0f, frames);
    go(&levels->calibrate, calibrate ? 1.0f : 0.0f, frames);
    if (interface_dbu != levels->interface_dbu)
        go(&levels->interface, factor_of((double)interface_dbu), frames);
    levels->interface_dbu = interface_dbu;
}

static bool is_off(const struct ramp *ramp)
{
    return ramp->target == 0.0f && !ramp_moves(ramp);
}

void levels_begin(struct levels *levels, uint32_t frames)
{
    levels->normalises = !is_off(&levels->normalise);
    levels->calibrates = !is_off(&levels->calibrate);
    if (levels->normalises)
        ramp_fill(&levels->normalise, levels->normalise_steps, frames);
    if (levels->calibrates) {
        ramp_fill(&levels->calibrate, levels->calibrate_steps, frames);
        ramp_fill(&levels->interface, levels->interface_steps, frames);
    } else {
        ramp_jump(&levels->interface, levels->interface.target);
    }
}

void levels_drive(const struct levels *levels, const struct model_levels *model, float *gains,
                  uint32_t frames)
{
    if (!levels->calibrates || model->input == 0.0f)
        return;
    for (uint32_t i = 0; i < frames; ++i) {
        const float factor = levels->interface_steps[i] * model->input;
        gains[i] *= 1.0f + levels->calibrate_steps[i] * (factor - 1.0f);
    }
}

void levels_normalise(const struct levels *levels, const struct model_levels *model, float *sound,
                      uint32_t frames)
{
    if (!levels->normalises || model->loudness == 1.0f)
        return;
    for (uint32_t i = 0; i < frames; ++i)
        sound[i] *= 1.0f + levels->normalise_steps[i] * (model->loudness - 1.0f);
}
