/* SPDX-License-Identifier: ISC */
/* What `xlstm train` says while it works and at its end. */
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include "train_files.h"
#include "train_settings.h"
#include "trainer.h"

/** What is told, and how. */
struct train_report {
    const struct train_settings *settings;
    const struct train_files *files;
    double told; ///< seconds at which the last plain line came
};

/** A live line on a terminal, elsewhere a plain one now and then; with --json a line of it for each
 *  validation instead. */
void train_show(struct train_report *report, const struct train_progress *progress);

/** Why the training ended, if that is not that time or updates were used up. */
void train_say_end(const struct train_report *report, const struct train_result *result);

/** The last words: how good it is, of which `esr` of the test passages, and how it is used. */
void train_conclude(const struct train_report *report, const struct train_result *result,
                    double esr);

#endif
