/* SPDX-License-Identifier: ISC */
#include "track.h"

#include "report.h"
#include "resample.h"

#include <stdlib.h>
#include <string.h>

unsigned track_channels(const struct track *track)
{
    return (unsigned)track->source.info.channels;
}

/** Input for the resampler, as soxr_output() asks for it. */
static size_t feed(void *closure, soxr_in_t *data, size_t requested)
{
    struct track *track = closure;
    size_t got = 0, most = requested < TRACK_BLOCK ? requested : TRACK_BLOCK;
    if (!track->failed)
        track->failed = !source_read(&track->source, track->block, most, &got, &track->error);
    *data = track->failed ? NULL : track->block;
    return got;
}

static bool start_resamplers(struct track *track)
{
    double file_rate = track->source.info.samplerate, model_rate = track->levels->model_rate;
    unsigned channels = track_channels(track);
    if (file_rate == model_rate)
        return true;
    if (!resample_start(&track->in_resampler, file_rate, model_rate, channels, &track->error) ||
        !resample_start(&track->out_resampler, model_rate, file_rate, channels, &track->error))
        return false;
    soxr_set_input_fn(track->in_resampler, feed, track, TRACK_BLOCK);
    return true;
}

static bool allocate(struct track *track)
{
    size_t samples = (size_t)TRACK_BLOCK * track_channels(track);
    track->block = malloc(samples * sizeof(float));
    track->out_block = malloc(samples * sizeof(float));
    track->dry_block = malloc(samples * sizeof(float));
    return (track->block && track->out_block && track->dry_block) ||
           fail(&track->error, "needs more memory than there is");
}

static void release(struct track *track)
{
    source_close(&track->source);
    source_close(&track->dry);
    soxr_delete(track->in_resampler);
    soxr_delete(track->out_resampler);
    free(track->block);
    free(track->out_block);
    free(track->dry_block);
    track->in_resampler = track->out_resampler = NULL;
    track->block = track->out_block = track->dry_block = NULL;
}

static bool open_input(struct track *track, const char *path)
{
    return source_open(&track->source, path, &track->error) &&
           (track->levels->mix == 1 || source_open(&track->dry, path, &track->error)) &&
           start_resamplers(track) && allocate(track);
}

bool track_open(struct track *track, const char *in_path, const char *out_path, int format,
                const struct track_levels *levels)
{
    *track = (struct track){.levels = levels, .in_path = in_path, .culprit = in_path};
    if (open_input(track, in_path)) {
        track->culprit = out_path;
        if (sink_open(&track->sink, out_path, format, track->source.info.samplerate,
                      track_channels(track), (uint64_t)track->source.info.frames, &track->error))
            return true;
    }
    release(track);
    return false;
}

bool track_read(struct track *track, float *const *channels, size_t *got)
{
    const float *read = track->block;
    unsigned count = track_channels(track);
    if (track->in_resampler) {
        *got = soxr_output(track->in_resampler, track->out_block, TRACK_BLOCK);
        read = track->out_block;
    } else {
        track->failed = !source_read(&track->source, track->block, TRACK_BLOCK, got, &track->error);
    }
    for (unsigned c = 0; c < count; c++)
        for (size_t i = 0; i < *got; i++)
            channels[c][i] = read[i * count + c] * track->levels->gain;
    if (track->failed)
        track->culprit = track->in_path;
    return !track->failed;
}

/** Mixes `frames` finished frames of out_block with the input of the same time and writes them. */
static bool emit(struct track *track, size_t frames)
{
    const struct track_levels *levels = track->levels;
    uint64_t left = (uint64_t)track->source.info.frames - track->sink.frames;
    size_t count = frames < left ? frames : (size_t)left, got = 0;
    size_t samples = count * track_channels(track);
    float wet = levels->mix * levels->wet_gain * levels->output_gain;
    float dry = (1 - levels->mix) * levels->output_gain;
    for (size_t i = 0; i < samples; i++)
        track->out_block[i] *= wet;
    if (track->dry.sound && !source_read(&track->dry, track->dry_block, count, &got, &track->error))
        return false;
    for (size_t i = 0; i < got * track_channels(track); i++)
        track->out_block[i] += dry * track->dry_block[i];
    return sink_write(&track->sink, track->out_block, count, &track->error);
}

/** Sends frames of `block` through the resampler and out; no frames: what is left in it. */
static bool resample_out(struct track *track, size_t frames)
{
    size_t used = 0, taken, made;
    do {
        const float *in = frames ? track->block + used * track_channels(track) : NULL;
        soxr_process(track->out_resampler, in, frames - used, &taken, track->out_block, TRACK_BLOCK,
                     &made);
        used += taken;
        if (made && !emit(track, made))
            return false;
    } while (made || used < frames);
    return true;
}

bool track_write(struct track *track, const float *const *channels, size_t frames)
{
    float *block = track->out_resampler ? track->block : track->out_block;
    unsigned count = track_channels(track);
    for (unsigned c = 0; c < count; c++)
        for (size_t i = 0; i < frames; i++)
            block[i * count + c] = channels[c][i];
    return track->out_resampler ? resample_out(track, frames) : emit(track, frames);
}

/** Resampling there and back may end a frame or two early. */
static bool pad(struct track *track)
{
    while (track->sink.frames < (uint64_t)track->source.info.frames) {
        memset(track->out_block, 0,
               (size_t)TRACK_BLOCK * track_channels(track) * sizeof *track->out_block);
        if (!emit(track, TRACK_BLOCK))
            return false;
    }
    return true;
}

bool track_finish(struct track *track)
{
    bool whole = (!track->out_resampler || resample_out(track, 0)) && pad(track) &&
                 sink_commit(&track->sink, &track->error);
    track_abort(track);
    return whole;
}

void track_abort(struct track *track)
{
    sink_abort(&track->sink);
    release(track);
}
