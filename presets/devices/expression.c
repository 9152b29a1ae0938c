/* SPDX-License-Identifier: ISC */
/* A recursive descent over
 *     sum = product { (+|-) product }     product = factor { (*|/) factor }
 *     factor = number | name | (sum) | {sum} | - factor */
#include "expression.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    const char *text; ///< the whole formula, for error sentences
    const char *at;
    const struct parameters *parameters;
    struct failure *failure;
};

const struct parameter *parameter_find(const struct parameters *parameters, const char *name)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->list[i].name, name) == 0)
            return &parameters->list[i];
    return NULL;
}

bool parameter_set(struct parameters *parameters, const char *name, double value,
                   struct failure *failure)
{
    const struct parameter *known = parameter_find(parameters, name);
    const size_t place = known ? (size_t)(known - parameters->list) : parameters->count;
    if (place == sizeof parameters->list / sizeof *parameters->list ||
        strlen(name) >= sizeof parameters->list->name)
        return fail(failure, "no room for parameter %s", name);
    struct parameter *parameter = &parameters->list[place];
    snprintf(parameter->name, sizeof parameter->name, "%s", name);
    parameter->value = value;
    parameters->count += !known;
    return true;
}

static void skip_spaces(struct reader *reader)
{
    while (isspace((unsigned char)*reader->at))
        reader->at++;
}

static bool accept(struct reader *reader, char wanted)
{
    skip_spaces(reader);
    if (*reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

static bool read_sum(struct reader *reader, double *result);

static double suffix_factor(const char *suffix)
{
    if (strncmp(suffix, "meg", 3) == 0)
        return 1e6;
    switch (*suffix) {
    case 'f':
        return 1e-15;
    case 'p':
        return 1e-12;
    case 'n':
        return 1e-9;
    case 'u':
        return 1e-6;
    case 'm':
        return 1e-3;
    case 'k':
        return 1e3;
    case 'g':
        return 1e9;
    default:
        return 1;
    }
}

static void read_number(struct reader *reader, double *result)
{
    char *end;
    *result = strtod(reader->at, &end) * suffix_factor(end);
    while (isalpha((unsigned char)*end)) // the suffix, and units such as in 10nF
        end++;
    reader->at = end;
}

static bool read_name(struct reader *reader, double *result)
{
    char name[sizeof reader->parameters->list->name] = "";
    for (size_t i = 0; isalnum((unsigned char)*reader->at) || *reader->at == '_'; reader->at++)
        if (i + 1 < sizeof name)
            name[i++] = *reader->at;
    const struct parameter *parameter = parameter_find(reader->parameters, name);
    if (!parameter)
        return fail(reader->failure, "the formula %s uses %s, which is no parameter", reader->text,
                    name);
    *result = parameter->value;
    return true;
}

static bool read_factor(struct reader *reader, double *result)
{
    if (accept(reader, '-')) {
        if (!read_factor(reader, result))
            return false;
        *result = -*result;
        return true;
    }
    const bool brace = accept(reader, '{');
    if (brace || accept(reader, '(')) {
        if (!read_sum(reader, result))
            return false;
        return accept(reader, brace ? '}' : ')') ||
               fail(reader->failure, "the formula %s lacks a closing bracket", reader->text);
    }
    if (isdigit((unsigned char)*reader->at) || *reader->at == '.') {
        read_number(reader, result);
        return true;
    }
    if (isalpha((unsigned char)*reader->at))
        return read_name(reader, result);
    return fail(reader->failure, "expected a number at \"%s\" in the formula %s", reader->at,
                reader->text);
}

static bool read_product(struct reader *reader, double *result)
{
    if (!read_factor(reader, result))
        return false;
    for (;;) {
        const bool times = accept(reader, '*');
        double factor;
        if (!times && !accept(reader, '/'))
            return true;
        if (!read_factor(reader, &factor))
            return false;
        *result = times ? *result * factor : *result / factor;
    }
}

static bool read_sum(struct reader *reader, double *result)
{
    if (!read_product(reader, result))
        return false;
    for (;;) {
        const bool plus = accept(reader, '+');
        double term;
        if (!plus && !accept(reader, '-'))
            return true;
        if (!read_product(reader, &term))
            return false;
        *result += plus ? term : -term;
    }
}

bool expression_evaluate(const char *text, const struct parameters *parameters, double *result,
                         struct failure *failure)
{
    struct reader reader = {text, text, parameters, failure};
    if (!read_sum(&reader, result))
        return false;
    skip_spaces(&reader);
    return *reader.at == '\0' ||
           fail(failure, "unexpected \"%s\" in the formula %s", reader.at, text);
}
