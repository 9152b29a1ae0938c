/* SPDX-License-Identifier: ISC */
/* Sound devices, as PortAudio knows them. */
#ifndef LIVE_DEVICE_H
#define LIVE_DEVICE_H

#include "xlstm.h"

#include <portaudio.h>

/** Starts PortAudio without the chatter that its back ends print. False, with a reason. */
bool live_start_portaudio(struct xlstm_error *error);

/** Prints all devices: number, channels, default rate, name; or a line of JSON for each. */
void live_list_devices(bool json);

/** The device of a number, or of a part of its name; NULL: the default. It must have inputs
 *  (`input`) or outputs. paNoDevice, with a reason, if there is none. */
PaDeviceIndex live_find_device(const char *wanted, bool input, struct xlstm_error *error);

#endif
