/* SPDX-License-Identifier: ISC */
/* Writing files that carry several networks. */
#include "sizes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A file to be packed. */
struct member {
    struct xl_tensors file;
    xlstm_model *model;
    size_t number; ///< its place among the files given
};

static void free_members(struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        xlstm_model_free(members[i].model);
        xl_tensors_free(&members[i].file);
    }
    free(members);
}

static bool same_knobs(const struct xlstm_info *a, const struct xlstm_info *b)
{
    bool same = a->knob_count == b->knob_count;
    for (size_t k = 0; same && k < a->knob_count; k++)
        same = strcmp(a->knobs[k].name, b->knobs[k].name) == 0 &&
               a->knobs[k].minimum == b->knobs[k].minimum &&
               a->knobs[k].maximum == b->knobs[k].maximum &&
               a->knobs[k].initial == b->knobs[k].initial;
    return same;
}

/** Whether a member can stand in for the first. */
static bool agrees(const struct member *first, const struct member *other,
                   struct xlstm_error *error)
{
    const struct xlstm_info *a = xlstm_model_info(first->model);
    const struct xlstm_info *b = xlstm_model_info(other->model);
    if (strcmp(first->file.kind, other->file.kind) != 0)
        return xl_fail(error, "is of kind %s, expected %s as the first", other->file.kind,
                       first->file.kind);
    if (a->sample_rate != b->sample_rate)
        return xl_fail(error, "was made for %g Hz, expected %g Hz as the first", b->sample_rate,
                       a->sample_rate);
    if (a->inputs != b->inputs || a->outputs != b->outputs)
        return xl_fail(error, "has %u inputs and %u outputs, expected %u and %u as the first",
                       b->inputs, b->outputs, a->inputs, a->outputs);
    return same_knobs(a, b) ||
           xl_fail(error, "has other knobs than the first, expected the same names, ranges and "
                          "defaults in the same order");
}

static bool read_member(struct member *member, const struct xlstm_file *file,
                        struct xlstm_error *error)
{
    if (!xl_tensors_read(&member->file, file->bytes, file->size, error))
        return false;
    member->model = xl_sizes_model(&member->file, 0, xl_engine_find(XLSTM_ISA_GENERIC), error);
    if (!member->model)
        return false;
    const size_t count = xlstm_model_info(member->model)->size_count;
    return count == 1 || xl_fail(error, "has %zu sizes already, expected one network", count);
}

/** The most costly first; equals as they were given. */
static int by_cost(const void *a, const void *b)
{
    const struct member *left = a, *right = b;
    const uint64_t left_macs = xlstm_model_info(left->model)->macs_per_frame;
    const uint64_t right_macs = xlstm_model_info(right->model)->macs_per_frame;
    if (left_macs != right_macs)
        return left_macs > right_macs ? -1 : 1;
    return left->number < right->number ? -1 : 1;
}

/** The first's configuration with the others' in `sizes`, less what they have in common. */
static json_t *join_configs(const struct member *members, size_t count)
{
    json_t *config = json_copy(members[0].file.config), *sizes = json_array();
    bool good = config && sizes;
    for (size_t i = 1; good && i < count; i++) {
        json_t *entry = json_copy(members[i].file.config);
        json_object_del(entry, "knobs");
        json_object_del(entry, "sample_rate");
        good = json_array_append_new(sizes, entry) == 0;
    }
    good = good && json_object_set(config, "sizes", sizes) == 0;
    json_decref(sizes);
    if (good)
        return config;
    json_decref(config);
    return NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct xl_tensor *)a)->name, ((const struct xl_tensor *)b)->name);
}

static bool join_tensors(struct xl_tensors *joined, const struct member *members, size_t count,
                         struct xlstm_error *error)
{
    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < members[i].file.count; t++) {
            const struct xl_tensor *tensor = &members[i].file.tensors[t];
            struct xl_tensor *copy = &joined->tensors[joined->count++];
            char prefix[sizeof tensor->name] = "";
            *copy = *tensor;
            if (i > 0)
                snprintf(prefix, sizeof prefix, "sizes.%zu.", i - 1);
            if (strlen(prefix) + strlen(tensor->name) >= sizeof copy->name)
                return xl_fail(error, "tensor %.60s… has too long a name to be packed",
                               tensor->name);
            memcpy(copy->name, prefix, strlen(prefix));
            memcpy(copy->name + strlen(prefix), tensor->name, strlen(tensor->name) + 1);
        }
    qsort(joined->tensors, joined->count, sizeof *joined->tensors, compare_names);
    return true;
}

static void *write_joined(const struct member *members, size_t count, size_t *size,
                          struct xlstm_error *error)
{
    size_t room = 1;
    for (size_t i = 0; i < count; i++)
        room += members[i].file.count;
    struct xl_tensors joined = {.format = members[0].file.format,
                                .config = join_configs(members, count),
                                .tensors = calloc(room, sizeof *joined.tensors)};
    memcpy(joined.kind, members[0].file.kind, sizeof joined.kind);
    void *bytes = NULL;
    if (!joined.config || !joined.tensors)
        xl_fail(error, "out of memory");
    else if (join_tensors(&joined, members, count, error))
        bytes = xl_write_safetensors(&joined, size, error);
    xl_tensors_free(&joined);
    return bytes;
}

/** Reads all members. On failure `*culprit` is the file that is to blame. */
static bool read_members(struct member *members, const struct xlstm_file *files, size_t count,
                         size_t *culprit, struct xlstm_error *error)
{
    for (size_t i = 0; i < count; i++) {
        *culprit = members[i].number = i;
        if (!read_member(&members[i], &files[i], error) || !agrees(&members[0], &members[i], error))
            return false;
    }
    *culprit = 0;
    return true;
}

void *xlstm_pack(const struct xlstm_file *files, size_t count, size_t *packed_size, size_t *culprit,
                 struct xlstm_error *error)
{
    *culprit = 0;
    if (count < 1 || count > XLSTM_MAX_SIZES) {
        xl_fail(error, "is one of %zu networks, expected 1 to %d in a file", count,
                XLSTM_MAX_SIZES);
        return NULL;
    }
    struct member *members = calloc(count, sizeof *members);
    if (!members) {
        xl_fail(error, "out of memory");
        return NULL;
    }
    void *packed = NULL;
    if (read_members(members, files, count, culprit, error)) {
        qsort(members, count, sizeof *members, by_cost);
        packed = write_joined(members, count, packed_size, error);
    }
    free_members(members, count);
    return packed;
}
