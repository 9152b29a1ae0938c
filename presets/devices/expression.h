/* SPDX-License-Identifier: ISC */
/* Numbers and formulas as netlists write them: 4.7k, 22n, {500k * drive + 100}. */
#ifndef DEVICES_EXPRESSION_H
#define DEVICES_EXPRESSION_H

#include "failure.h"

#include <stddef.h>

/** A named value that formulas may use. */
struct parameter {
    char name[24];
    double value;
};

struct parameters {
    struct parameter list[16];
    size_t count;
};

/** The parameter of that name, or NULL. */
const struct parameter *parameter_find(const struct parameters *parameters, const char *name);

/** Sets a parameter, adding it if it is new. */
bool parameter_set(struct parameters *parameters, const char *name, double value,
                   struct failure *failure);

/** Evaluates `text`, lower-case: numbers with SPICE's suffixes (f p n u m k meg g), parameters,
 *  + - * / and parentheses; braces around the whole are allowed. */
bool expression_evaluate(const char *text, const struct parameters *parameters, double *result,
                         struct failure *failure);

#endif
