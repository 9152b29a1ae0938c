/* SPDX-License-Identifier: ISC */
/* A folder that stands for the plugin's bundle, with models of known gain, and what the suites of
 * the plugin check over and over. */
#ifndef PLUGIN_FILES_H
#define PLUGIN_FILES_H

#include "fake_host.h"

#include <stddef.h>

#define MODEL_PROPERTY XLSTM_URI "#model"
#define RESPONSE_PROPERTY XLSTM_URI "#response"
#define STATUS_PROPERTY XLSTM_URI "#status"

/** Files of the folder. */
#define DEFAULT_FILE "overdrive.safetensors" ///< gain DEFAULT_GAIN
#define OTHER_FILE "other.safetensors"       ///< gain OTHER_GAIN
#define KNOBS_FILE "knobs.safetensors"       ///< gain 0 and two knobs, the second from an end
#define BROKEN_FILE "broken.safetensors"     ///< no model
#define CAB_FILE "cab.wav"                   ///< an impulse response of 3000 taps, 48 kHz
#define OTHER_CAB_FILE "other-cab.wav"       ///< another
#define NO_FILE "missing.safetensors"        ///< not there
#define PACKED_FILE "packed.safetensors"     ///< see plugin_packed_add(); not there

static const float DEFAULT_GAIN = 0.5f, OTHER_GAIN = -0.25f;

enum { FADE_FRAMES = 960 }; ///< 20 ms at 48 kHz

/** Makes the folder; its absolute path with a slash at its end, NULL on failure. */
const char *plugin_files_make(void);

/** Removes it. */
void plugin_files_remove(void);

/** Absolute path of one of its files, in one of a few buffers that take turns. */
const char *plugin_file(const char *name);

/** Adds a gain model. */
bool plugin_file_add(const char *name, float gain, double sample_rate);

/** Adds PACKED_FILE: of the sizes of this model the best has DEFAULT_GAIN, the other OTHER_GAIN. */
bool plugin_packed_add(void);

/** Writes interleaved frames as a WAV file of floats. */
bool plugin_response_add(const char *name, const float *frames, int count, int channels, int rate);

/** Fills `taps` with what sounds like a small room; other seeds, other rooms. */
void make_response(float *taps, int count, unsigned seed);

/** Opens a host at 48 kHz around a mono instance in the folder and activates it. What else `host`
 *  says stays. */
bool host_start(struct fake_host *host);

/** Fills `samples` with repeatable noise between -0.5 and 0.5. */
void make_noise(float *samples, size_t count);

/** Runs `frames` of noise; the greatest difference of the output from `gain` times the input. */
float gain_error(struct fake_host *host, float gain, uint32_t frames);

#endif
