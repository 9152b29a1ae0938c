/* SPDX-License-Identifier: ISC */
#include "handover.h"

#include <stdio.h>

void parcel_refuse(struct parcel *parcel, const char *path, const char *format, va_list args)
{
    const size_t room = sizeof parcel->refusal.text;
    const int used = snprintf(parcel->refusal.text, room, "%s: ", path);
    if (used >= 0 && (size_t)used < room)
        vsnprintf(parcel->refusal.text + used, room - (size_t)used, format, args);
}

bool parcel_is_useful(const struct parcel *parcel)
{
    return parcel->refusal.text[0] == '\0';
}

void handover_deliver(struct handover *handover, struct parcel *parcel)
{
    if (parcel_is_useful(parcel))
        handover->free_all(atomic_exchange(&handover->arrived, parcel));
    else
        handover->free_all(atomic_exchange(&handover->refused, parcel));
}

void handover_return(struct handover *handover, struct parcel *parcel)
{
    if (!parcel)
        return;
    parcel->next = atomic_load(&handover->spent);
    while (!atomic_compare_exchange_weak(&handover->spent, &parcel->next, parcel))
        ;
}

void handover_free_spent(struct handover *handover)
{
    handover->free_all(atomic_exchange(&handover->spent, NULL));
}

void handover_clear(struct handover *handover)
{
    handover_free_spent(handover);
    handover->free_all(atomic_exchange(&handover->arrived, NULL));
    handover->free_all(atomic_exchange(&handover->refused, NULL));
}
