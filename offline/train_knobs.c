/* SPDX-License-Identifier: ISC */
#include "train_knobs.h"

#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_ROOM = 64 };

/** Positions farther from 0 no model can hold (dsp/config.c). */
static const double FARTHEST = 1e6;

/** Knobs in the order in which they are first named. */
struct collection {
    size_t pairs, count;
    char names[XLSTM_MAX_KNOBS][NAME_ROOM];
    size_t used[XLSTM_MAX_KNOBS]; ///< positions so far
    float (*positions)[XLSTM_MAX_KNOBS];
};

/** The knob of this name, a new one if there is none yet; `count` if there is no room for it. */
static size_t find(struct collection *c, const char *name, size_t length)
{
    size_t k = 0;
    while (k < c->count &&
           (strlen(c->names[k]) != length || memcmp(c->names[k], name, length) != 0))
        k++;
    if (k == c->count && k < XLSTM_MAX_KNOBS)
        snprintf(c->names[c->count++], NAME_ROOM, "%.*s", (int)length, name);
    return k;
}

/** Whether a model's file, JSON, can hold a name. */
static bool is_utf8(const char *name, size_t length)
{
    json_t *text = json_stringn(name, length);
    const bool good = text;
    json_decref(text);
    return good;
}

static bool add(struct collection *c, const char *item)
{
    const char *equals = strchr(item, '=');
    char *end = NULL;
    const size_t length = equals ? (size_t)(equals - item) : 0;
    const double value = equals ? strtod(equals + 1, &end) : 0;
    if (length == 0 || length >= NAME_ROOM || end == equals + 1 || *end || !isfinite(value)) {
        complain(NULL, "--knob %s is not NAME=VALUE", item);
        return false;
    }
    if (fabs(value) > FARTHEST) {
        complain(NULL, "--knob %s is too far: a position lies between %.0f and %.0f", item,
                 -FARTHEST, FARTHEST);
        return false;
    }
    if (!is_utf8(item, length)) {
        complain(NULL, "--knob %s: the name is no UTF-8, which a model's file needs", item);
        return false;
    }
    const size_t k = find(c, item, length);
    if (k == XLSTM_MAX_KNOBS) {
        complain(NULL, "--knob %s: a model has %d knobs at most", item, XLSTM_MAX_KNOBS);
        return false;
    }
    if (c->used[k] == c->pairs) {
        complain(NULL, "--knob %s is one too many: there %s %zu %s of files", item,
                 c->pairs > 1 ? "are" : "is", c->pairs, c->pairs > 1 ? "pairs" : "pair");
        return false;
    }
    c->positions[c->used[k]++][k] = (float)value;
    return true;
}

static json_t *knob_json(const char *name, double minimum, double maximum)
{
    json_t *knob =
        json_pack("{s:s, s:f, s:f}", "name", name, "minimum", minimum, "maximum", maximum);
    if (!knob)
        complain(NULL, "knob %s needs more memory than there is", name);
    return knob;
}

/** A knob as the configuration describes it; NULL after a sentence. */
static json_t *describe(const struct collection *c, size_t k)
{
    double minimum = INFINITY, maximum = -INFINITY;
    for (size_t p = 0; p < c->used[k]; p++) {
        minimum = fmin(minimum, (double)c->positions[p][k]);
        maximum = fmax(maximum, (double)c->positions[p][k]);
    }
    if (c->used[k] == c->pairs && minimum < maximum)
        return knob_json(c->names[k], minimum, maximum);
    if (c->used[k] < c->pairs)
        complain(NULL, "knob %s has %zu %s, and there are %zu pairs of files", c->names[k],
                 c->used[k], c->used[k] > 1 ? "positions" : "position", c->pairs);
    else
        complain(NULL, "knob %s is at the same position in all recordings", c->names[k]);
    return NULL;
}

bool train_knobs_read(const struct option_list *list, size_t pairs, json_t *network,
                      float (*knobs)[XLSTM_MAX_KNOBS])
{
    struct collection c = {.pairs = pairs, .positions = knobs};
    for (size_t i = 0; i < list->count; i++)
        if (!add(&c, list->items[i]))
            return false;
    json_t *described = json_array();
    for (size_t k = 0; k < c.count; k++) {
        json_t *knob = describe(&c, k);
        if (!knob) {
            json_decref(described);
            return false;
        }
        json_array_append_new(described, knob);
    }
    if (c.count > 0)
        return json_object_set_new(network, "knobs", described) == 0;
    json_decref(described);
    return true;
}
