/* SPDX-License-Identifier: ISC */
/* What a session keeps: the model's path, by property URI, type atom:Path. Ports are the host's. */
#ifndef PLUGIN_STATE_H
#define PLUGIN_STATE_H

#include <lv2/state/state.h>

/** Saving and restoring, for the host. Not real-time. */
extern const LV2_State_Interface state_interface;

#endif
