/* SPDX-License-Identifier: ISC */
/* A whole file in memory. */
#ifndef SLURP_H
#define SLURP_H

#include "xlstm.h"

/** Reads a file of at most `limit` bytes into a new buffer, for free(). NULL and a reason on
 *  failure. */
void *slurp(const char *path, size_t limit, size_t *size, struct xlstm_error *error);

#endif
