/* SPDX-License-Identifier: ISC */
/* The command line of `xlstm train`. */
#ifndef TRAIN_SETTINGS_H
#define TRAIN_SETTINGS_H

#include "options.h"
#include "trainer.h"

#include <stdbool.h>

/** Most pairs of files. */
enum { TRAIN_PAIRS = 64 };

/** Rate at which models are trained, Hz. */
#define TRAIN_MODEL_RATE 48000.0

/** What the options say. Texts point into argv; those that were not given are NULL. */
struct train_settings {
    const char *output, *network, *name, *author, *gear, *licence;
    int size;                         ///< an enum network_size, unless `network` names a file
    double seconds, rate;             ///< time to train for; learning rate
    double input_level, output_level; ///< dBu of a sine at full scale; NaN if unsaid
    long updates, seed, threads;
    double checkpoint_seconds; ///< between checkpoints
    const char *picture;       ///< file, or NULL: beside the model
    const char *loss_words;    ///< what `loss` was read from, or NULL
    struct train_loss loss;
    bool json, overwrite, resume, no_picture;
    struct option_list knobs;                ///< NAME=VALUE, pair by pair
    struct option_list validate_on, test_on; ///< numbers of pairs, from 1
};

/** The options' table, for options_parse() and `--help`. */
extern const struct option_row train_options_table[];

/** Settings before any option was read. */
struct train_settings train_default_settings(void);

#endif
