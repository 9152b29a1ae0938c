/* SPDX-License-Identifier: ISC */
#include "netlist.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 256, LINE_WORDS = 24 };

/** A line cut into words; brackets and equal signs outside braces count as spaces. */
struct line {
    char bytes[LINE_BYTES];
    char *words[LINE_WORDS];
    size_t count;
};

/** How many nodes an element of that letter has; 0 if there is no such element. */
static const struct shape {
    char letter;
    enum element_kind kind;
    size_t nodes;
} shapes[] = {
    {'r', RESISTOR, 2},  {'c', CAPACITOR, 2}, {'v', SOURCE, 2},
    {'e', AMPLIFIER, 4}, {'d', PART, 2},      {'x', PART, 3},
};

/** Names and places of the constants in .model cards. */
static const struct constant {
    const char *name;
    enum part_kind kind;
    size_t offset;
} constants[] = {
    {"is", PART_DIODE, offsetof(struct part_model, is)},
    {"n", PART_DIODE, offsetof(struct part_model, n)},
    {"g", PART_TRIODE, offsetof(struct part_model, g)},
    {"mu", PART_TRIODE, offsetof(struct part_model, mu)},
    {"gamma", PART_TRIODE, offsetof(struct part_model, gamma)},
    {"c", PART_TRIODE, offsetof(struct part_model, c)},
    {"gg", PART_TRIODE, offsetof(struct part_model, gg)},
    {"cg", PART_TRIODE, offsetof(struct part_model, cg)},
    {"xi", PART_TRIODE, offsetof(struct part_model, xi)},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool is_space(char c)
{
    return c != '\0' && strchr(" \t\r\n()=,", c) != NULL;
}

/** Cuts the line of `length` bytes at `text` into lower-case words, without its comment. */
static bool cut_line(struct line *line, const char *text, size_t length, struct failure *failure)
{
    if (length >= LINE_BYTES)
        return fail(failure, "a line has %zu characters, more than %d", length, LINE_BYTES - 1);
    for (size_t i = 0; i < length; i++)
        line->bytes[i] = (char)tolower((unsigned char)text[i]);
    line->bytes[length] = '\0';
    line->bytes[strcspn(line->bytes, ";")] = '\0';
    line->count = 0;
    for (char *at = line->bytes; *at;) {
        if (is_space(*at)) {
            *at++ = '\0';
            continue;
        }
        if (line->count == LINE_WORDS)
            return fail(failure, "a line has more than %d words", LINE_WORDS);
        line->words[line->count++] = at;
        for (bool braced = false; *at && (braced || !is_space(*at)); at++)
            braced = *at == '{' || (braced && *at != '}');
    }
    return true;
}

static int find_node(const struct netlist *netlist, const char *name)
{
    for (size_t i = 0; i < netlist->node_count; i++)
        if (strcmp(netlist->node_names[i], name) == 0)
            return (int)i;
    return NETLIST_GROUND;
}

static bool add_node(struct netlist *netlist, const char *name, int *node, struct failure *failure)
{
    *node = find_node(netlist, name);
    if (*node != NETLIST_GROUND || strcmp(name, "0") == 0)
        return true;
    if (netlist->node_count == NETLIST_NODES || strlen(name) >= sizeof *netlist->node_names)
        return fail(failure, "no room for node %s", name);
    *node = (int)netlist->node_count++;
    snprintf(netlist->node_names[*node], sizeof *netlist->node_names, "%s", name);
    return true;
}

static const struct shape *find_shape(char letter)
{
    for (size_t i = 0; i < COUNT(shapes); i++)
        if (shapes[i].letter == letter)
            return &shapes[i];
    return NULL;
}

/** Models stand after the elements that use them, so a part first keeps an empty model's place. */
static bool find_or_reserve_model(struct netlist *netlist, const char *name, enum part_kind kind,
                                  size_t *model, struct failure *failure)
{
    for (*model = 0; *model < netlist->model_count; ++*model)
        if (strcmp(netlist->models[*model].name, name) == 0)
            return netlist->models[*model].kind == kind ||
                   fail(failure, "model %s is used for diodes and for triodes", name);
    if (netlist->model_count == NETLIST_MODELS || strlen(name) >= sizeof netlist->models->name)
        return fail(failure, "no room for model %s", name);
    struct part_model *added = &netlist->models[netlist->model_count++];
    snprintf(added->name, sizeof added->name, "%s", name);
    added->kind = kind;
    return true;
}

static bool read_value(struct netlist *netlist, struct element *element, const char *text,
                       struct failure *failure)
{
    if (!expression_evaluate(text, &netlist->parameters, &element->value, failure))
        return false;
    const bool passive = element->kind == RESISTOR || element->kind == CAPACITOR;
    return !passive || element->value > 0 ||
           fail(failure, "%s is %g, which is not above 0", element->name, element->value);
}

static bool read_element(struct netlist *netlist, const struct line *line, struct failure *failure)
{
    const char *name = line->words[0];
    const struct shape *shape = find_shape(name[0]);
    if (!shape)
        return fail(failure, "%s is no element that this program knows", name);
    if (line->count != shape->nodes + 2)
        return fail(failure, "%s has %zu fields, expected %zu", name, line->count,
                    shape->nodes + 2);
    if (netlist->element_count == NETLIST_ELEMENTS)
        return fail(failure, "there are more than %d elements", NETLIST_ELEMENTS);
    struct element *element = &netlist->elements[netlist->element_count++];
    if (strlen(name) >= sizeof element->name)
        return fail(failure, "the name %s is too long", name);
    snprintf(element->name, sizeof element->name, "%s", name);
    element->kind = shape->kind;
    for (size_t i = 0; i < shape->nodes; i++)
        if (!add_node(netlist, line->words[1 + i], &element->nodes[i], failure))
            return false;
    const char *last = line->words[1 + shape->nodes];
    if (element->kind == PART)
        return find_or_reserve_model(netlist, last, shape->letter == 'd' ? PART_DIODE : PART_TRIODE,
                                     &element->model, failure);
    return read_value(netlist, element, last, failure);
}

static bool set_constant(struct part_model *model, const char *name, double value)
{
    for (size_t i = 0; i < COUNT(constants); i++)
        if (constants[i].kind == model->kind && strcmp(constants[i].name, name) == 0) {
            memcpy((char *)model + constants[i].offset, &value, sizeof value);
            return true;
        }
    return false;
}

static bool check_model(const struct part_model *model, struct failure *failure)
{
    for (size_t i = 0; i < COUNT(constants); i++) {
        double value;
        memcpy(&value, (const char *)model + constants[i].offset, sizeof value);
        if (constants[i].kind == model->kind && !(value > 0))
            return fail(failure, "model %s needs a constant %s above 0", model->name,
                        constants[i].name);
    }
    return true;
}

static bool read_model(struct netlist *netlist, const struct line *line, struct failure *failure)
{
    if (line->count < 3)
        return fail(failure, "a .model line lacks its name or type");
    const bool triode = strcmp(line->words[2], "triode") == 0;
    if (!triode && strcmp(line->words[2], "d") != 0)
        return fail(failure, "model %s is of type %s, expected D or TRIODE", line->words[1],
                    line->words[2]);
    size_t index;
    if (!find_or_reserve_model(netlist, line->words[1], triode ? PART_TRIODE : PART_DIODE, &index,
                               failure))
        return false;
    struct part_model *model = &netlist->models[index];
    for (size_t i = 3; i + 1 < line->count; i += 2) {
        double value;
        if (!expression_evaluate(line->words[i + 1], &netlist->parameters, &value, failure))
            return false;
        if (!set_constant(model, line->words[i], value))
            return fail(failure, "model %s has no constant %s", model->name, line->words[i]);
    }
    return true;
}

static bool read_parameter(struct netlist *netlist, const struct line *line,
                           const struct parameters *settings, struct failure *failure)
{
    if (line->count != 3)
        return fail(failure, "a .param line has %zu fields, expected .param NAME=VALUE",
                    line->count);
    double value;
    if (!expression_evaluate(line->words[2], &netlist->parameters, &value, failure))
        return false;
    const struct parameter *setting = parameter_find(settings, line->words[1]);
    return parameter_set(&netlist->parameters, line->words[1], setting ? setting->value : value,
                         failure);
}

static bool read_line(struct netlist *netlist, const struct line *line,
                      const struct parameters *settings, struct failure *failure)
{
    if (line->count == 0 || line->words[0][0] == '*')
        return true;
    if (strcmp(line->words[0], ".param") == 0)
        return read_parameter(netlist, line, settings, failure);
    if (strcmp(line->words[0], ".model") == 0)
        return read_model(netlist, line, failure);
    if (line->words[0][0] == '.')
        return fail(failure, "%s is no card that this program knows", line->words[0]);
    return read_element(netlist, line, failure);
}

static bool check(struct netlist *netlist, const struct parameters *settings,
                  struct failure *failure)
{
    for (size_t i = 0; i < settings->count; i++)
        if (!parameter_find(&netlist->parameters, settings->list[i].name))
            return fail(failure, "there is no parameter %s", settings->list[i].name);
    for (size_t i = 0; i < netlist->model_count; i++)
        if (!check_model(&netlist->models[i], failure))
            return false;
    netlist->output = find_node(netlist, "out");
    if (netlist->output == NETLIST_GROUND)
        return fail(failure, "there is no node out");
    for (netlist->input = 0; netlist->input < netlist->element_count; netlist->input++)
        if (strcmp(netlist->elements[netlist->input].name, "vin") == 0)
            return true;
    return fail(failure, "there is no source VIN");
}

bool netlist_parse(struct netlist *netlist, const char *text, const struct parameters *settings,
                   struct failure *failure)
{
    *netlist = (struct netlist){.node_count = 0};
    for (unsigned number = 1; *text; number++) {
        const size_t length = strcspn(text, "\n");
        struct line line;
        struct failure reason;
        if (!cut_line(&line, text, length, &reason))
            return fail(failure, "line %u: %s", number, reason.text);
        if (line.count > 0 && strcmp(line.words[0], ".end") == 0)
            break;
        if (number > 1 && !read_line(netlist, &line, settings, &reason))
            return fail(failure, "line %u: %s", number, reason.text);
        text += length + (text[length] == '\n');
    }
    return check(netlist, settings, failure);
}
