/* SPDX-License-Identifier: ISC */
#include "live_device.h"

#include "report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool live_start_portaudio(struct xlstm_error *error)
{
    /* ALSA and JACK print what they do not find on stderr while devices are being looked for */
    fflush(stderr);
    int saved = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (saved >= 0 && nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    PaError problem = Pa_Initialize();
    if (saved >= 0 && nowhere >= 0)
        dup2(saved, STDERR_FILENO);
    close(saved);
    close(nowhere);
    return problem == paNoError ||
           fail(error, "sound devices cannot be reached: %s", Pa_GetErrorText(problem));
}

static const char *host_of(const PaDeviceInfo *device)
{
    return Pa_GetHostApiInfo(device->hostApi)->name;
}

static void print_text(PaDeviceIndex index, const PaDeviceInfo *device)
{
    printf("%3d  %2d in  %2d out  %6.0f Hz  %s: %s%s%s\n", index, device->maxInputChannels,
           device->maxOutputChannels, device->defaultSampleRate, host_of(device), device->name,
           index == Pa_GetDefaultInputDevice() ? "  [default input]" : "",
           index == Pa_GetDefaultOutputDevice() ? "  [default output]" : "");
}

static void print_json(PaDeviceIndex index, const PaDeviceInfo *device)
{
    json_line(json_pack("{s:i, s:o, s:o, s:i, s:i, s:f, s:b, s:b}", "device", index, "name",
                        json_text(device->name), "host", json_text(host_of(device)), "inputs",
                        device->maxInputChannels, "outputs", device->maxOutputChannels,
                        "sample_rate", device->defaultSampleRate, "default_input",
                        index == Pa_GetDefaultInputDevice(), "default_output",
                        index == Pa_GetDefaultOutputDevice()));
}

void live_list_devices(bool json)
{
    PaDeviceIndex count = Pa_GetDeviceCount();
    for (PaDeviceIndex i = 0; i < count; i++) {
        if (json)
            print_json(i, Pa_GetDeviceInfo(i));
        else
            print_text(i, Pa_GetDeviceInfo(i));
    }
    if (count <= 0)
        complain(NULL, "there is no sound device");
}

static bool serves(PaDeviceIndex index, bool input)
{
    const PaDeviceInfo *device = Pa_GetDeviceInfo(index);
    return device && (input ? device->maxInputChannels : device->maxOutputChannels) > 0;
}

static bool matches(PaDeviceIndex index, const char *wanted)
{
    char *end;
    long number = strtol(wanted, &end, 10);
    if (end != wanted && !*end)
        return number == index;
    return strstr(Pa_GetDeviceInfo(index)->name, wanted);
}

PaDeviceIndex live_find_device(const char *wanted, bool input, struct xlstm_error *error)
{
    const char *direction = input ? "input" : "output";
    PaDeviceIndex count = Pa_GetDeviceCount();
    if (!wanted) {
        PaDeviceIndex index = input ? Pa_GetDefaultInputDevice() : Pa_GetDefaultOutputDevice();
        if (index == paNoDevice)
            fail(error, "there is no %s device", direction);
        return index;
    }
    for (PaDeviceIndex i = 0; i < count; i++)
        if (matches(i, wanted) && serves(i, input))
            return i;
    fail(error, "there is no %s device '%s'; --list-devices shows what there is", direction,
         wanted);
    return paNoDevice;
}
