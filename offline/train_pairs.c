/* SPDX-License-Identifier: ISC */
#include "train_pairs.h"

#include "report.h"
#include "train_cut.h"
#include "train_takes.h"

#include <stdlib.h>
#include <string.h>

/** Latencies that differ by no more are one latency, told apart by what the device does with the
 *  sound at each position of its knobs, frames. */
static const long one_latency = 8;

/** Whether an earlier pair has the same dry file. */
static bool is_known(char **paths, size_t pair)
{
    for (size_t i = 0; i < pair; i++)
        if (!strcmp(paths[2 * i], paths[2 * pair]))
            return true;
    return false;
}

static bool load(struct train_pairs *r, char **paths)
{
    struct xlstm_error error;
    const char *dry = paths[2 * r->count], *wet = paths[2 * r->count + 1];
    struct recording *recording = &r->recordings[r->count];
    if (!recording_load(recording, dry, wet, TRAIN_MODEL_RATE, &error)) {
        complain(NULL, "%s", error.text);
        return false;
    }
    const bool known = is_known(paths, r->count++);
    for (size_t i = 0; i < recording->note_count; i++)
        if (!known || recording->notes[i].path != dry)
            complain(recording->notes[i].path, "%s", recording->notes[i].text);
    return true;
}

/** Where all recordings are about as late, they are as late as the least of them: otherwise the
 *  model would have to learn a knob that moves the sound in time. */
static void agree_on_latency(struct train_pairs *r)
{
    long least = r->recordings[0].lag, most = least;
    for (size_t i = 1; i < r->count; i++) {
        const long lag = r->recordings[i].lag;
        least = lag < least ? lag : least;
        most = lag > most ? lag : most;
    }
    if (least == most)
        return;
    if (most - least > one_latency) {
        complain(NULL,
                 "the recordings come %ld to %ld samples late, each of which is taken out: was the "
                 "rig the same?",
                 least, most);
        return;
    }
    complain(NULL, "the recordings come %ld to %ld samples late: taken for one latency of %ld",
             least, most, least);
    for (size_t i = 0; i < r->count; i++)
        recording_delay(&r->recordings[i], (size_t)(r->recordings[i].lag - least));
}

static void compare_polarities(const struct train_pairs *r)
{
    size_t inverted = 0;
    for (size_t i = 0; i < r->count; i++)
        inverted += r->recordings[i].polarity < 0;
    if (inverted > 0 && inverted < r->count)
        complain(NULL,
                 "%zu of %zu recordings are inverted against the others: was a cable or an "
                 "interface changed?",
                 inverted, r->count);
}

void train_pairs_free(struct train_pairs *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++)
        recording_free(&r->recordings[i]);
    free(r->recordings);
    free(r->train);
    free(r->validation);
    free(r->test);
    free(r);
}

struct train_pairs *train_pairs_read(size_t count, char **paths, const enum train_role *roles,
                                     const float (*knobs)[XLSTM_MAX_KNOBS])
{
    struct train_pairs *r = calloc(1, sizeof *r);
    bool good = r && (r->recordings = calloc(count, sizeof *r->recordings));
    if (!good)
        complain(NULL, "the recordings need more memory than there is");
    else
        memcpy(r->roles, roles, count * sizeof *roles);
    while (good && r->count < count)
        good = load(r, paths);
    if (good) {
        train_takes_compare(r, paths, knobs);
        agree_on_latency(r);
        compare_polarities(r);
        good = train_cut(r, paths, knobs);
    }
    if (good)
        return r;
    train_pairs_free(r);
    return NULL;
}
