/* SPDX-License-Identifier: ISC */
/* The words of `train --loss`. */
#ifndef TRAIN_LOSS_WORDS_H
#define TRAIN_LOSS_WORDS_H

#include "trainer.h"

/** Reads weights such as "esr=1,pre=0.5,stft": errors that are not named weigh nothing, one without
 *  a number 1. False after a sentence. */
bool train_loss_read(const char *words, struct train_loss *loss);

#endif
