/* SPDX-License-Identifier: ISC */
#include "sink.h"

#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const sample_format_names[] = {"float", "24", "16", NULL};

static const int subtypes[] = {SF_FORMAT_FLOAT, SF_FORMAT_PCM_24, SF_FORMAT_PCM_16};

static const struct container {
    const char *extension;
    int format;
    int large; ///< format for files whose length 32 bits cannot say; 0: none
} containers[] = {
    {"wav", SF_FORMAT_WAV, SF_FORMAT_RF64},
    {"flac", SF_FORMAT_FLAC, SF_FORMAT_FLAC},
    {"aiff", SF_FORMAT_AIFF, 0},
    {"aif", SF_FORMAT_AIFF, 0},
};

enum { CONTAINERS = sizeof containers / sizeof *containers, HEADER_ROOM = 1 << 16 };

static const struct container *container_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (int i = 0; dot && i < CONTAINERS; i++)
        if (!strcasecmp(dot + 1, containers[i].extension))
            return &containers[i];
    return NULL;
}

bool sink_knows(const char *path)
{
    return container_of(path);
}

bool sink_format(const char *path, enum sample_format samples, int *format,
                 struct xlstm_error *error)
{
    const struct container *container = container_of(path);
    if (!container)
        return fail(error, "has no extension that says how to write it: .wav, .flac or .aiff");
    if (container->format == SF_FORMAT_FLAC && samples == SAMPLE_FLOAT)
        return fail(error, "a FLAC file holds 24 or 16 bits, not float");
    *format = container->format | subtypes[samples];
    return true;
}

static unsigned bits_of(int format)
{
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_16:
        return 16;
    case SF_FORMAT_PCM_24:
        return 24;
    default:
        return 0;
    }
}

/** Checks that the container holds such sound, and takes its form for large files if need be. */
static bool fit(const char *path, SF_INFO *info, uint64_t frames, struct xlstm_error *error)
{
    const struct container *container = container_of(path);
    unsigned bits = bits_of(info->format);
    uint64_t bytes = frames * (uint64_t)info->channels * (bits ? bits / 8 : sizeof(float));
    if (!sf_format_check(info))
        return fail(error, "cannot hold %d channels at %d Hz in this format", info->channels,
                    info->samplerate);
    if (bytes < UINT32_MAX - HEADER_ROOM)
        return true;
    if (!container->large)
        return fail(error, "cannot hold %.1f GB of sound: write .wav", (double)bytes / 1e9);
    info->format = container->large | (info->format & SF_FORMAT_SUBMASK);
    return true;
}

bool sink_open(struct sink *sink, const char *path, int format, int rate, unsigned channels,
               uint64_t frames, struct xlstm_error *error)
{
    SF_INFO info = {.samplerate = rate, .channels = (int)channels, .format = format};
    unsigned bits = bits_of(format);
    *sink = (struct sink){.channels = channels};
    if (!fit(path, &info, frames, error) || !outfile_open(&sink->file, path, error))
        return false;
    if (bits) {
        sink->dither = dither_start(bits);
        sink->whole = malloc((size_t)SINK_BLOCK * channels * sizeof *sink->whole);
    }
    sink->sound = sf_open_fd(sink->file.descriptor, SFM_WRITE, &info, SF_FALSE);
    if (sink->sound && (!bits || sink->whole)) {
        /* without the chunk that holds the time of day, two runs give the same bytes */
        sf_command(sink->sound, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
        return true;
    }
    fail(error, "cannot be written: %s", sink->sound ? strerror(ENOMEM) : sf_strerror(NULL));
    sink_abort(sink);
    return false;
}

static float larger(float peak, float sample)
{
    return fabsf(sample) > peak ? fabsf(sample) : peak;
}

/** Several peaks side by side, which the compiler keeps in a vector. */
static float larger_peak(float peak, const float *samples, size_t count)
{
    enum { PEAKS = 16 };
    float peaks[PEAKS] = {peak};
    size_t i = 0;
    for (; i + PEAKS <= count; i += PEAKS)
        for (size_t j = 0; j < PEAKS; j++)
            peaks[j] = larger(peaks[j], samples[i + j]);
    for (; i < count; i++)
        peaks[0] = larger(peaks[0], samples[i]);
    for (size_t j = 0; j < PEAKS; j++)
        peak = larger(peak, peaks[j]);
    return peak;
}

bool sink_write(struct sink *sink, const float *interleaved, size_t frames,
                struct xlstm_error *error)
{
    size_t count = frames * sink->channels;
    sf_count_t written;
    sink->peak = larger_peak(sink->peak, interleaved, count);
    errno = 0;
    if (sink->whole) {
        sink->clipped += dither_quantise(&sink->dither, interleaved, sink->whole, count);
        written = sf_write_int(sink->sound, sink->whole, (sf_count_t)count);
    } else {
        written = sf_write_float(sink->sound, interleaved, (sf_count_t)count);
    }
    sink->frames += frames;
    return written == (sf_count_t)count ||
           fail(error, "cannot be written: %s", errno ? strerror(errno) : "the disk is full");
}

bool sink_commit(struct sink *sink, struct xlstm_error *error)
{
    errno = 0;
    int bad = sf_close(sink->sound);
    sink->sound = NULL;
    if (bad) {
        fail(error, "cannot be written: %s", errno ? strerror(errno) : "the disk is full");
        sink_abort(sink);
        return false;
    }
    free(sink->whole);
    sink->whole = NULL;
    return outfile_commit(&sink->file, error);
}

void sink_abort(struct sink *sink)
{
    if (sink->sound)
        sf_close(sink->sound);
    free(sink->whole);
    sink->sound = NULL;
    sink->whole = NULL;
    outfile_abort(&sink->file);
}
