/* SPDX-License-Identifier: ISC */
/* Patch messages from and to the host, in the audio thread. All but messages_init() is real-time.
 */
#ifndef PLUGIN_MESSAGES_H
#define PLUGIN_MESSAGES_H

#include "xlstm.h"

#include <lv2/atom/forge.h>

struct plugin;

/** Longest path that a host may send, with its end. */
enum { PATH_BYTES = 4096 };

/** What is to be told and what was asked. The audio thread's. */
struct messages {
    LV2_Atom_Forge forge;
    uint32_t due;              ///< bit P: tell the host the value of property P
    bool wish;                 ///< `wanted` is to be loaded
    char wanted[PATH_BYTES];   ///< the file that the host asked for last
    struct xlstm_error status; ///< why the last request came to nothing, or ""
};

/** Maps the words of messages. Not real-time. */
void messages_init(struct plugin *plugin, LV2_URID_Map *map);

/** Reads the control port. */
void messages_read(struct plugin *plugin) XLSTM_REALTIME;

/** A new model plays: has all told to the host. */
void messages_accept(struct plugin *plugin) XLSTM_REALTIME;

/** A wish came to nothing, for the reason given: has the host told that all is as it was. */
void messages_refuse(struct plugin *plugin, const char *reason) XLSTM_REALTIME;

/** Writes to the notify port what is due and fits; the rest stays due. */
void messages_write(struct plugin *plugin) XLSTM_REALTIME;

#endif
