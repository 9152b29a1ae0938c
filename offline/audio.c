/* SPDX-License-Identifier: ISC */
#include "audio.h"

#include "report.h"
#include "resample.h"
#include "source.h"

#include <stdlib.h>

enum { BLOCK = 4096 };

static float *new_samples(size_t frames, unsigned channels, struct xlstm_error *error)
{
    float *samples = calloc(frames * channels, sizeof *samples);
    if (!samples)
        fail(error, "needs more memory than there is");
    return samples;
}

/** Reads what is left of the source into `audio`, which has room for all frames promised. */
static bool read_frames(struct audio *audio, struct source *source, struct xlstm_error *error)
{
    float *block = new_samples(BLOCK, audio->channels, error);
    size_t done = 0, got = BLOCK;
    bool good = block;
    while (good && got == BLOCK) {
        good = source_read(source, block, BLOCK, &got, error);
        for (unsigned c = 0; c < audio->channels; c++)
            for (size_t i = 0; i < got && done + i < audio->frames; i++)
                audio_channel(audio, c)[done + i] = block[i * audio->channels + c];
        done += got;
    }
    free(block);
    return good;
}

bool audio_read(struct audio *audio, const char *path, uint64_t *not_finite,
                struct xlstm_error *error)
{
    struct source source;
    if (!source_open(&source, path, error))
        return false;
    if (source.info.frames == 0) {
        source_close(&source);
        return fail(error, "holds no sound (0 frames)");
    }
    *audio = (struct audio){.frames = (size_t)source.info.frames,
                            .channels = (unsigned)source.info.channels,
                            .rate = source.info.samplerate};
    audio->samples = new_samples(audio->frames, audio->channels, error);
    bool good = audio->samples && read_frames(audio, &source, error);
    if (not_finite)
        *not_finite = source.not_finite;
    source_close(&source);
    if (!good)
        audio_free(audio);
    return good;
}

float *audio_channel(const struct audio *audio, unsigned channel)
{
    return audio->samples + channel * audio->frames;
}

static double energy(const float *samples, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)samples[i] * samples[i];
    return sum;
}

unsigned audio_loudest(const struct audio *audio)
{
    unsigned loudest = 0;
    double most = -1;
    for (unsigned c = 0; c < audio->channels; c++) {
        double here = energy(audio_channel(audio, c), audio->frames);
        if (here > most) {
            most = here;
            loudest = c;
        }
    }
    return loudest;
}

static bool resample_channel(const float *in, size_t in_frames, double in_rate, float *out,
                             size_t out_frames, double out_rate, struct xlstm_error *error)
{
    soxr_t resampler;
    size_t used, made;
    if (!resample_start(&resampler, in_rate, out_rate, 1, error))
        return false;
    soxr_process(resampler, in, ~in_frames, &used, out, out_frames, &made); /* ~: all there is */
    soxr_delete(resampler);
    return true;
}

bool audio_resample(struct audio *audio, double rate, struct xlstm_error *error)
{
    if (audio->rate == rate)
        return true;
    struct audio changed = {.frames = resample_length(audio->frames, audio->rate, rate),
                            .channels = audio->channels,
                            .rate = rate};
    changed.samples = new_samples(changed.frames, changed.channels, error);
    bool good = changed.samples;
    for (unsigned c = 0; good && c < audio->channels; c++)
        good = resample_channel(audio_channel(audio, c), audio->frames, audio->rate,
                                audio_channel(&changed, c), changed.frames, rate, error);
    if (!good) {
        audio_free(&changed);
        return false;
    }
    audio_free(audio);
    *audio = changed;
    return true;
}

void audio_free(struct audio *audio)
{
    free(audio->samples);
    *audio = (struct audio){0};
}
