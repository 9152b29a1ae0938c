/* SPDX-License-Identifier: ISC */
#include "own_stack.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { STACK_BYTES = 1 << 20 };

struct call {
    void (*function)(void *data);
    void *data;
};

static void *run(void *data)
{
    const struct call *call = data;
    call->function(call->data);
    return NULL;
}

void run_on_own_stack(void (*function)(void *data), void *data)
{
    struct call call = {function, data};
    pthread_attr_t attributes;
    pthread_t thread;
    bool runs = false;
    if (pthread_attr_init(&attributes) == 0) {
        pthread_attr_setstacksize(&attributes, STACK_BYTES);
        runs = pthread_create(&thread, &attributes, run, &call) == 0;
        pthread_attr_destroy(&attributes);
    }
    if (runs)
        pthread_join(thread, NULL);
    else
        function(data);
}
