/* SPDX-License-Identifier: ISC */
/* Making and freeing voices: files, parsing, memory. Never called by the audio thread. */
#include "rate_plan.h"
#include "voice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MODEL_FILE_LIMIT = 64 << 20 }; ///< bytes; the largest model that anybody plays is far below

/** Notes why the voice has no model. Returns false. */
__attribute__((format(printf, 2, 3))) static bool refuse(struct voice *voice, const char *format,
                                                         ...)
{
    va_list args;
    va_start(args, format);
    parcel_refuse(&voice->parcel, voice->path, format, args);
    va_end(args);
    return false;
}

/** Reads a file of `size` bytes into a new buffer, or says why not and returns NULL. */
static void *read_bytes(struct voice *voice, size_t size)
{
    FILE *file = fopen(voice->path, "rb");
    if (!file) {
        refuse(voice, "%s", strerror(errno));
        return NULL;
    }
    void *bytes = malloc(size);
    if (!bytes || fread(bytes, 1, size, file) != size) {
        refuse(voice, "%s", bytes ? "the file could not be read to its end" : "out of memory");
        free(bytes);
        bytes = NULL;
    }
    fclose(file);
    return bytes;
}

/** The whole of a plain file; a pipe or a device, which may never end, is not touched. */
static void *read_file(struct voice *voice, size_t *size)
{
    struct stat status;
    if (stat(voice->path, &status) != 0)
        refuse(voice, "%s", strerror(errno));
    else if (!S_ISREG(status.st_mode))
        refuse(voice, "this is no plain file");
    else if (status.st_size < 1 || status.st_size > MODEL_FILE_LIMIT)
        refuse(voice, "the file has %lld bytes, a model has 1 to %d", (long long)status.st_size,
               MODEL_FILE_LIMIT);
    else
        return read_bytes(voice, *size = (size_t)status.st_size);
    return NULL;
}

/** Appends the architecture of one network of a file to the list. False: it can't be used. */
static bool tell_size(struct voice *voice, const void *bytes, size_t size, size_t which)
{
    struct xlstm_error error = {""};
    xlstm_model *model = xlstm_model_parse_size(bytes, size, which, XLSTM_ISA_AUTO, &error);
    if (!model)
        return refuse(voice, "network %zu: %s", which + 1, error.text);
    const char *line = xlstm_model_info(model)->architecture;
    const size_t used = voice->sizes ? strlen(voice->sizes) : 0;
    const size_t room = used + strlen(line) + 2;
    char *longer = realloc(voice->sizes, room);
    if (longer) {
        snprintf(longer + used, room - used, "%s%s", used > 0 ? "\n" : "", line);
        voice->sizes = longer;
    }
    xlstm_model_free(model);
    return longer || refuse(voice, "out of memory");
}

/** Notes what networks a file carries if there are several; all of them have to be usable. */
static bool tell_sizes(struct voice *voice, const void *bytes, size_t size, size_t networks)
{
    bool good = true;
    for (size_t which = 0; networks > 1 && good && which < networks; ++which)
        good = tell_size(voice, bytes, size, which);
    return good;
}

static bool load_model(struct voice *voice)
{
    size_t size = 0;
    void *bytes = read_file(voice, &size);
    if (!bytes)
        return false;
    struct xlstm_error error = {""};
    const size_t networks = xlstm_model_sizes(bytes, size, &error);
    const size_t which = voice_choice_size(voice->choice, networks);
    if (networks > 0)
        voice->model = xlstm_model_parse_size(bytes, size, which, XLSTM_ISA_AUTO, &error);
    const bool good =
        voice->model ? tell_sizes(voice, bytes, size, networks) : refuse(voice, "%s", error.text);
    free(bytes);
    return good;
}

static bool takes_audio(struct voice *voice)
{
    const struct xlstm_info *info = xlstm_model_info(voice->model);
    return (info->inputs == 1 && info->outputs == 1) ||
           refuse(voice, "the model has %u inputs and %u outputs, a plugin needs 1 and 1",
                  info->inputs, info->outputs);
}

/** Makes the library's conversion between the host's rate and that of all turns together. */
static bool convert_rate(struct voice *voice, double host_rate, double to, uint32_t max_frames)
{
    voice->rate = rate_new(voice->channels, host_rate, to, max_frames);
    if (!voice->rate)
        return refuse(voice, "no conversion between the model's %g Hz and the host's %g Hz",
                      xlstm_model_info(voice->model)->sample_rate, host_rate);
    voice->latency = voice->rate->latency;
    return true;
}

static bool oversample(struct voice *voice, unsigned factor, double host_rate, uint32_t max_frames)
{
    voice->oversampler = oversampler_new(voice->channels, factor, host_rate, max_frames);
    if (!voice->oversampler)
        return refuse(voice, "out of memory");
    voice->latency = oversampler_latency(voice->oversampler);
    return true;
}

/** Makes the streams and what lies between them and the host's rate. */
static bool make_streams(struct voice *voice, double host_rate, uint32_t max_frames)
{
    const struct rate_plan plan = rate_plan(host_rate, xlstm_model_info(voice->model)->sample_rate,
                                            voice->choice.oversampling);
    if (plan.converted > 0.0 && !convert_rate(voice, host_rate, plan.converted, max_frames))
        return false;
    if (plan.factor > 1 && !oversample(voice, plan.factor, host_rate, max_frames))
        return false;
    voice->turns = turns_new(voice->model, voice->channels * plan.factor, plan.turns,
                             voice->rate ? voice->rate->model_frames : max_frames);
    return voice->turns || refuse(voice, "out of memory");
}

/** The dry sound has to wait for the wet one. */
static bool make_delay(struct voice *voice)
{
    if (voice->latency == 0)
        return true;
    voice->delay = calloc(voice->channels, voice->latency * sizeof *voice->delay);
    return voice->delay || refuse(voice, "out of memory");
}

static void release_parts(struct voice *voice)
{
    turns_free(voice->turns);
    xlstm_model_free(voice->model);
    rate_free(voice->rate);
    oversampler_free(voice->oversampler);
    free(voice->delay);
    free(voice->sizes);
    voice->turns = NULL;
    voice->model = NULL;
    voice->rate = NULL;
    voice->oversampler = NULL;
    voice->delay = NULL;
    voice->sizes = NULL;
}

struct voice *voice_new(const char *path, struct voice_choice choice, double host_rate,
                        unsigned channels, uint32_t max_frames)
{
    const size_t path_bytes = strlen(path) + 1;
    struct voice *voice = calloc(1, sizeof *voice + path_bytes);
    if (!voice)
        return NULL;
    memcpy(voice->path, path, path_bytes);
    voice->choice = choice;
    voice->channels = channels;
    if (!load_model(voice) || !takes_audio(voice) || !make_streams(voice, host_rate, max_frames) ||
        !make_delay(voice))
        release_parts(voice);
    else
        model_levels_read(&voice->levels, xlstm_model_info(voice->model));
    return voice;
}

void voices_free(struct parcel *list)
{
    while (list) {
        struct voice *voice = (struct voice *)list;
        list = list->next;
        release_parts(voice);
        free(voice);
    }
}
