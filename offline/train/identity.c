/* SPDX-License-Identifier: ISC */
#include "identity.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a, over words instead of bytes. */
static const uint64_t HASH_START = 0xcbf29ce484222325U, HASH_PRIME = 0x100000001b3U;

static uint64_t hash_floats(uint64_t hash, const float *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &numbers[i], sizeof bits);
        hash = (hash ^ bits) * HASH_PRIME;
    }
    return hash;
}

static json_t *fingerprint(const struct train_set *set)
{
    uint64_t hash = HASH_START;
    for (size_t p = 0; p < set->count; p++) {
        const struct train_pair *pair = &set->pairs[p];
        hash = (hash ^ pair->frames) * HASH_PRIME;
        hash = (hash ^ pair->lead_in) * HASH_PRIME;
        hash = hash_floats(hash, pair->knobs, XLSTM_MAX_KNOBS);
        hash = hash_floats(hash, pair->dry, pair->frames);
        hash = hash_floats(hash, pair->wet, pair->frames);
    }
    return json_sprintf("%016" PRIx64, hash);
}

json_t *identity_of(const struct train_options *o, const json_t *more,
                    const struct train_set *train, const struct train_set *validation,
                    const struct xl_engine *engine)
{
    json_t *identity = json_pack(
        "{s:o, s:o, s:I, s:i, s:f, s:I, s:f, s:{s:f, s:f, s:f, s:f}, s:i, s:i, s:f, s:f, s:f, s:f, "
        "s:f, s:f, s:i, s:f, s:f, s:i, s:f, s:s}",
        "recordings", fingerprint(train), "validation", fingerprint(validation), "seed",
        (json_int_t)o->seed, "threads", (int)o->threads, "time", o->seconds, "updates",
        (json_int_t)o->updates, "rate", o->rate, "loss", "esr", o->loss.esr, "pre",
        o->loss.emphasised, "dc", o->loss.dc, "stft", o->loss.stft, "channels", (int)o->channels,
        "steps", (int)o->steps, "warm_up", o->warm_up, "hold", o->hold, "last_rate", o->last_rate,
        "clip", o->clip, "average", o->average, "slowest", o->slowest, "validations",
        (int)o->validations, "patience", o->patience, "path_share", o->path_share, "path_steps",
        (int)o->path_steps, "path_rate", o->path_rate, "instructions", engine->name);
    if (identity && more && json_object_update_missing(identity, (json_t *)more) != 0) {
        json_decref(identity);
        identity = NULL;
    }
    return identity;
}

/** Short values can be quoted, others only named. */
static bool differ(const char *name, const json_t *theirs, const json_t *ours,
                   struct xlstm_error *error)
{
    enum { SHORT = 40 };
    char was[SHORT], is[SHORT];
    const size_t was_length = theirs ? json_dumpb(theirs, was, SHORT - 1, JSON_ENCODE_ANY) : 0;
    const size_t is_length = ours ? json_dumpb(ours, is, SHORT - 1, JSON_ENCODE_ANY) : 0;
    const bool words = !json_is_number(theirs) && !json_is_string(theirs);
    if (words || was_length == 0 || was_length >= SHORT || is_length == 0 || is_length >= SHORT ||
        strcmp(name, "recordings") == 0 || strcmp(name, "validation") == 0)
        return xl_fail(error, "is of a run with other %s", name);
    was[was_length] = is[is_length] = 0;
    return xl_fail(error, "is of a run with %s %s, not %s", name, was, is);
}

bool identity_agrees(const json_t *checkpoint, const json_t *run, struct xlstm_error *error)
{
    const char *name;
    const json_t *ours;
    json_object_foreach((json_t *)run, name, ours)
    {
        const json_t *theirs = json_object_get(checkpoint, name);
        if (!json_equal(theirs, ours))
            return differ(name, theirs, ours, error);
    }
    return true;
}
