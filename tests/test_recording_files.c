/* SPDX-License-Identifier: ISC */
#include "test_recording_files.h"

#include "test_recording_sounds.h"

#include <CUnit/CUnit.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct recording recording;
struct xlstm_error error;

static char folder[32];

bool make_folder(void)
{
    strcpy(folder, "test-recording-XXXXXX"); /* in the working folder */
    return mkdtemp(folder);
}

void remove_folder(void)
{
    unlink(path_of("dry"));
    unlink(path_of("wet"));
    rmdir(folder);
}

const char *path_of(const char *name)
{
    static char paths[4][64];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s.wav", folder, name);
    return path;
}

void write_file(const char *name, const float *const *channels, int count, size_t frames, int rate,
                int format)
{
    SF_INFO info = {.samplerate = rate, .channels = count, .format = SF_FORMAT_WAV | format};
    SNDFILE *file = sf_open(path_of(name), SFM_WRITE, &info);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
    float *interleaved = new_samples(frames * (size_t)count);
    for (size_t i = 0; i < frames * (size_t)count; i++)
        interleaved[i] = channels[i % (size_t)count][i / (size_t)count];
    CU_ASSERT_EQUAL(sf_writef_float(file, interleaved, (sf_count_t)frames), (sf_count_t)frames);
    free(interleaved);
    sf_close(file);
}

void write_mono(const char *name, const float *samples, size_t frames)
{
    write_file(name, &samples, 1, frames, RATE, SF_FORMAT_FLOAT);
}

bool load_pair(void)
{
    return recording_load(&recording, path_of("dry"), path_of("wet"), RATE, &error);
}

size_t notes_with(const char *name, const char *word)
{
    size_t count = 0;
    for (size_t i = 0; i < recording.note_count; i++)
        count += strstr(recording.notes[i].text, word) &&
                 !strcmp(recording.notes[i].path, path_of(name));
    return count;
}

double error_in_spans(const float *wanted, size_t start)
{
    double difference = 0, energy = 0;
    for (size_t k = 0; k < recording.span_count; k++)
        for (size_t i = recording.spans[k].first; i < recording.spans[k].last; i++) {
            const double target = (double)wanted[start + i];
            difference += pow((double)recording.wet[i] - target, 2);
            energy += target * target;
        }
    return difference / energy;
}

bool in_spans(size_t frame)
{
    for (size_t k = 0; k < recording.span_count; k++)
        if (frame >= recording.spans[k].first && frame < recording.spans[k].last)
            return true;
    return false;
}
