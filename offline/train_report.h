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
    double told;                   ///< seconds at which the last plain line came
    const char *candidate, *trial; ///< what is tried, for programs and for people; or NULL
};

/** Notes that a network is tried, or with NULL that none is any more: lines will say so. */
void train_report_trial(struct train_report *report, const char *candidate, const char *trial);

/** A live line on a terminal, elsewhere a plain one now and then: epochs, errors, speed as a
 * multiple of real time, time left. With --json a line of JSON for each validation instead, that of
 * a trial with "candidate". */
void train_show(struct train_report *report, const struct train_progress *progress);

/** Why the training ended, if that is not that time or updates were used up. */
void train_say_end(const struct train_report *report, const struct train_result *result);

/** The last words: how good it is, of which `esr` of the test passages, and how it is used. */
void train_conclude(const struct train_report *report, const struct train_result *result,
                    double esr);

#endif
