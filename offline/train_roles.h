/* SPDX-License-Identifier: ISC */
/* What pairs of files are for. */
#ifndef TRAIN_ROLES_H
#define TRAIN_ROLES_H

#include "train_settings.h"

/** What a pair of files is for. */
enum train_role {
    TRAIN_ROLE_ALL,        ///< for training, and whatever no other pair is for
    TRAIN_ROLE_VALIDATION, ///< to choose the best model by
    TRAIN_ROLE_TEST        ///< to tell how good that is
};

/** Reads --validate-on and --test-on, which name pairs by number, the first is 1. False after a
 *  sentence. */
bool train_roles_read(const struct train_settings *settings, size_t pairs, enum train_role *roles);

#endif
