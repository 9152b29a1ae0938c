/* SPDX-License-Identifier: ISC */
#include "plugin_files.h"

#include "gain_model.h"
#include "xlstm.h"

#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATHS = 8, BLOCK_MAX = 8192, TAPS = 3000, MODEL_BYTES = 1 << 14 };

static const char *const NAMES[] = {DEFAULT_FILE, OTHER_FILE, KNOBS_FILE,
                                    BROKEN_FILE,  CAB_FILE,   OTHER_CAB_FILE};

static char folder[PATH_MAX + 2];

const char *plugin_file(const char *name)
{
    static char paths[PATHS][PATH_MAX + 256];
    static unsigned turn;
    char *path = paths[turn++ % PATHS];
    snprintf(path, sizeof paths[0], "%s%s", folder, name);
    return path;
}

bool plugin_file_add(const char *name, float gain, double sample_rate)
{
    return write_gain_model(plugin_file(name),
                            &(struct gain_model){.gain = gain, .sample_rate = sample_rate});
}

/** Reads one of the files into a buffer of MODEL_BYTES. */
static struct xlstm_file read_model(const char *name, char *bytes)
{
    FILE *file = fopen(plugin_file(name), "rb");
    const size_t size = file ? fread(bytes, 1, MODEL_BYTES, file) : 0;
    if (file)
        fclose(file);
    return (struct xlstm_file){bytes, size};
}

bool plugin_packed_add(void)
{
    static char bytes[2][MODEL_BYTES];
    const struct xlstm_file files[] = {read_model(DEFAULT_FILE, bytes[0]),
                                       read_model(OTHER_FILE, bytes[1])};
    struct xlstm_error error;
    size_t size = 0, culprit = 0;
    void *packed = xlstm_pack(files, 2, &size, &culprit, &error);
    FILE *file = fopen(plugin_file(PACKED_FILE), "wb");
    const bool written = packed && file && fwrite(packed, 1, size, file) == size;
    free(packed);
    return file && fclose(file) == 0 && written;
}

static bool write_broken(const char *path)
{
    FILE *file = fopen(path, "wb");
    return file && fputs("this is no model", file) >= 0 && fclose(file) == 0;
}

bool plugin_response_add(const char *name, const float *frames, int count, int channels, int rate)
{
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(plugin_file(name), SFM_WRITE, &info);
    if (!file)
        return false;
    const bool written = sf_writef_float(file, frames, count) == count;
    return sf_close(file) == 0 && written;
}

void make_response(float *taps, int count, unsigned seed)
{
    uint32_t random = seed;
    for (int i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        const float noise = (float)(random >> 8) / (float)(1 << 24) - 0.5f;
        taps[i] = noise * expf(-5.0f * (float)i / (float)count);
    }
}

static bool add_cabinets(void)
{
    float taps[TAPS], others[TAPS];
    make_response(taps, TAPS, 3);
    make_response(others, TAPS, 4);
    return plugin_response_add(CAB_FILE, taps, TAPS, 1, 48000) &&
           plugin_response_add(OTHER_CAB_FILE, others, TAPS, 1, 48000);
}

const char *plugin_files_make(void)
{
    char name[] = "plugin-files-XXXXXX", here[PATH_MAX - sizeof name];
    if (!mkdtemp(name) || !getcwd(here, sizeof here))
        return NULL;
    snprintf(folder, sizeof folder, "%s/%s/", here, name);
    const struct gain_model knobs = {
        .sample_rate = 48000, .knobs = 2, .initial = {0.0f, GAIN_MODEL_MINIMUM}};
    const bool made = plugin_file_add(DEFAULT_FILE, DEFAULT_GAIN, 48000) &&
                      plugin_file_add(OTHER_FILE, OTHER_GAIN, 48000) &&
                      write_gain_model(plugin_file(KNOBS_FILE), &knobs) &&
                      write_broken(plugin_file(BROKEN_FILE)) && add_cabinets();
    return made ? folder : NULL;
}

void plugin_files_remove(void)
{
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        unlink(plugin_file(NAMES[i]));
    rmdir(folder);
}

bool host_start(struct fake_host *host)
{
    if (host->rate == 0)
        host->rate = 48000;
    if (!host_open(host, XLSTM_MONO_URI, folder))
        return false;
    host_activate(host);
    return true;
}

void make_noise(float *samples, size_t count)
{
    static uint32_t random = 1;
    for (size_t i = 0; i < count; i++) {
        random = random * 1664525u + 1013904223u;
        samples[i] = (float)(random >> 8) / (float)(1 << 24) - 0.5f;
    }
}

float gain_error(struct fake_host *host, float gain, uint32_t frames)
{
    static float in[BLOCK_MAX], out[BLOCK_MAX];
    float worst = 0;
    make_noise(in, frames);
    host_run_mono(host, in, out, frames);
    for (uint32_t i = 0; i < frames; i++)
        worst = fmaxf(worst, fabsf(out[i] - gain * in[i]));
    return worst;
}
