/* SPDX-License-Identifier: ISC */
/* Why a call failed: one sentence without a full stop. */
#ifndef DEVICES_FAILURE_H
#define DEVICES_FAILURE_H

#include <stdbool.h>

struct failure {
    char text[256];
};

/** Writes the sentence and returns false, so that `return fail(…)` reads well. */
bool fail(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
