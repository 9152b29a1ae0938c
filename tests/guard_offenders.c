/* SPDX-License-Identifier: ISC */
/* Deliberate offenders against the real-time law, one for each function that guard_calls.c watches
 * and some for the system-call filter. All locks are free: nobody would ever have to wait. */
#define _GNU_SOURCE
#include "guard.h"
#include "suite.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* What they use, made ready before the callback begins */

static void *memory;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_spinlock_t spin;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static mtx_t c_mutex;
static cnd_t c_condition;
static once_flag c_once = ONCE_FLAG_INIT;
static struct timespec now;
static struct timeval today;
static struct tm parts;
static time_t seconds;
static char text[64] = "this is never printed";
static FILE *file;

static bool prepare(void)
{
    memory = malloc(sizeof text);
    file = fopen("/dev/null", "r+");
    return memory && file && mtx_init(&c_mutex, mtx_plain) == thrd_success &&
           cnd_init(&c_condition) == thrd_success && sem_init(&semaphore, 0, 1) == 0 &&
           pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0 &&
           pthread_barrier_init(&barrier, NULL, 1) == 0;
}

static void nothing(void)
{
}

int __printf_chk(int flag, const char *format, ...);
int __fprintf_chk(FILE *stream, int flag, const char *format, ...);

/** Functions that guard_calls.c watches, with arguments. */
#define WATCHED(X)                                                                                 \
    X(malloc, 16)                                                                                  \
    X(calloc, 1, 16)                                                                               \
    X(realloc, memory, 128)                                                                        \
    X(free, memory)                                                                                \
    X(aligned_alloc, 64, 64)                                                                       \
    X(posix_memalign, &memory, 64, 64)                                                             \
    X(pthread_mutex_lock, &mutex)                                                                  \
    X(pthread_mutex_trylock, &mutex)                                                               \
    X(pthread_mutex_timedlock, &mutex, &now)                                                       \
    X(pthread_mutex_unlock, &mutex)                                                                \
    X(pthread_rwlock_rdlock, &rwlock)                                                              \
    X(pthread_rwlock_tryrdlock, &rwlock)                                                           \
    X(pthread_rwlock_timedrdlock, &rwlock, &now)                                                   \
    X(pthread_rwlock_wrlock, &rwlock)                                                              \
    X(pthread_rwlock_trywrlock, &rwlock)                                                           \
    X(pthread_rwlock_timedwrlock, &rwlock, &now)                                                   \
    X(pthread_rwlock_unlock, &rwlock)                                                              \
    X(pthread_spin_lock, &spin)                                                                    \
    X(pthread_spin_trylock, &spin)                                                                 \
    X(pthread_spin_unlock, &spin)                                                                  \
    X(pthread_cond_wait, &condition, &mutex)                                                       \
    X(pthread_cond_timedwait, &condition, &mutex, &now)                                            \
    X(pthread_cond_signal, &condition)                                                             \
    X(pthread_cond_broadcast, &condition)                                                          \
    X(pthread_barrier_wait, &barrier)                                                              \
    X(pthread_once, &once, nothing)                                                                \
    X(sem_wait, &semaphore)                                                                        \
    X(sem_trywait, &semaphore)                                                                     \
    X(sem_timedwait, &semaphore, &now)                                                             \
    X(sem_post, &semaphore)                                                                        \
    X(mtx_lock, &c_mutex)                                                                          \
    X(mtx_trylock, &c_mutex)                                                                       \
    X(mtx_timedlock, &c_mutex, &now)                                                               \
    X(mtx_unlock, &c_mutex)                                                                        \
    X(cnd_wait, &c_condition, &c_mutex)                                                            \
    X(cnd_timedwait, &c_condition, &c_mutex, &now)                                                 \
    X(cnd_signal, &c_condition)                                                                    \
    X(cnd_broadcast, &c_condition)                                                                 \
    X(call_once, &c_once, nothing)                                                                 \
    X(rand)                                                                                        \
    X(srand, 1)                                                                                    \
    X(random)                                                                                      \
    X(srandom, 1)                                                                                  \
    X(drand48)                                                                                     \
    X(lrand48)                                                                                     \
    X(mrand48)                                                                                     \
    X(srand48, 1)                                                                                  \
    X(puts, text)                                                                                  \
    X(fputs, text, file)                                                                           \
    X(putchar, '.')                                                                                \
    X(putc, '.', file)                                                                             \
    X(fputc, '.', file)                                                                            \
    X(getc, file)                                                                                  \
    X(fgetc, file)                                                                                 \
    X(fgets, text, sizeof text, file)                                                              \
    X(fread, text, 1, sizeof text, file)                                                           \
    X(fwrite, text, 1, sizeof text, file)                                                          \
    X(fflush, file)                                                                                \
    X(fopen, "/dev/null", "r")                                                                     \
    X(fclose, file)                                                                                \
    X(printf, "%s", text)                                                                          \
    X(fprintf, file, "%s", text)                                                                   \
    X(__printf_chk, 1, "%s", text)                                                                 \
    X(__fprintf_chk, file, 1, "%s", text)                                                          \
    X(timespec_get, &now, TIME_UTC)                                                                \
    X(gettimeofday, &today, NULL)                                                                  \
    X(time, NULL)                                                                                  \
    X(clock)                                                                                       \
    X(localtime, &seconds)                                                                         \
    X(localtime_r, &seconds, &parts)                                                               \
    X(getenv, "HOME")                                                                              \
    X(setenv, "XLSTM_GUARD", "1", 1)                                                               \
    X(setlocale, LC_ALL, NULL)                                                                     \
    X(dlopen, NULL, RTLD_LAZY)

/** Functions that do no more than call the system, which only the filter sees. */
#define CALLERS(X)                                                                                 \
    X(open, "/dev/null", O_RDONLY)                                                                 \
    X(nanosleep, &now, NULL)                                                                       \
    X(mmap, NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)                             \
    X(sched_yield)                                                                                 \
    X(syscall, SYS_getpid)

/** An offender that calls a function, out of line, once. */
#define OFFENDER(name, ...)                                                                        \
    static void guilty_of_##name(void)                                                             \
    {                                                                                              \
        __typeof__(name) *volatile function = name;                                                \
        begin_audio();                                                                             \
        function(__VA_ARGS__);                                                                     \
    }

/* What they would give is of no interest. */
#pragma GCC diagnostic ignored "-Wunused-result"
WATCHED(OFFENDER)
CALLERS(OFFENDER)

/** The v-forms, which take a list of arguments. */
static void with_arguments(int (*volatile print)(const char *format, va_list args), ...)
{
    va_list args;
    va_start(args, print);
    begin_audio();
    print("%d", args);
    va_end(args);
}

static int to_file(const char *format, va_list args)
{
    return vfprintf(file, format, args);
}

static void guilty_of_vprintf(void)
{
    with_arguments(vprintf, 1);
}

static void guilty_of_vfprintf(void)
{
    with_arguments(to_file, 1);
}

static void innocent(void)
{
    begin_audio();
}

/** A suspect and the function that it must be caught with. */
struct offender {
    const char *name;
    void (*suspect)(void);
};

#define ROW(name, ...) {#name, guilty_of_##name},

static const struct offender watched[] = {WATCHED(ROW){"vprintf", guilty_of_vprintf},
                                          {"vfprintf", guilty_of_vfprintf}};
static const struct offender callers[] = {CALLERS(ROW)};

static void expect_guilt(const struct offender *offender, bool guilty, const char *caught)
{
    if (!guilty)
        printf("\n    %s: caught \"%s\"", offender->name, caught);
    CU_ASSERT(guilty);
}

void the_guard_sees(void)
{
    CU_ASSERT_FATAL(prepare());
    expect_innocence(innocent);
    for (size_t i = 0; i < sizeof watched / sizeof *watched; i++) {
        const char *caught = try(watched[i].suspect);
        expect_guilt(&watched[i], strcmp(caught, watched[i].name) == 0, caught);
    }
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        const char *caught = try(callers[i].suspect);
        expect_guilt(&callers[i], strstr(caught, "system call") != NULL, caught);
    }
}
