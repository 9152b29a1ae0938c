/* SPDX-License-Identifier: ISC */
#include "train_answer.h"

#include "decibel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

bool train_answer(const xlstm_model *model, const float *knobs, const float *dry, size_t frames,
                  float *out)
{
    const struct xlstm_info *info = xlstm_model_info(model);
    xlstm_stream *stream = xlstm_stream_new(model, 1, BLOCK);
    if (!stream)
        return false;
    for (size_t i = 0; i < info->knob_count; i++)
        xlstm_stream_set_knob(stream, i, knobs[i]);
    xlstm_stream_process(stream, &dry, &out, frames);
    xlstm_stream_free(stream);
    return true;
}

/* ---- sound ---------------------------------------------------------------------------------- */

bool answer_sound_make(struct answer_sound *sound, const xlstm_model *model,
                       const struct train_set *held_out)
{
    size_t frames = 0, longest = 0;
    for (size_t p = 0; p < held_out->count; p++) {
        const struct train_pair *pair = &held_out->pairs[p];
        frames += pair->frames - pair->lead_in;
        longest = pair->frames > longest ? pair->frames : longest;
    }
    *sound = (struct answer_sound){.device = calloc(3 * frames + 1, sizeof(float))};
    float *answer = calloc(longest + 1, sizeof *answer);
    bool good = sound->device && answer;
    sound->model = sound->device + frames;
    sound->error = sound->device + 2 * frames;
    for (size_t p = 0; good && p < held_out->count; p++) {
        const struct train_pair *pair = &held_out->pairs[p];
        good = train_answer(model, pair->knobs, pair->dry, pair->frames, answer);
        for (size_t i = pair->lead_in; i < pair->frames; i++, sound->frames++) {
            sound->device[sound->frames] = pair->wet[i];
            sound->model[sound->frames] = answer[i];
            sound->error[sound->frames] = answer[i] - pair->wet[i];
        }
    }
    free(answer);
    if (!good)
        answer_sound_free(sound);
    return good;
}

void answer_sound_free(struct answer_sound *sound)
{
    free(sound->device);
    *sound = (struct answer_sound){.device = NULL};
}

/* ---- tones ---------------------------------------------------------------------------------- */

/** Of what is drawn, from the loudest down, dB. */
static const double LEVEL_STEP = 12;
/** Levels further from the one wanted are not it, dB. */
static const double LEVEL_REACH = 4;
/** Frequencies that differ by less, as a share, are one. */
static const double SAME_FREQUENCY = 0.005;
/** A model alone answers this sine, in the midst of a guitar's notes, Hz. */
static const double OWN_FREQUENCY = 220;
/** Sound that prepares the model's state. */
enum { LEAD = 96000, MOST_TONES = 1024, MOST_LEVELS = 64 };

/** A sine that was found in a recording. */
struct found {
    const struct train_pair *pair;
    struct tone tone;
};

static size_t find_all(const struct train_set *set, double rate, struct found *found)
{
    static struct tone tones[MOST_TONES];
    size_t count = 0;
    for (size_t p = 0; p < set->count; p++) {
        const struct train_pair *pair = &set->pairs[p];
        const size_t here = tones_find(pair->dry, pair->frames, rate, tones, MOST_TONES - count);
        for (size_t i = 0; i < here; i++)
            found[count++] = (struct found){pair, tones[i]};
    }
    return count;
}

static bool is_same(const struct found *a, const struct found *b)
{
    return a->pair == b->pair && fabs(a->tone.frequency / b->tone.frequency - 1) < SAME_FREQUENCY;
}

/** How many levels, LEVEL_STEP / 2 apart, a tone's frequency comes at. */
static unsigned count_levels(const struct found *found, size_t count, const struct found *of)
{
    bool there[MOST_LEVELS] = {false};
    unsigned levels = 0;
    for (size_t i = 0; i < count; i++) {
        const double step = -found[i].tone.level / (LEVEL_STEP / 2);
        if (!is_same(&found[i], of) || !(step > -0.5 && step < MOST_LEVELS - 1))
            continue;
        bool *level = &there[(size_t)(step + 0.5)];
        levels += !*level;
        *level = true;
    }
    return levels;
}

/** The tone whose frequency comes at most levels, the lowest of such; NULL if there is none. */
static const struct found *choose(const struct found *found, size_t count)
{
    const struct found *best = NULL;
    unsigned most = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned levels = count_levels(found, count, &found[i]);
        if (levels > most ||
            (levels == most && best && found[i].tone.frequency < best->tone.frequency)) {
            most = levels;
            best = &found[i];
        }
    }
    return best;
}

/** The tone nearest to a level, or NULL. */
static const struct found *nearest(const struct found *found, size_t count, const struct found *of,
                                   double level)
{
    const struct found *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (is_same(&found[i], of) && fabs(found[i].tone.level - level) <
                                          (best ? fabs(best->tone.level - level) : LEVEL_REACH))
            best = &found[i];
    return best;
}

static bool measure(struct answer_tone *tone, const xlstm_model *model, double rate,
                    const struct found *found)
{
    const struct train_pair *pair = found->pair;
    const size_t lead = found->tone.at < LEAD ? found->tone.at : LEAD;
    float *answer = calloc(lead + HARMONICS_WINDOW, sizeof *answer);
    const bool good = answer && train_answer(model, pair->knobs, pair->dry + found->tone.at - lead,
                                             lead + HARMONICS_WINDOW, answer);
    if (good) {
        tone->level = found->tone.level;
        harmonics_measure(answer + lead, rate, found->tone.frequency, tone->model);
        harmonics_measure(pair->wet + found->tone.at, rate, found->tone.frequency, tone->device);
    }
    free(answer);
    return good;
}

/** Sines out of the recordings. */
static bool recorded(struct answer_tones *t, const xlstm_model *model, double rate,
                     const struct found *found, size_t count, const struct found *chosen)
{
    double loudest = chosen->tone.level;
    for (size_t i = 0; i < count; i++)
        if (is_same(&found[i], chosen))
            loudest = fmax(loudest, found[i].tone.level);
    *t = (struct answer_tones){.frequency = chosen->tone.frequency, .device = true};
    for (size_t i = 0; i < ANSWER_TONES; i++) {
        const struct found *next = nearest(found, count, chosen, loudest - LEVEL_STEP * (double)i);
        if (next && !measure(&t->tones[t->count++], model, rate, next))
            return false;
    }
    return true;
}

/** Sines of our own, answered by the model alone. */
static bool made_up(struct answer_tones *t, const xlstm_model *model, double rate,
                    const struct train_set *held_out)
{
    enum { FRAMES = LEAD + HARMONICS_WINDOW };
    float peak = 0, *sine = calloc(2 * FRAMES, sizeof *sine);
    const float *knobs = held_out->count ? held_out->pairs[0].knobs : NULL;
    *t = (struct answer_tones){.frequency = OWN_FREQUENCY};
    for (size_t p = 0; p < held_out->count; p++)
        for (size_t i = 0; i < held_out->pairs[p].frames; i++)
            peak = fmaxf(peak, fabsf(held_out->pairs[p].dry[i]));
    bool good = sine;
    for (; good && peak > 0 && t->count < ANSWER_TONES; t->count++) {
        struct answer_tone *tone = &t->tones[t->count];
        tone->level = decibels_of_amplitude((double)peak) - LEVEL_STEP * (double)t->count;
        for (size_t i = 0; i < FRAMES; i++)
            sine[i] = (float)(amplitude_of_decibels(tone->level) *
                              sin(2 * M_PI * OWN_FREQUENCY / rate * (double)i));
        good = train_answer(model, knobs, sine, FRAMES, sine + FRAMES);
        harmonics_measure(sine + FRAMES + LEAD, rate, OWN_FREQUENCY, tone->model);
    }
    free(sine);
    return good;
}

bool answer_tones_make(struct answer_tones *tones, const xlstm_model *model, double rate,
                       const struct train_set *recordings, const struct train_set *held_out)
{
    struct found *found = calloc(MOST_TONES, sizeof *found);
    if (!found)
        return false;
    const size_t count = find_all(recordings, rate, found);
    const struct found *chosen = choose(found, count);
    const bool good = chosen ? recorded(tones, model, rate, found, count, chosen)
                             : made_up(tones, model, rate, held_out);
    free(found);
    return good;
}
