/* SPDX-License-Identifier: ISC */
#include "train_loudness.h"

#include "loudness.h"
#include "network.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>

enum { BLOCK = 4096 };

/** Plays a recording from rest. Its lead-in prepares the state and does not count. */
static bool play(xlstm_stream *stream, const struct train_pair *pair, struct loudness *loudness)
{
    float block[BLOCK];
    float *out = block;
    xlstm_stream_reset(stream);
    for (size_t k = 0; k < XLSTM_MAX_KNOBS; k++)
        xlstm_stream_set_knob(stream, k, pair->knobs[k]);
    for (size_t at = 0; at < pair->frames;) {
        const size_t end = at < pair->lead_in ? pair->lead_in : pair->frames;
        const size_t frames = end - at < BLOCK ? end - at : BLOCK;
        const float *in = pair->dry + at;
        xlstm_stream_process(stream, &in, &out, frames);
        if (at >= pair->lead_in && !loudness_add(loudness, block, frames))
            return false;
        at += frames;
    }
    return true;
}

static bool play_sets(const xlstm_model *model, const struct train_set *sets, size_t count,
                      struct loudness *loudness)
{
    xlstm_stream *stream = xlstm_stream_new(model, 1, BLOCK);
    bool good = stream;
    for (size_t s = 0; good && s < count; s++)
        for (size_t i = 0; good && i < sets[s].count; i++)
            good = play(stream, &sets[s].pairs[i], loudness);
    xlstm_stream_free(stream);
    return good;
}

bool train_loudness(json_t *json, const struct xl_config *config, const float *values,
                    const struct train_set *sets, size_t count, struct xlstm_error *error)
{
    size_t size;
    void *bytes = network_save(config, json, values, &size, error);
    xlstm_model *model = bytes ? xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, error) : NULL;
    free(bytes);
    if (!model)
        return false;
    struct loudness loudness = loudness_start(xlstm_model_info(model)->sample_rate);
    bool good = play_sets(model, sets, count, &loudness) || fail(error, "out of memory");
    const double measured = loudness_dbfs(&loudness);
    json_object_del(json, "loudness_dbfs");
    if (good && isfinite(measured))
        json_object_set_new(json, "loudness_dbfs", json_real(measured));
    loudness_free(&loudness);
    xlstm_model_free(model);
    return good;
}
