/* SPDX-License-Identifier: ISC */
#include "voice_choice.h"

#include "ports.h"

enum { QUALITY_SHIFT = 16 };

struct voice_choice voice_choice_of(float quality, float oversampling)
{
    return (struct voice_choice){
        .quality = (uint16_t)(quality + 0.5f),
        .oversampling = oversampling >= 4.0f   ? 4
                        : oversampling >= 2.0f ? 2
                                               : 1,
    };
}

uint32_t voice_choice_pack(struct voice_choice choice)
{
    return (uint32_t)choice.quality << QUALITY_SHIFT | choice.oversampling;
}

struct voice_choice voice_choice_unpack(uint32_t packed)
{
    return (struct voice_choice){.quality = (uint16_t)(packed >> QUALITY_SHIFT),
                                 .oversampling = (uint16_t)packed};
}

size_t voice_choice_size(struct voice_choice choice, size_t count)
{
    const size_t least = count > 0 ? count - 1 : 0;
    if (choice.quality >= QUALITY_LARGE)
        return 0;
    return choice.quality == QUALITY_MEDIUM ? least / 2 : least;
}
