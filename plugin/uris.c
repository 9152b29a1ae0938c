/* SPDX-License-Identifier: ISC */
/* Names and numbers. */
#include "uris.h"

#include <lv2/atom/atom.h>
#include <lv2/patch/patch.h>
#include <lv2/state/state.h>
#include <stddef.h>

void uris_map(struct uris *uris, LV2_URID_Map *map, const char *plugin_uri)
{
    const struct {
        LV2_URID *urid;
        const char *uri;
    } rows[] = {
        {&uris->atom_Int, LV2_ATOM__Int},
        {&uris->atom_Path, LV2_ATOM__Path},
        {&uris->atom_String, LV2_ATOM__String},
        {&uris->atom_URID, LV2_ATOM__URID},
        {&uris->patch_Get, LV2_PATCH__Get},
        {&uris->patch_Put, LV2_PATCH__Put},
        {&uris->patch_Set, LV2_PATCH__Set},
        {&uris->patch_body, LV2_PATCH__body},
        {&uris->patch_property, LV2_PATCH__property},
        {&uris->patch_subject, LV2_PATCH__subject},
        {&uris->patch_value, LV2_PATCH__value},
        {&uris->state_StateChanged, LV2_STATE__StateChanged},
        {&uris->quality, XLSTM_URI "#quality"},
        {&uris->oversampling, XLSTM_URI "#oversampling"},
        {&uris->plugin, plugin_uri},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; ++i)
        *rows[i].urid = map->map(map->handle, rows[i].uri);
}
