/* SPDX-License-Identifier: ISC */
/* The audio thread's entry. */
#ifndef PLUGIN_RUN_H
#define PLUGIN_RUN_H

#include "xlstm.h"

#include <lv2/core/lv2.h>

struct plugin;
struct voice;

/** LV2's run(). Real-time. */
void plugin_run(LV2_Handle instance, uint32_t frames) XLSTM_REALTIME;

/** Hands a voice to those who may free it. Real-time. NULL is fine. */
void give_back(struct plugin *plugin, struct voice *voice) XLSTM_REALTIME;

#endif
