/* SPDX-License-Identifier: ISC */
/* Names that the plugin uses, and the numbers that the host gives them. */
#ifndef PLUGIN_URIS_H
#define PLUGIN_URIS_H

#include <lv2/urid/urid.h>

#define XLSTM_URI "https://xlstm-lv2.github.io/xlstm"
#define XLSTM_MONO_URI XLSTM_URI "#mono"
#define XLSTM_STEREO_URI XLSTM_URI "#stereo"

/** Constant after uris_map(). */
struct uris {
    LV2_URID atom_Int, atom_Path, atom_String, atom_URID;
    LV2_URID patch_Get, patch_Put, patch_Set;
    LV2_URID patch_body, patch_property, patch_subject, patch_value;
    LV2_URID state_StateChanged;
    LV2_URID quality, oversampling; ///< of a saved state: see state.c
    LV2_URID plugin;                ///< the plugin's own URI: the subject of its messages
};

/** Fills `uris`. Not real-time. */
void uris_map(struct uris *uris, LV2_URID_Map *map, const char *plugin_uri);

#endif
