/* SPDX-License-Identifier: ISC */
#include "train_cut.h"

#include "holdout.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/** What comes before a part only prepares the state: so long at most, and no more than this share
 * of a part for training, s. */
static const double lead_in_seconds = 2, training_lead_in_seconds = 1.5, training_lead_in = 0.25;

/** A recording on its way into parts. */
struct bench {
    struct train_pairs *pairs;
    const struct recording *recording;
    const float *knobs;
};

static bool add_part(const struct bench *bench, const struct recording_span *span, size_t lead,
                     struct train_pair **list, size_t *count)
{
    struct train_pair *grown = realloc(*list, (*count + 1) * sizeof *grown);
    if (!grown)
        return false;
    lead = span->first < lead ? span->first : lead;
    struct train_pair *part = &grown[(*count)++];
    *part = (struct train_pair){.dry = bench->recording->dry + span->first - lead,
                                .wet = bench->recording->wet + span->first - lead,
                                .frames = span->last - span->first + lead,
                                .lead_in = lead};
    memcpy(part->knobs, bench->knobs, sizeof part->knobs);
    *list = grown;
    return true;
}

static bool add_kept(const struct bench *bench, const struct span_list *spans,
                     struct train_pair **list, size_t *count)
{
    const size_t lead = (size_t)(lead_in_seconds * bench->recording->rate);
    for (size_t i = 0; i < spans->count; i++)
        if (!add_part(bench, &spans->spans[i], lead, list, count))
            return false;
    return true;
}

static bool add_training(const struct bench *bench, const struct span_list *spans)
{
    const size_t most = (size_t)(training_lead_in_seconds * bench->recording->rate);
    for (size_t i = 0; i < spans->count; i++) {
        const struct recording_span *span = &spans->spans[i];
        const size_t lead = (size_t)(training_lead_in * (double)(span->last - span->first));
        if (!add_part(bench, span, lead < most ? lead : most, &bench->pairs->train,
                      &bench->pairs->train_count))
            return false;
    }
    return true;
}

/** Adds the parts of a recording; all of it if it has a role of its own. */
static bool add_recording(const struct bench *bench, const struct holdout *chosen,
                          enum train_role role)
{
    struct holdout_parts parts;
    struct train_pairs *r = bench->pairs;
    bool good = holdout_cut(chosen, bench->recording, &parts);
    if (good && role == TRAIN_ROLE_ALL)
        good = add_training(bench, &parts.train);
    if (good && role == TRAIN_ROLE_VALIDATION)
        good = add_kept(bench, &parts.train, &r->validation, &r->validation_count);
    if (good && role == TRAIN_ROLE_TEST)
        good = add_kept(bench, &parts.train, &r->test, &r->test_count);
    good = good && add_kept(bench, &parts.validation, &r->validation, &r->validation_count) &&
           add_kept(bench, &parts.test, &r->test, &r->test_count);
    holdout_parts_free(&parts);
    return good;
}

static bool has_role(const struct train_pairs *r, enum train_role role)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->roles[i] == role)
            return true;
    return false;
}

/** Chooses by the longest recording of a dry file among those for training; one that is for
 *  something else keeps nothing back. */
static bool choose(const struct train_pairs *r, char **paths, size_t pair, struct holdout *chosen)
{
    size_t longest = pair;
    const bool all = r->roles[pair] == TRAIN_ROLE_ALL;
    for (size_t i = 0; all && i < r->count; i++)
        if (r->roles[i] == TRAIN_ROLE_ALL && !strcmp(paths[2 * i], paths[2 * pair]) &&
            r->recordings[i].usable > r->recordings[longest].usable)
            longest = i;
    return holdout_choose(&r->recordings[longest], all && !has_role(r, TRAIN_ROLE_VALIDATION),
                          all && !has_role(r, TRAIN_ROLE_TEST), chosen);
}

static bool cut_all(struct train_pairs *r, char **paths, const float (*knobs)[XLSTM_MAX_KNOBS])
{
    bool good = true;
    for (size_t i = 0; good && i < r->count; i++) {
        struct holdout chosen;
        const struct bench bench = {r, &r->recordings[i], knobs[i]};
        good = choose(r, paths, i, &chosen) && add_recording(&bench, &chosen, r->roles[i]);
        holdout_free(&chosen);
    }
    return good;
}

/** Seconds of parts, without what only prepares them. */
static double seconds_of(const struct train_pair *parts, size_t count)
{
    double frames = 0;
    for (size_t i = 0; i < count; i++)
        frames += (double)(parts[i].frames - parts[i].lead_in);
    return frames / TRAIN_MODEL_RATE;
}

bool train_cut(struct train_pairs *r, char **paths, const float (*knobs)[XLSTM_MAX_KNOBS])
{
    if (!cut_all(r, paths, knobs)) {
        complain(NULL, "the recordings need more memory than there is");
        return false;
    }
    if (r->train_count == 0 || r->validation_count == 0 || r->test_count == 0) {
        complain(NULL, "the recordings are too short, or too little of them is usable, to train on "
                       "some of it and to test on the rest");
        return false;
    }
    complain(NULL,
             "trains on %.1f s, chooses the best model by %.1f s and tests it on %.1f s that it is "
             "not trained on",
             seconds_of(r->train, r->train_count), seconds_of(r->validation, r->validation_count),
             seconds_of(r->test, r->test_count));
    return true;
}
