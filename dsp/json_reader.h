/* SPDX-License-Identifier: ISC */
/* Typed reading of JSON fields. The first failure is kept as the error; later reads return their
 * defaults. A missing field (or null) takes the default; where the default itself is outside the
 * range, the field is required. Not real-time. */
#ifndef XL_JSON_READER_H
#define XL_JSON_READER_H

#include "tensors.h"

struct reader {
    struct xlstm_error *error;
    bool failed;
};

bool reader_ok(const struct reader *r);

/** Keeps "config: …" as the error if it is the first. */
void reader_fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

unsigned read_unsigned(struct reader *r, const json_t *object, const char *field, unsigned missing,
                       unsigned minimum, unsigned maximum);
double read_number(struct reader *r, const json_t *object, const char *field, double missing,
                   double minimum, double maximum);
bool read_bool(struct reader *r, const json_t *object, const char *field, bool missing);

/** An object, or NULL (which reads as empty) where it is missing or null. */
const json_t *read_object(struct reader *r, const json_t *object, const char *field);

/** Index of the field's text among `names`; `missing` NULL makes the field required. */
size_t read_choice(struct reader *r, const json_t *object, const char *field,
                   const char *const *names, size_t count, const char *missing);

/** Whether "forget_gate" is "exponential"; the default is "sigmoid". */
bool read_forget_gate(struct reader *r, const json_t *object);

#endif
