/* SPDX-License-Identifier: ISC */
#define _DEFAULT_SOURCE /* madvise() */
#include "pages.h"

#include "carve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *pages_new(size_t size)
{
    enum { LARGE_PAGE = 1 << 21 };
    const size_t page = size < LARGE_PAGE ? (size_t)CARVE_ALIGNMENT : (size_t)LARGE_PAGE;
    const size_t whole = (size + page - 1) / page * page;
    void *memory = aligned_alloc(page, whole);
    if (!memory)
        return NULL;
#ifdef MADV_HUGEPAGE
    if (page == LARGE_PAGE)
        madvise(memory, whole, MADV_HUGEPAGE); /* advice: small pages do as well */
#endif
    memset(memory, 0, size);
    return memory;
}
