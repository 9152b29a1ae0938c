/* SPDX-License-Identifier: ISC */
/* To be preloaded: a disk so slow that a signal surely comes while a file is written. */
#include <time.h>
#include <unistd.h>

int fsync(int descriptor)
{
    struct timespec left = {.tv_sec = 2};
    (void)descriptor;
    while (nanosleep(&left, &left) != 0)
        ;
    return 0;
}
