/* SPDX-License-Identifier: ISC */
/* The guard of the real-time law: runs suspects in child processes and tells the first thing that
 * the audio thread did wrong. guard_calls.c holds the functions that it watches. */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>

/** Makes the memory that children report into. Call it first; false if there is none. */
bool guard_open(void);

/** Notes the first crime of a suspect; from the child, any thread. */
void accuse(const char *crime);

/** Accuses of `function`, and ends the child, if the calling thread is in the audio callback. */
void guard_check(const char *function);

/** Ends a suspect's preparations: from here on its thread is the audio thread, to the end of the
 *  process. */
void begin_audio(void);

/** Runs a suspect in a child. Returns what it did wrong, "" if nothing. */
const char *try(void (*suspect)(void));

/** Tries a suspect that should be innocent, and says what it did if it is not. */
void expect_innocence(void (*suspect)(void));

/** A test: the guard catches each offender on its list, and no innocent. */
void the_guard_sees(void);

#endif
