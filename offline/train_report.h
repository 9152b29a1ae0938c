/* SPDX-License-Identifier: ISC */
/* What `xlstm train` says while it works and at its end. */
#ifndef TRAIN_REPORT_H
#define TRAIN_REPORT_H

#include "train_settings.h"
#include "trainer.h"

/** The live line, and the line of JSON if the settings ask for it. */
void train_show(const struct train_settings *settings, const struct train_progress *progress);

/** The last words; `esr` of the test passages. */
void train_conclude(const struct train_settings *settings, const struct train_result *result,
                    double esr);

#endif
