/* SPDX-License-Identifier: ISC */
/* The audio thread's entry. */
#ifndef PLUGIN_RUN_H
#define PLUGIN_RUN_H

#include "xlstm.h"

#include <lv2/core/lv2.h>

struct plugin;

/** LV2's run(). Real-time. */
void plugin_run(LV2_Handle instance, uint32_t frames) XLSTM_REALTIME;

/** Takes what others left for the audio thread, unless a fade goes on. Real-time. */
void collect(struct plugin *plugin) XLSTM_REALTIME;

/** Returns what is no longer heard to those who may free it. Real-time. */
void retire(struct plugin *plugin) XLSTM_REALTIME;

#endif
