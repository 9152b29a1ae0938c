/* SPDX-License-Identifier: ISC */
/* Properties: names, access and values. What is here may run in the audio thread. */
#include "properties.h"

#include "plugin.h"

static const struct xlstm_info *info_of(const struct plugin *plugin)
{
    const struct voice *voice = plugin->mixer.playing;
    return voice ? xlstm_model_info(voice->model) : NULL;
}

static const char *model_path(const struct plugin *plugin, enum property property)
{
    (void)property;
    return plugin->mixer.playing ? plugin->mixer.playing->path : "";
}

static const char *model_name(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct xlstm_info *info = info_of(plugin);
    return info ? info->name : "";
}

static const char *model_author(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct xlstm_info *info = info_of(plugin);
    return info ? info->author : "";
}

static const char *response_path(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct cabinet *cabinet = plugin->mixer.speaker.playing;
    return cabinet ? cabinet->path : "";
}

static const char *about_response(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct cabinet *cabinet = plugin->mixer.speaker.playing;
    return cabinet ? cabinet->about : "";
}

static const char *loudness(const struct plugin *plugin, enum property property)
{
    (void)property;
    return plugin->mixer.playing ? plugin->mixer.playing->levels.loudness_text : "";
}

static const char *input_level(const struct plugin *plugin, enum property property)
{
    (void)property;
    return plugin->mixer.playing ? plugin->mixer.playing->levels.input_text : "";
}

static const char *sizes(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct voice *voice = plugin->mixer.playing;
    return voice && voice->sizes ? voice->sizes : "";
}

static const char *architecture(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct xlstm_info *info = info_of(plugin);
    return info ? info->architecture : "";
}

static const char *status(const struct plugin *plugin, enum property property)
{
    (void)property;
    const struct complaint *complaints = plugin->messages.complaints;
    const bool model_failed = complaints[PROPERTY_MODEL].reason.text[0] != '\0';
    return complaints[model_failed ? PROPERTY_MODEL : PROPERTY_RESPONSE].reason.text;
}

static const char *knob_name(const struct plugin *plugin, enum property property)
{
    const size_t knob = property - PROPERTY_KNOB_1;
    const struct xlstm_info *info = info_of(plugin);
    return info && knob < info->knob_count ? info->knobs[knob].name : "";
}

const struct property_row property_table[PROPERTY_COUNT] = {
    [PROPERTY_MODEL] = {XLSTM_URI "#model", true, model_path},
    [PROPERTY_RESPONSE] = {XLSTM_URI "#response", true, response_path},
    [PROPERTY_NAME] = {XLSTM_URI "#modelName", false, model_name},
    [PROPERTY_ARCHITECTURE] = {XLSTM_URI "#architecture", false, architecture},
    [PROPERTY_AUTHOR] = {XLSTM_URI "#modelAuthor", false, model_author},
    [PROPERTY_SIZES] = {XLSTM_URI "#sizes", false, sizes},
    [PROPERTY_LOUDNESS] = {XLSTM_URI "#modelLoudness", false, loudness},
    [PROPERTY_INPUT_LEVEL] = {XLSTM_URI "#modelInputLevel", false, input_level},
    [PROPERTY_ABOUT_RESPONSE] = {XLSTM_URI "#responseInfo", false, about_response},
    [PROPERTY_STATUS] = {XLSTM_URI "#status", false, status},
    [PROPERTY_KNOB_1] = {XLSTM_URI "#knob1Name", false, knob_name},
    [PROPERTY_KNOB_2] = {XLSTM_URI "#knob2Name", false, knob_name},
    [PROPERTY_KNOB_3] = {XLSTM_URI "#knob3Name", false, knob_name},
    [PROPERTY_KNOB_4] = {XLSTM_URI "#knob4Name", false, knob_name},
};

enum property property_find(const LV2_URID *urids, LV2_URID urid)
{
    enum property found = 0;
    while (found < PROPERTY_COUNT && urids[found] != urid)
        ++found;
    return found;
}
