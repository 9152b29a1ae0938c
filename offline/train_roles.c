/* SPDX-License-Identifier: ISC */
#include "train_roles.h"

#include "report.h"

#include <stdlib.h>

static bool read_list(const char *option, const struct option_list *list, size_t pairs,
                      enum train_role role, enum train_role *roles)
{
    for (size_t i = 0; i < list->count; i++) {
        char *end;
        const long number = strtol(list->items[i], &end, 10);
        if (end == list->items[i] || *end || number < 1 || number > (long)pairs) {
            complain(NULL, "--%s takes the number of a pair, 1 to %zu, not '%s'", option, pairs,
                     list->items[i]);
            return false;
        }
        if (roles[number - 1] != TRAIN_ROLE_ALL) {
            complain(NULL, "pair %ld is for validation or test already", number);
            return false;
        }
        roles[number - 1] = role;
    }
    return true;
}

bool train_roles_read(const struct train_settings *settings, size_t pairs, enum train_role *roles)
{
    if (!read_list("validate-on", &settings->validate_on, pairs, TRAIN_ROLE_VALIDATION, roles) ||
        !read_list("test-on", &settings->test_on, pairs, TRAIN_ROLE_TEST, roles))
        return false;
    for (size_t i = 0; i < pairs; i++)
        if (roles[i] == TRAIN_ROLE_ALL)
            return true;
    complain(NULL, "no pair is left to train on");
    return false;
}
