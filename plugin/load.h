/* SPDX-License-Identifier: ISC */
/* Loading and freeing outside of the audio thread. Not real-time, any of it. */
#ifndef PLUGIN_LOAD_H
#define PLUGIN_LOAD_H

#include <lv2/worker/worker.h>
#include <stdbool.h>

struct plugin;

/** The file that plays when nothing else was asked for. */
#define DEFAULT_MODEL "overdrive.safetensors"

/** Loads a file and leaves the outcome, voice or refusal, for the audio thread to take; a refusal
 *  goes to the host's log as well. Returns whether there is a new voice. */
bool load_file(struct plugin *plugin, const char *path);

/** Loads once more what was loaded last, as the user's choice is now, unless something else is
 *  loaded meanwhile. Returns whether there is a new voice. */
bool load_again(struct plugin *plugin);

/** Loads a file of our own bundle by its name. */
bool load_bundled(struct plugin *plugin, const char *name);

/** Makes `path` what sessions keep. */
void keep_path(struct plugin *plugin, const char *path);

/** Frees all voices that the audio thread is done with. */
void free_spent(struct plugin *plugin);

extern const LV2_Worker_Interface worker_interface;

#endif
