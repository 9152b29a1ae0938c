/* SPDX-License-Identifier: ISC */
/* Fields and lists of numbers out of a foreign JSON file, each checked, each named in the sentence
 * that says what is wrong with it. */
#include "capture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

enum { MIN_RATE = 1000, MAX_RATE = 1000000 }; // Hz

void xl_describe_json(const json_t *value, char text[XL_PATH_BYTES])
{
    if (!value)
        snprintf(text, XL_PATH_BYTES, "missing");
    else if (json_is_string(value))
        snprintf(text, XL_PATH_BYTES, "\"%.40s\"", json_string_value(value));
    else if (json_is_number(value))
        snprintf(text, XL_PATH_BYTES, "the number %.9g", json_number_value(value));
    else if (json_is_array(value))
        snprintf(text, XL_PATH_BYTES, "a list of %zu", json_array_size(value));
    else
        snprintf(text, XL_PATH_BYTES, "%s",
                 json_is_object(value) ? "an object"
                 : json_is_null(value) ? "null"
                                       : "true or false");
}

bool xl_read_whole(const json_t *object, const char *key, const char *path, json_int_t minimum,
                   json_int_t maximum, json_int_t *value, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    const json_t *field = json_object_get(object, key);
    if (json_is_integer(field) && json_integer_value(field) >= minimum &&
        json_integer_value(field) <= maximum) {
        *value = json_integer_value(field);
        return true;
    }
    xl_describe_json(field, found);
    if (minimum == maximum)
        return xl_fail(error, "%s is %s, expected %" JSON_INTEGER_FORMAT, path, found, minimum);
    return xl_fail(error,
                   "%s is %s, expected a whole number from %" JSON_INTEGER_FORMAT
                   " to %" JSON_INTEGER_FORMAT,
                   path, found, minimum, maximum);
}

/** Whether a number can be a 32-bit float. */
static bool fits_float(double number)
{
    return fabs(number) <= (double)FLT_MAX;
}

static bool fail_number(const json_t *value, const char *path, struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    xl_describe_json(value, found);
    return xl_fail(error, "%s is %s, expected a number that fits 32-bit float", path, found);
}

bool xl_read_element(const json_t *list, const char *path, size_t index, float *to,
                     struct xlstm_error *error)
{
    char element[XL_PATH_BYTES];
    const json_t *value = json_array_get(list, index);
    if (json_is_number(value) && fits_float(json_number_value(value))) {
        *to = (float)json_number_value(value);
        return true;
    }
    snprintf(element, sizeof element, "%s[%zu]", path, index);
    return fail_number(value, element, error);
}

/** A list of exactly `count` numbers into to[0], to[stride], … */
static bool read_strided(const json_t *list, const char *path, size_t count, size_t stride,
                         float *to, struct xlstm_error *error)
{
    char text[XL_PATH_BYTES];
    if (json_array_size(list) != count) {
        xl_describe_json(list, text);
        return xl_fail(error, "%s is %s, expected %zu number%s in a list", path, text, count,
                       count == 1 ? "" : "s");
    }
    for (size_t i = 0; i < count; i++)
        if (!xl_read_element(list, path, i, &to[i * stride], error))
            return false;
    return true;
}

bool xl_read_numbers(const json_t *list, const char *path, size_t count, float *to,
                     struct xlstm_error *error)
{
    return read_strided(list, path, count, 1, to, error);
}

bool xl_read_matrix(const json_t *list, const char *path, size_t rows, size_t columns,
                    bool transposed, float *to, struct xlstm_error *error)
{
    char text[XL_PATH_BYTES];
    if (json_array_size(list) != rows) {
        xl_describe_json(list, text);
        return xl_fail(error, "%s is %s, expected %zu list%s in a list", path, text, rows,
                       rows == 1 ? "" : "s");
    }
    for (size_t i = 0; i < rows; i++) {
        snprintf(text, sizeof text, "%s[%zu]", path, i);
        float *row = transposed ? to + i : to + i * columns;
        if (!read_strided(json_array_get(list, i), text, columns, transposed ? rows : 1, row,
                          error))
            return false;
    }
    return true;
}

bool xl_read_rate(const json_t *value, const char *path, double unknown, double *rate,
                  struct xlstm_error *error)
{
    char found[XL_PATH_BYTES];
    *rate = unknown;
    if (!value || json_is_null(value))
        return true;
    // jansson, unlike strtod(), reads a number in text whatever the host's locale
    const char *text = json_string_value(value);
    json_t *number = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    *rate = json_number_value(text ? number : value);
    json_decref(number);
    if (*rate >= MIN_RATE && *rate <= MAX_RATE)
        return true;
    xl_describe_json(value, found);
    return xl_fail(error, "%s is %s, expected Hz from %d to %d", path, found, MIN_RATE, MAX_RATE);
}
