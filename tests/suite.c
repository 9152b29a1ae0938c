/* SPDX-License-Identifier: ISC */
#include "suite.h"

int run_suite(const char *name, const struct test *tests, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite(name, NULL, NULL);
    for (size_t i = 0; suite && i < count; i++)
        if (!CU_add_test(suite, tests[i].name, tests[i].run))
            suite = NULL;
    if (suite) {
        CU_basic_set_mode(CU_BRM_VERBOSE);
        CU_basic_run_tests();
    }
    const int failed =
        !suite || CU_get_number_of_failures() > 0 || CU_get_number_of_tests_run() != count;
    CU_cleanup_registry();
    return failed;
}
