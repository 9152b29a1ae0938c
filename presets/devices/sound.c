/* SPDX-License-Identifier: ISC */
#include "sound.h"

#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 4096 };

bool sound_read(struct sound *sound, const char *path, struct failure *failure)
{
    SF_INFO info = {.format = 0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        return fail(failure, "%s: %s", path, sf_strerror(NULL));
    *sound = (struct sound){.count = (size_t)info.frames, .rate = info.samplerate};
    bool good =
        info.channels == 1 || fail(failure, "%s has %d channels, expected 1", path, info.channels);
    if (good) {
        sound->samples = calloc(sound->count + 1, sizeof *sound->samples);
        good =
            (sound->samples && sf_readf_float(file, sound->samples, info.frames) == info.frames) ||
            fail(failure, "cannot read all of %s", path);
    }
    sf_close(file);
    if (!good)
        sound_free(sound);
    return good;
}

static bool write_samples(const struct sound *sound, const char *path)
{
    SF_INFO info = {
        .samplerate = (int)sound->rate, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        return false;
    // The optional PEAK chunk holds the time of day; without it equal sounds are equal files.
    sf_command(file, SFC_SET_ADD_PEAK_CHUNK, NULL, SF_FALSE);
    const sf_count_t count = (sf_count_t)sound->count;
    const bool whole = sf_writef_float(file, sound->samples, count) == count;
    return sf_close(file) == 0 && whole;
}

bool sound_write(const struct sound *sound, const char *path, struct failure *failure)
{
    char unfinished[PATH_BYTES];
    if (snprintf(unfinished, sizeof unfinished, "%s.part", path) >= PATH_BYTES)
        return fail(failure, "the path %.40s... is too long", path);
    if (write_samples(sound, unfinished) && rename(unfinished, path) == 0)
        return true;
    remove(unfinished);
    return fail(failure, "cannot write %s", path);
}

void sound_free(struct sound *sound)
{
    free(sound->samples);
    sound->samples = NULL;
}
