/* SPDX-License-Identifier: ISC */
#include "source.h"

#include "report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Chunk sizes from here on are what programs write that cannot know the length: no promise. */
#define STREAMED_SIZE 0x7ffff000ULL

enum {
    LOG_BYTES = 4096,
    COUNT_SAMPLES = 8192, ///< read at once; more than the channels that libsndfile allows
};

/** libsndfile reads a file whose sound chunk is larger than the file as far as it goes, and says so
 *  in its log alone: "data : 96000 (should be 49956)". */
static bool cut_short(SNDFILE *sound, unsigned long long *promised, unsigned long long *present)
{
    char log[LOG_BYTES], *rest = NULL;
    sf_command(sound, SFC_GET_LOG_INFO, log, sizeof log);
    for (char *line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char chunk[5];
        if (sscanf(line, " %4[dataSND] : %llu (should be %llu)", chunk, promised, present) == 3 &&
            (!strcmp(chunk, "data") || !strcmp(chunk, "SSND")))
            return *promised > *present && *promised < STREAMED_SIZE;
    }
    return false;
}

/** Why libsndfile did not open a file, in our words: its own are for programmers. */
static const char *why_not(void)
{
    static const struct {
        const char *theirs, *ours;
    } REASONS[] = {
        {"Format not recognised", "it is of no known format, such as WAV, FLAC, AIFF, Ogg or MP3"},
        {"unimplemented", "its encoding is not supported"},
        {"Supported file format but", "its encoding is not supported"},
        {"Channel count is zero", "its header tells of 0 channels"},
        {"Too many channels", "its header tells of more than 1024 channels"},
        {"SF_INFO struct incomplete", "its header tells no sample rate that can be"},
    };
    const char *theirs = sf_strerror(NULL);
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++)
        if (strstr(theirs, REASONS[i].theirs))
            return REASONS[i].ours;
    if (sf_error(NULL) == SF_ERR_SYSTEM)
        return strerror(errno);
    return "its header is damaged";
}

static bool usable(struct source *source, struct xlstm_error *error)
{
    unsigned long long promised, present;
    if (cut_short(source->sound, &promised, &present))
        return fail(error, "is cut short: it promises %llu bytes of sound and holds %llu", promised,
                    present);
    if (source->info.samplerate < SOURCE_LOWEST_RATE ||
        source->info.samplerate > SOURCE_HIGHEST_RATE)
        return fail(error, "has a sample rate of %d Hz, expected %d to %d", source->info.samplerate,
                    SOURCE_LOWEST_RATE, SOURCE_HIGHEST_RATE);
    return true;
}

static bool open_sound(struct source *source, const char *path, struct xlstm_error *error)
{
    source->info = (SF_INFO){0};
    source->sound = sf_open(path, SFM_READ, &source->info);
    return source->sound || fail(error, "cannot be read as sound: %s", why_not());
}

/** Counts the frames of a file whose header does not tell, such as a FLAC that an encoder wrote
 *  into a pipe (libsndfile then tells the largest number), by reading it once. */
static bool count_frames(struct source *source, const char *path, struct xlstm_error *error)
{
    float block[COUNT_SAMPLES];
    const sf_count_t most = COUNT_SAMPLES / source->info.channels;
    sf_count_t frames = 0, got;
    while ((got = sf_readf_float(source->sound, block, most)) > 0)
        frames += got;
    const bool whole = sf_error(source->sound) == SF_ERR_NO_ERROR;
    source_close(source);
    if (!whole)
        return fail(error, "breaks off: the rest cannot be decoded");
    if (!open_sound(source, path, error))
        return false;
    source->info.frames = frames;
    return true;
}

bool source_open(struct source *source, const char *path, struct xlstm_error *error)
{
    struct stat status;
    *source = (struct source){0};
    if (stat(path, &status))
        return fail(error, "cannot be opened: %s", strerror(errno));
    if (S_ISDIR(status.st_mode))
        return fail(error, "is a folder, not a sound file");
    if (!S_ISREG(status.st_mode))
        return fail(error, "is no regular file, and sound is read from those alone");
    if (open_sound(source, path, error) && usable(source, error) &&
        (source->info.frames < SF_COUNT_MAX || count_frames(source, path, error)))
        return true;
    source_close(source);
    return false;
}

static uint64_t silence_not_finite(float *samples, size_t count)
{
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(samples[i])) {
            samples[i] = 0;
            found++;
        }
    }
    return found;
}

bool source_read(struct source *source, float *interleaved, size_t frames, size_t *got,
                 struct xlstm_error *error)
{
    sf_count_t count = sf_readf_float(source->sound, interleaved, (sf_count_t)frames);
    *got = count > 0 ? (size_t)count : 0;
    if (*got < frames && sf_error(source->sound) != SF_ERR_NO_ERROR)
        return fail(error, "breaks off after %.1f s: the rest cannot be decoded",
                    (double)sf_seek(source->sound, 0, SEEK_CUR) / source->info.samplerate);
    source->not_finite += silence_not_finite(interleaved, *got * (size_t)source->info.channels);
    return true;
}

void source_close(struct source *source)
{
    if (source->sound)
        sf_close(source->sound);
    source->sound = NULL;
}
