/* SPDX-License-Identifier: ISC */
/* What people and programs are told: sentences and a status line on stderr, JSON on stdout.
 * Any thread may call these functions. */
#ifndef REPORT_H
#define REPORT_H

#include "xlstm.h"

#include <jansson.h>

/** Prints "xlstm: FILE: SENTENCE" on stderr; without the file if that is NULL. */
void complain(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Writes a sentence into `error` and gives false, so that `return fail(…)` reads well. */
bool fail(struct xlstm_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** True if stderr is a terminal, where a status line can be seen. */
bool status_visible(void);

/** Shows a line on the terminal that the next one, or a sentence, replaces. Where stderr is none,
 *  nothing happens. */
void status_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Takes the status line away. */
void status_clear(void);

/** Prints `object`, which may be NULL for want of memory, as one line on stdout and releases it.
 *  Gives false, after a sentence, if it could not be made. */
bool json_line(json_t *object);

/** Text from outside, such as a file name, as a JSON string: bytes that are no UTF-8 become U+FFFD,
 *  since JSON can hold no others. NULL only for want of memory. */
json_t *json_text(const char *text);

/** A number, or null if it is not finite. */
json_t *json_finite(double number);

#endif
