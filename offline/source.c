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

enum { LOG_BYTES = 4096 };

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

static bool usable(struct source *source, struct xlstm_error *error)
{
    unsigned long long promised, present;
    if (cut_short(source->sound, &promised, &present))
        return fail(error, "is cut short: it promises %llu bytes of sound and holds %llu", promised,
                    present);
    if (source->info.frames <= 0)
        return fail(error, "holds no sound (0 frames)");
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
    source->sound = sf_open(path, SFM_READ, &source->info);
    if (!source->sound) {
        const char *reason = sf_strerror(NULL);
        return fail(error, "cannot be read as sound: %.*s", (int)strcspn(reason, ".\n"), reason);
    }
    if (usable(source, error))
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
