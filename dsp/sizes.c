/* SPDX-License-Identifier: ISC */
/* Reading files that carry several networks. */
#include "sizes.h"

#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "sizes."

/** What all networks have in common. */
static const char *const AGREED[] = {"knobs", "sample_rate"};

/** What is said once for all networks of a file, unless one says it for itself. */
static const char *const INHERITED[] = {
    "knobs",           "sample_rate",      "name",         "author", "licence", "gear", "made_by",
    "input_level_dbu", "output_level_dbu", "loudness_dbfs"};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* ---- the list ------------------------------------------------------------------------------- */

static bool same_value(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return json_number_value(a) == json_number_value(b);
    return json_equal(a, b);
}

static bool check_entry(const json_t *top, const json_t *entry, size_t index,
                        struct xlstm_error *error)
{
    if (!json_is_object(entry))
        return xl_fail(error, "config: sizes[%zu] is not an object, expected a configuration",
                       index);
    if (json_object_get(entry, "sizes"))
        return xl_fail(error, "config: sizes[%zu] has sizes of its own, expected one network",
                       index);
    for (size_t i = 0; i < COUNT_OF(AGREED); i++) {
        const json_t *value = json_object_get(entry, AGREED[i]);
        if (value && !same_value(value, json_object_get(top, AGREED[i])))
            return xl_fail(error,
                           "config: sizes[%zu] has another value of %s than the model, "
                           "expected the same or none",
                           index, AGREED[i]);
    }
    return true;
}

/** A tensor's network, by its name. */
static size_t owner(const char *name, size_t count)
{
    char *end = NULL;
    if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
        return 0;
    const char *digits = name + strlen(PREFIX);
    const unsigned long index =
        *digits >= '0' && *digits <= '9' ? strtoul(digits, &end, 10) : count;
    return end && *end == '.' && index < count ? (size_t)index + 1 : count;
}

static bool check_owners(const struct xl_tensors *file, size_t count, struct xlstm_error *error)
{
    for (size_t i = 0; i < file->count; i++)
        if (owner(file->tensors[i].name, count) >= count)
            return xl_fail(error, "tensor %s belongs to no network: sizes has %zu",
                           file->tensors[i].name, count - 1);
    return true;
}

size_t xl_sizes_count(const struct xl_tensors *file, struct xlstm_error *error)
{
    size_t index;
    const json_t *entry, *sizes = json_object_get(file->config, "sizes");
    if (!sizes || json_is_null(sizes))
        return 1;
    const size_t count = 1 + json_array_size(sizes);
    if (!json_is_array(sizes) || count > XLSTM_MAX_SIZES) {
        xl_fail(error, "config: sizes is not a list of at most %d configurations",
                XLSTM_MAX_SIZES - 1);
        return 0;
    }
    json_array_foreach(sizes, index,
                       entry) if (!check_entry(file->config, entry, index, error)) return 0;
    return check_owners(file, count, error) ? count : 0;
}

/* ---- one of them ---------------------------------------------------------------------------- */

/** The configuration of a network, a new reference; NULL: out of memory. */
static json_t *network_config(const json_t *top, size_t which)
{
    const json_t *sizes = json_object_get(top, "sizes");
    if (which == 0) {
        json_t *config = json_copy((json_t *)top);
        json_object_del(config, "sizes");
        return config;
    }
    json_t *config = json_copy(json_array_get(sizes, which - 1));
    for (size_t i = 0; i < COUNT_OF(INHERITED); i++) {
        json_t *value = json_object_get(top, INHERITED[i]);
        if (value && !json_object_get(config, INHERITED[i]) &&
            json_object_set(config, INHERITED[i], value) != 0) {
            json_decref(config);
            return NULL;
        }
    }
    return config;
}

/** Copies the tensors of a network, without the prefix of their names; their order stays. */
static void select_tensors(struct xl_tensors *part, const struct xl_tensors *file, size_t which,
                           size_t count)
{
    char prefix[XL_NAME_BYTES] = "";
    if (which > 0)
        snprintf(prefix, sizeof prefix, PREFIX "%zu.", which - 1);
    for (size_t i = 0; i < file->count; i++) {
        const struct xl_tensor *tensor = &file->tensors[i];
        if (count > 1 && owner(tensor->name, count) != which)
            continue;
        part->tensors[part->count] = *tensor;
        snprintf(part->tensors[part->count].name, sizeof tensor->name, "%s",
                 tensor->name + strlen(prefix));
        part->count++;
    }
}

bool xl_sizes_select(struct xl_tensors *part, const struct xl_tensors *file, size_t which,
                     struct xlstm_error *error)
{
    const size_t count = 1 + json_array_size(json_object_get(file->config, "sizes"));
    *part = (struct xl_tensors){.format = file->format};
    memcpy(part->kind, file->kind, sizeof part->kind);
    part->config = network_config(file->config, which);
    part->tensors = calloc(file->count + 1, sizeof *part->tensors);
    if (!part->config || !part->tensors) {
        xl_tensors_free(part);
        return xl_fail(error, "out of memory");
    }
    select_tensors(part, file, which, count);
    return true;
}

/* ---- models --------------------------------------------------------------------------------- */

xlstm_model *xl_sizes_model(const struct xl_tensors *file, size_t which,
                            const struct xl_engine *engine, struct xlstm_error *error)
{
    struct xl_tensors part;
    struct xlstm_error reason;
    const size_t count = xl_sizes_count(file, error);
    if (count == 0)
        return NULL;
    if (which >= count) {
        xl_fail(error, "has %zu sizes, so that there is no number %zu", count, which + 1);
        return NULL;
    }
    if (!xl_sizes_select(&part, file, which, error))
        return NULL;
    xlstm_model *model = xl_model_new(&part, engine, &reason);
    xl_tensors_free(&part);
    if (!model && which == 0)
        *error = reason;
    else if (!model)
        xl_fail(error, "size %zu: %.400s", which + 1, reason.text);
    else {
        model->info.size = which;
        model->info.size_count = count;
    }
    return model;
}

bool xl_sizes_check(const struct xl_tensors *file, struct xlstm_error *error)
{
    size_t count = 1;
    for (size_t which = 0; which < count; which++) {
        xlstm_model *model = xl_sizes_model(file, which, xl_engine_find(XLSTM_ISA_GENERIC), error);
        if (!model)
            return false;
        count = model->info.size_count;
        xlstm_model_free(model);
    }
    return true;
}

size_t xlstm_model_sizes(const void *bytes, size_t size, struct xlstm_error *error)
{
    struct xl_tensors file;
    if (!xl_tensors_read(&file, bytes, size, error))
        return 0;
    const size_t count = xl_sizes_count(&file, error);
    xl_tensors_free(&file);
    return count;
}

xlstm_model *xlstm_model_parse_size(const void *bytes, size_t size, size_t which,
                                    enum xlstm_isa isa, struct xlstm_error *error)
{
    struct xl_tensors file;
    const struct xl_engine *engine = xl_engine_find(isa);
    if (!engine) {
        xl_fail(error, "this CPU or this build lacks the instruction set asked for");
        return NULL;
    }
    if (!xl_tensors_read(&file, bytes, size, error))
        return NULL;
    xlstm_model *model = xl_sizes_model(&file, which, engine, error);
    xl_tensors_free(&file);
    return model;
}
