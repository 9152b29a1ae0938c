/* SPDX-License-Identifier: ISC */
/* Pairs of files that are not for training. */
#ifndef TRAIN_ROLES_H
#define TRAIN_ROLES_H

#include "train_pairs.h"

/** Reads --validate-on and --test-on, which name pairs by number, the first is 1. False after a
 *  sentence. */
bool train_roles_read(const struct train_settings *settings, size_t pairs, enum train_role *roles);

#endif
