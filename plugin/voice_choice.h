/* SPDX-License-Identifier: ISC */
/* What the user chooses about a voice that it takes a new voice to change. */
#ifndef PLUGIN_VOICE_CHOICE_H
#define PLUGIN_VOICE_CHOICE_H

#include "xlstm.h"

struct voice_choice {
    uint16_t quality;      ///< enum quality
    uint16_t oversampling; ///< 1, 2 or 4
};

/** What the values of the two ports mean; between two multiples it is the smaller. Real-time. */
struct voice_choice voice_choice_of(float quality, float oversampling) XLSTM_REALTIME;

/** A choice as one number, which threads can share; never 0. Real-time. */
uint32_t voice_choice_pack(struct voice_choice choice) XLSTM_REALTIME;
struct voice_choice voice_choice_unpack(uint32_t packed) XLSTM_REALTIME;

/** Which of `count` networks, the best first, a quality means. Real-time. */
size_t voice_choice_size(struct voice_choice choice, size_t count) XLSTM_REALTIME;

#endif
