/* SPDX-License-Identifier: ISC */
/* Memory for arrays that are walked through from end to end, again and again. */
#ifndef TRAIN_PAGES_H
#define TRAIN_PAGES_H

#include <stddef.h>

/** `size` bytes of zeros at an address that fits any vector, on large pages where the system has
 *  them: with small ones, much of the time goes into finding them. To be released with free().
 *  NULL: out of memory. */
void *pages_new(size_t size);

#endif
