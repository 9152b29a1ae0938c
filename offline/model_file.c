/* SPDX-License-Identifier: ISC */
#include "model_file.h"

#include "report.h"
#include "slurp.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** The folder of the running program. False if the system does not tell. */
static bool program_folder(char folder[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    if (length <= 0)
        return false;
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0';
    return true;
}

static bool preset_in(const char *folder, char path[PATH_MAX])
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, DEFAULT_PRESET) < PATH_MAX &&
           !access(path, R_OK);
}

/** Beside the program, as in a build tree, or where it lies seen from an installed program. */
static bool preset_near_program(char path[PATH_MAX])
{
    char program[PATH_MAX], presets[PATH_MAX];
    if (!program_folder(program))
        return false;
    if (preset_in(program, path))
        return true;
    return *XLSTM_PRESETS_FROM_PROGRAM &&
           snprintf(presets, sizeof presets, "%s/%s", program, XLSTM_PRESETS_FROM_PROGRAM) <
               PATH_MAX &&
           preset_in(presets, path);
}

/** Path of the default preset. NULL, after a sentence, if there is none. */
static const char *default_path(void)
{
    static char path[PATH_MAX];
    const char *chosen = getenv("XLSTM_PRESETS");
    if (chosen ? preset_in(chosen, path)
               : preset_near_program(path) || preset_in(XLSTM_PRESET_FOLDER, path))
        return path;
    complain(NULL, "the default preset %s is not in %s; name a model with -m", DEFAULT_PRESET,
             chosen ? chosen : XLSTM_PRESET_FOLDER);
    return NULL;
}

/** Which of `count` networks a quality means; `count` if none, after a sentence. */
static size_t network_of(const char *quality, size_t count)
{
    if (!quality || strcmp(quality, "best") == 0)
        return 0;
    if (strcmp(quality, "fast") == 0)
        return count - 1;
    char *end = NULL;
    const long number = strtol(quality, &end, 10);
    if (end != quality && !*end && number >= 1 && (size_t)number <= count)
        return (size_t)number - 1;
    complain(NULL, "--quality takes best, fast or a number from 1, the best, to %zu; not '%s'",
             count, quality);
    return count;
}

static xlstm_model *parse(const char *path, const void *bytes, size_t size, size_t which)
{
    struct xlstm_error error;
    xlstm_model *model = xlstm_model_parse_size(bytes, size, which, XLSTM_ISA_AUTO, &error);
    if (!model)
        complain(path, "%s", error.text);
    return model;
}

/** The bytes of a file, or NULL after a sentence. */
static void *read_bytes(const char *path, size_t *size)
{
    struct xlstm_error error;
    void *bytes = slurp(path, MODEL_FILE_LIMIT, size, &error);
    if (!bytes)
        complain(path, "%s", error.text);
    return bytes;
}

xlstm_model *model_read_size(const char *path, size_t which)
{
    size_t size;
    void *bytes = read_bytes(path, &size);
    xlstm_model *model = bytes ? parse(path, bytes, size, which) : NULL;
    free(bytes);
    return model;
}

xlstm_model *model_read(const char *path)
{
    return model_read_size(path, 0);
}

/** The network of that quality. */
static xlstm_model *read_network(const char *path, const char *quality)
{
    size_t size, count = 0;
    struct xlstm_error error;
    xlstm_model *model = NULL;
    void *bytes = read_bytes(path, &size);
    if (bytes && (count = xlstm_model_sizes(bytes, size, &error)) == 0)
        complain(path, "%s", error.text);
    const size_t which = count > 0 ? network_of(quality, count) : 0;
    if (which < count)
        model = parse(path, bytes, size, which);
    free(bytes);
    return model;
}

xlstm_model *model_read_quality(const char *path, const char *quality)
{
    const char *file = path ? path : default_path();
    xlstm_model *model = file ? read_network(file, quality) : NULL;
    if (!model)
        return NULL;
    const struct xlstm_info *info = xlstm_model_info(model);
    if (info->inputs == 1 && info->outputs == 1)
        return model;
    complain(file, "is no audio model: its frames have %u inputs and %u outputs, not one each",
             info->inputs, info->outputs);
    xlstm_model_free(model);
    return NULL;
}

xlstm_model *model_read_audio(const char *path)
{
    return model_read_quality(path, NULL);
}

static bool no_such_knob(const struct xlstm_info *info, const char *item, size_t length)
{
    char known[512] = "";
    for (size_t k = 0; k < info->knob_count; k++) {
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", k ? ", " : "; it has ",
                 info->knobs[k].name);
    }
    complain(NULL, "the model has no knob '%.*s'%s", (int)length, item, known);
    return false;
}

static bool set_knob(const struct xlstm_info *info, const char *item, float *values)
{
    const char *equals = strchr(item, '=');
    size_t length = equals ? (size_t)(equals - item) : strlen(item);
    size_t k = 0;
    while (k < info->knob_count &&
           (strlen(info->knobs[k].name) != length || strncmp(info->knobs[k].name, item, length)))
        k++;
    if (k == info->knob_count)
        return no_such_knob(info, item, length);
    const struct xlstm_knob *knob = &info->knobs[k];
    char *end = NULL;
    values[k] = equals ? strtof(equals + 1, &end) : 0;
    if (!equals || end == equals + 1 || *end ||
        !(values[k] >= knob->minimum && values[k] <= knob->maximum)) {
        complain(NULL, "knob %s takes a number from %g to %g, as in --knob %s=%g", knob->name,
                 (double)knob->minimum, (double)knob->maximum, knob->name, (double)knob->initial);
        return false;
    }
    return true;
}

bool model_knob_values(const xlstm_model *model, const struct option_list *list,
                       float values[XLSTM_MAX_KNOBS])
{
    const struct xlstm_info *info = xlstm_model_info(model);
    for (size_t k = 0; k < info->knob_count; k++)
        values[k] = info->knobs[k].initial;
    for (size_t i = 0; i < list->count; i++)
        if (!set_knob(info, list->items[i], values))
            return false;
    return true;
}

xlstm_stream *model_stream(const xlstm_model *model, unsigned channels, size_t block,
                           const float knobs[XLSTM_MAX_KNOBS])
{
    xlstm_stream *stream = xlstm_stream_new(model, channels, block);
    if (!stream) {
        complain(NULL, "%u channels of the model need more memory than there is", channels);
        return NULL;
    }
    for (size_t k = 0; k < xlstm_model_info(model)->knob_count; k++)
        xlstm_stream_set_knob(stream, k, knobs[k]);
    return stream;
}
