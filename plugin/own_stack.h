/* SPDX-License-Identifier: ISC */
/* Room for libraries that read files: a worker of a host may have a stack of some 16 kB (mod-host),
 * of which libsndfile alone wants more. Not real-time. */
#ifndef PLUGIN_OWN_STACK_H
#define PLUGIN_OWN_STACK_H

/** Runs a function to its end on a stack of its own; on the caller's if there is no memory. */
void run_on_own_stack(void (*function)(void *data), void *data);

#endif
