/* SPDX-License-Identifier: ISC */
#include "json_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool reader_ok(const struct reader *r)
{
    return !r->failed;
}

void reader_fail(struct reader *r, const char *format, ...)
{
    char text[sizeof r->error->text - sizeof "config: "];
    va_list arguments;
    if (r->failed)
        return;
    r->failed = true;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    xl_fail(r->error, "config: %s", text);
}

const json_t *read_any(struct reader *r, const json_t *object, const char *field)
{
    const json_t *value = json_object_get(object, field);
    if (!fields_note(&r->known, object, field))
        reader_fail(r, "out of memory");
    return json_is_null(value) ? NULL : value;
}

/** The value as JSON, cut to a few characters: what was found. */
struct found {
    char text[48];
};

static struct found found(const json_t *value)
{
    struct found f;
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
    snprintf(f.text, sizeof f.text, "%s", text ? text : "unreadable");
    if (text && strlen(text) >= sizeof f.text)
        memcpy(f.text + sizeof f.text - sizeof "...", "...", sizeof "...");
    free(text);
    return f;
}

bool reader_end(struct reader *r)
{
    char expected[320];
    const json_t *object;
    const char *unknown = reader_ok(r) ? fields_unknown(&r->known, &object) : NULL;
    if (unknown) {
        fields_list(&r->known, object, expected, sizeof expected);
        reader_fail(r, "nothing knows the field \"%.40s\" of %s, expected any of %s", unknown,
                    found(object).text, expected);
    }
    fields_free(&r->known);
    return reader_ok(r);
}

double read_number(struct reader *r, const json_t *object, const char *field, double missing,
                   double minimum, double maximum)
{
    const json_t *value = read_any(r, object, field);
    const double number = value ? json_number_value(value) : missing;
    if (value && !json_is_number(value)) {
        reader_fail(r, "%s is %s, expected a number", field, found(value).text);
    } else if (!(number >= minimum && number <= maximum)) {
        if (value)
            reader_fail(r, "%s is %g, expected %g to %g", field, number, minimum, maximum);
        else
            reader_fail(r, "%s is missing, expected a number from %g to %g", field, minimum,
                        maximum);
    } else {
        return number;
    }
    return minimum;
}

unsigned read_unsigned(struct reader *r, const json_t *object, const char *field, unsigned missing,
                       unsigned minimum, unsigned maximum)
{
    const json_t *value = read_any(r, object, field);
    if (value && !json_is_integer(value)) {
        reader_fail(r, "%s is %s, expected an integer", field, found(value).text);
        return minimum;
    }
    return (unsigned)read_number(r, object, field, missing, minimum, maximum);
}

bool read_bool(struct reader *r, const json_t *object, const char *field, bool missing)
{
    const json_t *value = read_any(r, object, field);
    if (value && !json_is_boolean(value))
        reader_fail(r, "%s is %s, expected true or false", field, found(value).text);
    return value ? json_is_true(value) : missing;
}

double read_fact(struct reader *r, const json_t *object, const char *field, double minimum,
                 double maximum)
{
    return read_any(r, object, field) ? read_number(r, object, field, minimum, minimum, maximum)
                                      : (double)NAN;
}

const char *read_text(struct reader *r, const json_t *object, const char *field)
{
    const json_t *value = read_any(r, object, field);
    if (value && !json_is_string(value))
        reader_fail(r, "%s is %s, expected a text", field, found(value).text);
    return json_is_string(value) ? json_string_value(value) : "";
}

const json_t *read_object(struct reader *r, const json_t *object, const char *field)
{
    const json_t *value = read_any(r, object, field);
    if (value && !json_is_object(value))
        reader_fail(r, "%s is %s, expected an object", field, found(value).text);
    return json_is_object(value) ? value : NULL;
}

size_t read_choice(struct reader *r, const json_t *object, const char *field,
                   const char *const *names, size_t count, const char *missing)
{
    const json_t *value = read_any(r, object, field);
    const char *text = json_is_string(value) ? json_string_value(value) : value ? NULL : missing;
    char expected[256] = "";
    for (size_t i = 0; i < count; i++) {
        if (text && strcmp(text, names[i]) == 0)
            return i;
        const size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s%s", i ? ", " : "", names[i]);
    }
    reader_fail(r, "%s is %s, expected one of %s", field,
                text    ? text
                : value ? "not a text"
                        : "missing",
                expected);
    return 0;
}

bool read_forget_gate(struct reader *r, const json_t *object)
{
    static const char *const GATES[] = {"sigmoid", "exponential"};
    return read_choice(r, object, "forget_gate", GATES, 2, "sigmoid") == 1;
}
