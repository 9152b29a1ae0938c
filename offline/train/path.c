/* SPDX-License-Identifier: ISC */
#include "path.h"

#include <stdlib.h>
#include <string.h>

/** Layers of the path, itself counted. */
static size_t path_layers(const struct xl_config *config)
{
    return config->layers[0].children + 1;
}

bool path_begins(const struct xl_config *whole)
{
    return whole->layer_count > 0 && whole->layers[0].type == XL_LAYER_CONTROL &&
           whole->layer_count > path_layers(whole) + 1;
}

bool path_config(const struct xl_config *whole, struct xl_config *path)
{
    const size_t count = path_layers(whole);
    *path = *whole;
    path->layer_count = count + 1;
    path->layers = calloc(path->layer_count, sizeof *path->layers);
    if (!path->layers)
        return false;
    memcpy(path->layers, whole->layers, count * sizeof *path->layers);
    path->layers[count] = whole->layers[whole->layer_count - 1];
    return true;
}

bool path_owns(const struct xl_config *whole, const char *tensor)
{
    const char *prefix = whole->layers[0].prefix;
    return strncmp(tensor, prefix, strlen(prefix)) == 0;
}

void path_copy(const struct xl_config *config, const struct xl_plan *path, const float *path_values,
               const struct xl_plan *whole, float *values)
{
    for (size_t i = 0; i < path->slot_count; i++) {
        const struct xl_slot *from = &path->slots[i];
        if (path_owns(config, from->name))
            memcpy(values + xl_plan_slot(whole, from->name)->offset, path_values + from->offset,
                   from->count * sizeof *values);
    }
}
