/* SPDX-License-Identifier: ISC */
#include "response.h"

#include "response_shape.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Sample rates of files, Hz. */
enum { RATE_MIN = 8000, RATE_MAX = 768000 };

__attribute__((format(printf, 2, 3))) static bool refuse(struct xlstm_error *error,
                                                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    return false;
}

/** Opens a plain file; a pipe or a device, on which opening may wait for ever, is not touched. */
static SNDFILE *open_file(const char *path, SF_INFO *info, struct xlstm_error *error)
{
    struct stat status;
    SNDFILE *file = NULL;
    *info = (SF_INFO){0};
    if (stat(path, &status) != 0)
        refuse(error, "%s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        refuse(error, "this is no plain file");
    else if (!(file = sf_open(path, SFM_READ, info)))
        refuse(error, "this is no sound file (%s)", sf_strerror(NULL));
    return file;
}

static bool check_info(const SF_INFO *info, struct xlstm_error *error)
{
    if (info->channels < 1 || info->channels > CHANNELS_MAX)
        return refuse(error, "the file has %d channels, a cabinet response has 1 or 2",
                      info->channels);
    if (info->samplerate < RATE_MIN || info->samplerate > RATE_MAX)
        return refuse(error, "the sample rate is %d Hz, a cabinet response has %d to %d Hz",
                      info->samplerate, RATE_MIN, RATE_MAX);
    return info->frames > 0 || refuse(error, "the file holds no sound");
}

static bool is_finite(const float *samples, size_t count)
{
    for (size_t i = 0; i < count; ++i)
        if (!isfinite(samples[i]))
            return false;
    return true;
}

/** Separates interleaved channels. */
static bool take_channels(struct response *response, const float *frames)
{
    const unsigned channels = response->channels;
    for (unsigned c = 0; c < channels; ++c) {
        response->taps[c] = malloc(response->count * sizeof *response->taps[c]);
        for (uint32_t i = 0; response->taps[c] && i < response->count; ++i)
            response->taps[c][i] = frames[(size_t)i * channels + c];
    }
    return response->taps[0] && response->taps[channels - 1];
}

/** Reads no more of the file than is used. */
static bool read_frames(struct response *response, SNDFILE *file, const SF_INFO *info,
                        struct xlstm_error *error)
{
    const sf_count_t most = (sf_count_t)(RESPONSE_SECONDS * info->samplerate);
    const sf_count_t wanted = info->frames < most ? info->frames : most;
    float *frames = malloc((size_t)wanted * (size_t)info->channels * sizeof *frames);
    if (!frames)
        return refuse(error, "out of memory");
    const sf_count_t got = sf_readf_float(file, frames, wanted);
    response->channels = (unsigned)info->channels;
    response->count = (uint32_t)got;
    response->seconds = (double)info->frames / info->samplerate;
    response->cut = info->frames > most;
    bool good = got == wanted || refuse(error, "the file could not be read to its end");
    good = good && (is_finite(frames, (size_t)got * response->channels) ||
                    refuse(error, "the file holds numbers that are no sound"));
    good = good && (take_channels(response, frames) || refuse(error, "out of memory"));
    free(frames);
    return good;
}

/** From the file's rate to the host's, and to the length and loudness that all have. */
static bool shape(struct response *response, double file_rate, double host_rate,
                  struct xlstm_error *error)
{
    if (response->cut)
        response_fade_end(response, file_rate);
    if (!response_convert(response, file_rate, host_rate))
        return refuse(error, "out of memory");
    response_trim(response);
    return response_normalise(response, host_rate) || refuse(error, "the response is silent");
}

bool response_read(struct response *response, const char *path, double host_rate,
                   struct xlstm_error *error)
{
    SF_INFO info;
    *response = (struct response){.count = 0};
    SNDFILE *file = open_file(path, &info, error);
    if (!file)
        return false;
    const bool good = check_info(&info, error) && read_frames(response, file, &info, error) &&
                      shape(response, info.samplerate, host_rate, error);
    sf_close(file);
    if (!good)
        response_clear(response);
    return good;
}

void response_clear(struct response *response)
{
    for (unsigned c = 0; c < CHANNELS_MAX; ++c)
        free(response->taps[c]);
    *response = (struct response){.count = 0};
}
