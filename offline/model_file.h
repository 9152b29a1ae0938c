/* SPDX-License-Identifier: ISC */
/* Models from files, the default preset, and settings of knobs. */
#ifndef MODEL_FILE_H
#define MODEL_FILE_H

#include "options.h"
#include "xlstm.h"

/** Largest model file that is read. */
#define MODEL_FILE_LIMIT ((size_t)1 << 30)

/** The preset that is used where no model is named: in the folder that XLSTM_PRESETS names; without
 *  that beside the program (a build tree), else where presets are installed, seen from the program
 *  (an installed tree may have moved) and at last from the root. */
#define DEFAULT_PRESET "overdrive.safetensors"

/** The `--model` option of a verb whose settings hold its name in `member`. */
#define MODEL_OPTION(settings, member)                                                             \
    {                                                                                              \
        "model", 'm', OPTION_TEXT, offsetof(struct settings, member), "FILE",                      \
            "the model (default: the preset that the plugin\nstarts with)", 0, 0, NULL             \
    }

/** The `--quality` option, likewise: see model_read_quality(). */
#define QUALITY_OPTION(settings, member)                                                           \
    {                                                                                              \
        "quality", 'Q', OPTION_TEXT, offsetof(struct settings, member), "QUALITY",                 \
            "of a model of several sizes: best, fast, or 1 for the\nbest, 2 for the next …", 0, 0, \
            NULL                                                                                   \
    }

/** Reads and parses a model. NULL, after a sentence on stderr, on failure. */
xlstm_model *model_read(const char *path);

/** The same for a model that turns one channel of audio into one; `path` NULL: the default preset.
 */
xlstm_model *model_read_audio(const char *path);

/** The same for the network of a file that carries several: "best" or NULL, "fast", or a number
 * from 1, the best, up. */
xlstm_model *model_read_quality(const char *path, const char *quality);

/** Parses network `which` of a file, 0 the best. NULL, after a sentence, on failure. */
xlstm_model *model_read_size(const char *path, size_t which);

/** Values for all knobs of a model: its own, but for those in `list`, items "NAME=VALUE". False,
 *  after a sentence on stderr, if there is no such knob or value. */
bool model_knob_values(const xlstm_model *model, const struct option_list *list,
                       float values[XLSTM_MAX_KNOBS]);

/** A stream at rest with its knobs set. NULL, after a sentence, for want of memory. */
xlstm_stream *model_stream(const xlstm_model *model, unsigned channels, size_t block,
                           const float knobs[XLSTM_MAX_KNOBS]);

#endif
