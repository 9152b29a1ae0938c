/* SPDX-License-Identifier: ISC */
/* Loading and freeing outside of the audio thread. Not real-time, any of it. */
#ifndef PLUGIN_LOAD_H
#define PLUGIN_LOAD_H

#include "handover.h"
#include "properties.h"

#include <lv2/worker/worker.h>
#include <stdbool.h>

struct plugin;

/** The file that plays when nothing else was asked for. */
#define DEFAULT_MODEL "overdrive.safetensors"

/** Loads a file, PROPERTY_MODEL or PROPERTY_RESPONSE, and leaves the outcome for the audio thread
 *  to take; a refusal goes to the host's log as well. Returns whether there is something new to
 *  hear. */
bool load_file(struct plugin *plugin, enum property file, const char *path, enum origin origin);

/** Loads once more the model that was loaded last, as the user's choice is now, unless another one
 *  is loaded meanwhile. Returns whether there is a new voice. */
bool load_again(struct plugin *plugin);

/** Loads a model of our own bundle by its name, and keeps its path. */
bool load_bundled(struct plugin *plugin, const char *name);

/** Makes `path` what sessions keep of a file. */
void keep_path(struct plugin *plugin, enum property file, const char *path);

/** A copy of what sessions keep, to be freed; NULL: nothing, or out of memory. */
char *copy_kept_path(struct plugin *plugin, enum property file);

/** Frees all that the audio thread is done with. */
void free_spent(struct plugin *plugin);

/** The worker's side of loading, for the host. */
extern const LV2_Worker_Interface worker_interface;

#endif
