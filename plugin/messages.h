/* SPDX-License-Identifier: ISC */
/* Patch messages from and to the host, in the audio thread. All but messages_init() is real-time.
 */
#ifndef PLUGIN_MESSAGES_H
#define PLUGIN_MESSAGES_H

#include "handover.h"
#include "properties.h"
#include "xlstm.h"

#include <lv2/atom/forge.h>

struct plugin;

/** Longest path that a host may send, with its end. */
enum { PATH_BYTES = 4096 };

/** A file that the host asked for. */
struct wish {
    bool due; ///< it is to be loaded
    char path[PATH_BYTES];
};

/** Why a file can't be played. */
struct complaint {
    enum origin origin;        ///< of what failed
    struct xlstm_error reason; ///< "": there is none
};

/** What is to be told and what was asked. The audio thread's. */
struct messages {
    LV2_Atom_Forge forge;
    uint32_t due;                       ///< bit P: tell the host the value of property P
    bool changed;                       ///< tell the host that there is something new to be saved
    struct wish wishes[PROPERTY_FILES]; ///< the newest ones
    struct complaint complaints[PROPERTY_FILES]; ///< of the last ones
};

/** Maps the words of messages. Not real-time. */
void messages_init(struct plugin *plugin, LV2_URID_Map *map);

/** Reads the control port. */
void messages_read(struct plugin *plugin) XLSTM_REALTIME;

/** Another file plays, or the same anew: has all about it told to the host. That the same goes on
 *  does not answer a request that failed before. */
void messages_accept(struct plugin *plugin, enum property file, enum origin origin) XLSTM_REALTIME;

/** A file can't be played, for the reason given: has the host told that all is as it was. */
void messages_refuse(struct plugin *plugin, enum property file, enum origin origin,
                     const char *reason) XLSTM_REALTIME;

/** Writes to the notify port what is due and fits; the rest stays due. */
void messages_write(struct plugin *plugin) XLSTM_REALTIME;

#endif
