/* SPDX-License-Identifier: ISC */
/* The main program of a CUnit suite: a table of tests in, an exit status out. */
#ifndef SUITE_H
#define SUITE_H

#include <CUnit/Basic.h>
#include <stddef.h>

struct test {
    const char *name;
    void (*run)(void);
};

/** Runs the tests, prints CUnit's summary and returns the exit status. */
int run_suite(const char *name, const struct test *tests, size_t count);

#endif
