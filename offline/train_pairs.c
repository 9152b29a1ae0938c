/* SPDX-License-Identifier: ISC */
#include "train_pairs.h"

#include "align.h"
#include "report.h"
#include "train_settings.h"

#include <stdlib.h>
#include <string.h>

static const double MAX_LAG_SECONDS = 2;
/** A band limit of linear phase answers this much ahead of time (frames); nothing else does. */
static const long RINGING = 3;

/* Parts of the recordings that training never sees: validation chooses the best model, the test
 * tells how good it is. Both come from two places, so that a change of playing is in all parts. */
enum { PIECES = 20 };
static const struct held_out {
    unsigned piece;
    bool test;
} held_out_pieces[TRAIN_HELD_OUT] = {{4, false}, {9, true}, {14, false}, {19, true}};
static const double LEAD_IN_SECONDS = 1.5;

/** Reads a file as one channel at the model's rate. */
static bool read_mono(struct audio *audio, const char *path)
{
    struct xlstm_error error;
    if (!audio_read(audio, path, NULL, &error)) {
        complain(path, "%s", error.text);
        return false;
    }
    if (audio->rate != TRAIN_MODEL_RATE)
        complain(path, "is resampled from %g to %g Hz", audio->rate, TRAIN_MODEL_RATE);
    if (!audio_resample(audio, TRAIN_MODEL_RATE, &error)) {
        complain(path, "%s", error.text);
        audio_free(audio);
        return false;
    }
    return true;
}

/** A recording cut to what dry and wet have in common, sample by sample. */
static bool align(const char *wet_path, const struct audio *dry, const struct audio *wet,
                  struct train_pair *pair)
{
    struct alignment found;
    const float *in = audio_channel(dry, audio_loudest(dry));
    const float *out = audio_channel(wet, audio_loudest(wet));
    if (!align_find(in, dry->frames, out, wet->frames, (size_t)(MAX_LAG_SECONDS * TRAIN_MODEL_RATE),
                    &found)) {
        complain(NULL, "the alignment needs more memory than there is");
        return false;
    }
    if (found.confidence < ALIGN_RELATED) {
        complain(wet_path, "has nothing in common with the dry recording");
        return false;
    }
    if (found.lag < 0 && found.lag >= -RINGING)
        found.lag = 0;
    if (found.lag != 0)
        complain(wet_path, "comes %ld samples %s; this is taken out", labs(found.lag),
                 found.lag > 0 ? "late" : "early");
    const size_t skip_dry = found.lag < 0 ? (size_t)-found.lag : 0;
    const size_t skip_wet = found.lag > 0 ? (size_t)found.lag : 0;
    const size_t left_dry = dry->frames - skip_dry, left_wet = wet->frames - skip_wet;
    *pair = (struct train_pair){.dry = in + skip_dry,
                                .wet = out + skip_wet,
                                .frames = left_dry < left_wet ? left_dry : left_wet};
    return true;
}

/** The part of a pair from piece `first` to before piece `last`, with a lead-in. */
static struct train_pair part_of(const struct train_pair *pair, size_t first, size_t last)
{
    struct train_pair part = *pair;
    const size_t begin = pair->frames * first / PIECES, end = pair->frames * last / PIECES;
    const size_t lead = (size_t)(LEAD_IN_SECONDS * TRAIN_MODEL_RATE);
    part.lead_in = begin < lead ? begin : lead;
    part.dry += begin - part.lead_in;
    part.wet += begin - part.lead_in;
    part.frames = end - begin + part.lead_in;
    return part;
}

static void cut(struct train_pairs *r, const struct train_pair *pair)
{
    unsigned first = 0;
    for (size_t i = 0; i < TRAIN_HELD_OUT; i++) {
        const struct held_out *held = &held_out_pieces[i];
        const struct train_pair out = part_of(pair, held->piece, held->piece + 1);
        if (held->piece > first)
            r->train[r->train_count++] = part_of(pair, first, held->piece);
        if (held->test)
            r->test[r->test_count++] = out;
        else
            r->validation[r->validation_count++] = out;
        first = held->piece + 1;
    }
    if (first < PIECES)
        r->train[r->train_count++] = part_of(pair, first, PIECES);
}

static bool read_pairs(struct train_pairs *r, int count, char **paths,
                       const float (*knobs)[XLSTM_MAX_KNOBS])
{
    for (int i = 0; i + 1 < count; i += 2) {
        struct train_pair pair;
        struct audio *dry = &r->dry[r->count], *wet = &r->wet[r->count];
        if (!read_mono(dry, paths[i]))
            return false;
        if (!read_mono(wet, paths[i + 1])) {
            audio_free(dry);
            return false;
        }
        r->count++;
        if (!align(paths[i + 1], dry, wet, &pair))
            return false;
        memcpy(pair.knobs, knobs[i / 2], sizeof pair.knobs);
        cut(r, &pair);
    }
    return true;
}

void train_pairs_free(struct train_pairs *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->count; i++) {
        audio_free(&r->dry[i]);
        audio_free(&r->wet[i]);
    }
    free(r);
}

struct train_pairs *train_pairs_read(int count, char **paths, const float (*knobs)[XLSTM_MAX_KNOBS])
{
    struct train_pairs *r = calloc(1, sizeof *r);
    if (!r) {
        complain(NULL, "the recordings need more memory than there is");
        return NULL;
    }
    if (read_pairs(r, count, paths, knobs))
        return r;
    train_pairs_free(r);
    return NULL;
}
