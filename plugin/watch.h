/* SPDX-License-Identifier: ISC */
/* What a user interface sees of the sound: levels, load and a scope. It costs nothing until a user
 * interface asks, and ends by itself soon after the last one is gone:
 *
 *     UI -> control port      [] a xl:Watch ; xl:seconds 5 .      (0: no more, thank you)
 *     notify port -> UI       [] a xl:Levels ; xl:inputPeak ( … ) ; … .       WATCH_RATE a second
 *
 * ttl/watch.ttl.in describes both. All but watch_init() is real-time, in the audio thread. */
#ifndef PLUGIN_WATCH_H
#define PLUGIN_WATCH_H

#include "ports.h"
#include "scope.h"

#include <lv2/atom/forge.h>

enum {
    WATCH_RATE = 25,        ///< messages a second, while anybody watches
    WATCH_SECONDS_MAX = 60, ///< longest time that one xl:Watch lasts
    WATCH_CHUNK = 256,      ///< most frames between watch_input() and watch_output()
};

/** Levels of one side since the last message. */
struct watch_side {
    float peak[CHANNELS_MAX];    ///< greatest magnitude
    double square[CHANNELS_MAX]; ///< sum of squares
};

struct watch {
    struct {
        LV2_URID Int, Watch, seconds, Levels;
        LV2_URID input_peak, output_peak, input_rms, output_rms;
        LV2_URID load, load_peak, scope_in, scope_out;
    } uris;
    double rate; ///< Hz
    unsigned channels;
    uint64_t left;              ///< frames until nobody watches any more
    uint32_t frames;            ///< since the last message
    struct watch_side in, out;  ///< since the last message
    uint64_t busy, busy_frames; ///< nanoseconds of computing since, and the frames that they made
    float load_peak;            ///< greatest share of a call's time that was spent computing
    uint64_t begun;             ///< when the present call began
    float input[CHANNELS_MAX][WATCH_CHUNK]; ///< of the present chunk, which may be overwritten
    struct scope scope;                     ///< of the first channel
};

/** `map` may be NULL: then nobody can ask. */
void watch_init(struct watch *watch, LV2_URID_Map *map, unsigned channels, double rate);

/** Whether somebody watches. */
bool watch_is_on(const struct watch *watch) XLSTM_REALTIME;

/** Reads a message of the control port if it is an xl:Watch. */
void watch_read(struct watch *watch, const LV2_Atom_Object *object) XLSTM_REALTIME;

/** Around a call of run() with `frames` frames, for the load. */
void watch_begin(struct watch *watch) XLSTM_REALTIME;
void watch_end(struct watch *watch, uint32_t frames) XLSTM_REALTIME;

/** Before and after the plugin plays up to WATCH_CHUNK frames; `in` and `out` may share memory. */
void watch_input(struct watch *watch, const float *const *in, uint32_t frames) XLSTM_REALTIME;
void watch_output(struct watch *watch, const float *const *out, uint32_t frames,
                  uint32_t latency) XLSTM_REALTIME;

/** Writes an xl:Levels if one is due and there is room. */
void watch_write(struct watch *watch, LV2_Atom_Forge *forge) XLSTM_REALTIME;

#endif
