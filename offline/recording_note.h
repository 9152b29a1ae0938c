/* SPDX-License-Identifier: ISC */
/* How the parts of the loader say what they found. */
#ifndef RECORDING_NOTE_H
#define RECORDING_NOTE_H

#include "recording.h"

/** Adds a sentence about a file: what was found and, unless it is a doubt, mended. Those that find
 *  no room are dropped. */
void recording_say(struct recording *recording, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void recording_doubt(struct recording *recording, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
