/* SPDX-License-Identifier: ISC */
#include "train_knobs.h"

#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool train_knobs_read(const struct option_list *list, size_t pairs, json_t *json,
                      float (*knobs)[XLSTM_MAX_KNOBS])
{
    char names[XLSTM_MAX_KNOBS][64];
    size_t count = 0, used[XLSTM_MAX_KNOBS] = {0};
    for (size_t i = 0; i < list->count; i++) {
        const char *equals = strchr(list->items[i], '=');
        char *end = NULL;
        size_t k = 0;
        const size_t length = equals ? (size_t)(equals - list->items[i]) : 0;
        const double value = equals ? strtod(equals + 1, &end) : 0;
        if (length == 0 || length >= sizeof names[0] || end == equals + 1 || *end) {
            complain(NULL, "--knob %s is not NAME=VALUE", list->items[i]);
            return false;
        }
        while (k < count &&
               (strlen(names[k]) != length || strncmp(names[k], list->items[i], length) != 0))
            k++;
        if (k == XLSTM_MAX_KNOBS || used[k] == pairs) {
            complain(NULL, "--knob %s is one too many: there are %zu pairs of files",
                     list->items[i], pairs);
            return false;
        }
        if (k == count)
            snprintf(names[count++], sizeof names[0], "%.*s", (int)length, list->items[i]);
        knobs[used[k]++][k] = (float)value;
    }
    json_t *described = json_array();
    for (size_t k = 0; k < count; k++) {
        double minimum = INFINITY, maximum = -INFINITY;
        for (size_t p = 0; p < pairs; p++) {
            minimum = fmin(minimum, (double)knobs[p][k]);
            maximum = fmax(maximum, (double)knobs[p][k]);
        }
        if (used[k] != pairs || !(minimum < maximum)) {
            complain(NULL, "knob %s needs a value for each pair, and not the same for all",
                     names[k]);
            json_decref(described);
            return false;
        }
        json_array_append_new(described, json_pack("{s:s, s:f, s:f}", "name", names[k], "minimum",
                                                   minimum, "maximum", maximum));
    }
    if (count > 0)
        return json_object_set_new(json, "knobs", described) == 0;
    json_decref(described);
    return true;
}
