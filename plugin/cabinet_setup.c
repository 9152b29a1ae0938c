/* SPDX-License-Identifier: ISC */
/* Making and freeing cabinets. Never called by the audio thread. */
#include "cabinet.h"

#include "response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) static void refuse(struct cabinet *cabinet,
                                                         const char *format, ...)
{
    va_list args;
    va_start(args, format);
    parcel_refuse(&cabinet->parcel, cabinet->path, format, args);
    va_end(args);
}

static void release_convolvers(struct cabinet *cabinet)
{
    for (unsigned c = 0; c < CHANNELS_MAX; ++c) {
        convolver_free(cabinet->convolvers[c]);
        cabinet->convolvers[c] = NULL;
    }
}

static void make_convolvers(struct cabinet *cabinet, const struct response *response)
{
    bool good = true;
    for (unsigned c = 0; c < cabinet->channels; ++c) {
        const float *taps = response->taps[c < response->channels ? c : 0];
        cabinet->convolvers[c] = convolver_new(taps, response->count);
        good = good && cabinet->convolvers[c];
    }
    if (good)
        return;
    release_convolvers(cabinet);
    refuse(cabinet, "out of memory");
}

static void describe(struct cabinet *cabinet, const struct response *response)
{
    const char *channels = response->channels == 1  ? "mono"
                           : cabinet->channels == 1 ? "stereo, of which the left plays"
                                                    : "stereo";
    const int used = snprintf(cabinet->about, sizeof cabinet->about, "%.0f ms, %s",
                              response->seconds * 1000.0, channels);
    if (response->cut && used > 0 && (size_t)used < sizeof cabinet->about)
        snprintf(cabinet->about + used, sizeof cabinet->about - (size_t)used,
                 ", cut to the first %g s", RESPONSE_SECONDS);
}

static void load(struct cabinet *cabinet, double host_rate)
{
    struct response response;
    struct xlstm_error error = {""};
    if (!response_read(&response, cabinet->path, host_rate, &error)) {
        refuse(cabinet, "%s", error.text);
        return;
    }
    make_convolvers(cabinet, &response);
    describe(cabinet, &response);
    response_clear(&response);
}

struct cabinet *cabinet_new(const char *path, double host_rate, unsigned channels)
{
    const size_t path_bytes = strlen(path) + 1;
    struct cabinet *cabinet = calloc(1, sizeof *cabinet + path_bytes);
    if (!cabinet)
        return NULL;
    memcpy(cabinet->path, path, path_bytes);
    cabinet->channels = channels;
    if (path[0])
        load(cabinet, host_rate);
    return cabinet;
}

void cabinets_free(struct parcel *list)
{
    while (list) {
        struct cabinet *cabinet = (struct cabinet *)list;
        list = list->next;
        release_convolvers(cabinet);
        free(cabinet);
    }
}
