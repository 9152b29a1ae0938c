/* SPDX-License-Identifier: ISC */
/* How things that take long to make reach the audio thread, and how they leave it. They pass
 * through atomic pointers, so that nothing is lost if a host's queue is full, has no worker, or
 * restores a state whenever it likes:
 *
 *     worker or restore --arrived, refused--> audio thread --spent--> whoever frees
 *
 * A thing has a struct parcel as its first member. */
#ifndef PLUGIN_HANDOVER_H
#define PLUGIN_HANDOVER_H

#include "xlstm.h"

#include <stdarg.h>
#include <stdatomic.h>

/** Who asked for a thing. */
enum origin {
    ORIGIN_HOST,   ///< the host, which knows the file
    ORIGIN_STEP,   ///< the user in passing, so that the host does not know the file yet
    ORIGIN_CHOICE, ///< nobody: a file that plays is made anew, as the user's choice changed
};

struct parcel {
    struct parcel *next; ///< in a list of parcels to be freed
    enum origin origin;
    struct xlstm_error refusal; ///< why the thing is of no use, "FILE: sentence"; "": it is of use
};

struct handover {
    _Atomic(struct parcel *) arrived; ///< newest useful one; the audio thread takes it
    _Atomic(struct parcel *) refused; ///< newest useless one; likewise
    _Atomic(struct parcel *) spent;   ///< list of those that the audio thread is done with
    void (*free_all)(struct parcel *list);
};

/** Notes in a parcel why its file can't be used. Not real-time. */
void parcel_refuse(struct parcel *parcel, const char *path, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

bool parcel_is_useful(const struct parcel *parcel) XLSTM_REALTIME;

/** Leaves a parcel for the audio thread. One that it did not come to take yet is freed, but a
 *  useless one never takes the place of a useful one. Not real-time. */
void handover_deliver(struct handover *handover, struct parcel *parcel);

/** Hands a parcel to those who may free it. NULL is fine. Real-time. */
void handover_return(struct handover *handover, struct parcel *parcel) XLSTM_REALTIME;

/** Frees what was returned. Not real-time. */
void handover_free_spent(struct handover *handover);

/** Frees all that is under way, when no audio runs any more. Not real-time. */
void handover_clear(struct handover *handover);

#endif
