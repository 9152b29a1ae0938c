/* SPDX-License-Identifier: ISC */
/* Typed reading of JSON fields. The first failure is kept as the error; later reads return their
 * defaults. A missing field (or null) takes the default; where the default itself is outside the
 * range, the field is required. What is read counts as known, and reader_end() refuses the rest.
 * Not real-time. */
#ifndef XL_JSON_READER_H
#define XL_JSON_READER_H

#include "json_fields.h"

/** Set `error`, zero the rest. */
struct reader {
    struct xlstm_error *error;
    bool failed;
    struct fields known; ///< released by reader_end()
};

/** Whether nothing failed so far. */
bool reader_ok(const struct reader *r);

/** Keeps "config: …" as the error if it is the first. */
void reader_fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Ends reading: fails if an object that was read from has a field that nothing asked for. Returns
 *  whether all went well. */
bool reader_end(struct reader *r);

/** The field's value of any type, or NULL if it is missing or null. */
const json_t *read_any(struct reader *r, const json_t *object, const char *field);

/** A whole number, a number, a truth value; `missing` is the default. After a failure the number is
 *  `minimum`. */
unsigned read_unsigned(struct reader *r, const json_t *object, const char *field, unsigned missing,
                       unsigned minimum, unsigned maximum);
double read_number(struct reader *r, const json_t *object, const char *field, double missing,
                   double minimum, double maximum);
bool read_bool(struct reader *r, const json_t *object, const char *field, bool missing);

/** A number without a default: NaN where it is missing. */
double read_fact(struct reader *r, const json_t *object, const char *field, double minimum,
                 double maximum);

/** Text, which lives as long as the object; "" where it is missing. */
const char *read_text(struct reader *r, const json_t *object, const char *field);

/** An object, or NULL (which reads as empty) where it is missing or null. */
const json_t *read_object(struct reader *r, const json_t *object, const char *field);

/** Index of the field's text among `names`; `missing` NULL makes the field required. */
size_t read_choice(struct reader *r, const json_t *object, const char *field,
                   const char *const *names, size_t count, const char *missing);

/** Whether "forget_gate" is "exponential"; the default is "sigmoid". */
bool read_forget_gate(struct reader *r, const json_t *object);

#endif
