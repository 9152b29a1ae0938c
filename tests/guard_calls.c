/* SPDX-License-Identifier: ISC */
/* Functions of the C library that the audio thread may not call although they need not call the
 * system: an allocation from a free list, a lock that nobody holds, random numbers behind a lock,
 * text into a buffer. Those of this program stand before the library's, for all code linked into
 * it. guard_offenders.c has an offender for each. clock_gettime() may be called: it reads memory
 * that the kernel maps into the process, and where it does not, the filter sees its call of the
 * system. */
#define _GNU_SOURCE
/* The checked forms of <stdio.h> must not stand in the way of the definitions. */
#undef _FORTIFY_SOURCE

#include "guard.h"

#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>

/* Memory: dlsym() allocates, so these know the library's functions by name. */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    guard_check("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    guard_check("calloc");
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    guard_check("realloc");
    return __libc_realloc(memory, size);
}

void free(void *memory)
{
    guard_check("free");
    __libc_free(memory);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    guard_check("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    guard_check("posix_memalign");
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

/** Defines a function that checks and then calls the library's. */
#define STAND_BEFORE(result, name, parameters, arguments)                                          \
    result name parameters                                                                         \
    {                                                                                              \
        static result(*real) parameters;                                                           \
        guard_check(#name);                                                                        \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return real arguments;                                                                     \
    }

/* Locks and signals between threads, POSIX */

typedef const struct timespec *deadline;

STAND_BEFORE(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
STAND_BEFORE(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
STAND_BEFORE(int, pthread_mutex_timedlock, (pthread_mutex_t * mutex, deadline until),
             (mutex, until))
STAND_BEFORE(int, pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex))
STAND_BEFORE(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t * lock, deadline until),
             (lock, until))
STAND_BEFORE(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t * lock, deadline until),
             (lock, until))
STAND_BEFORE(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
STAND_BEFORE(int, pthread_spin_trylock, (pthread_spinlock_t * lock), (lock))
STAND_BEFORE(int, pthread_spin_unlock, (pthread_spinlock_t * lock), (lock))
STAND_BEFORE(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
             (condition, mutex))
STAND_BEFORE(int, pthread_cond_timedwait,
             (pthread_cond_t * condition, pthread_mutex_t *mutex, deadline until),
             (condition, mutex, until))
STAND_BEFORE(int, pthread_cond_signal, (pthread_cond_t * condition), (condition))
STAND_BEFORE(int, pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
STAND_BEFORE(int, pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier))
STAND_BEFORE(int, pthread_once, (pthread_once_t * once, void (*function)(void)), (once, function))
STAND_BEFORE(int, sem_wait, (sem_t * semaphore), (semaphore))
STAND_BEFORE(int, sem_trywait, (sem_t * semaphore), (semaphore))
STAND_BEFORE(int, sem_timedwait, (sem_t * semaphore, deadline until), (semaphore, until))
STAND_BEFORE(int, sem_post, (sem_t * semaphore), (semaphore))

/* The same, C11 */

STAND_BEFORE(int, mtx_lock, (mtx_t * mutex), (mutex))
STAND_BEFORE(int, mtx_trylock, (mtx_t * mutex), (mutex))
STAND_BEFORE(int, mtx_timedlock, (mtx_t * mutex, deadline until), (mutex, until))
STAND_BEFORE(int, mtx_unlock, (mtx_t * mutex), (mutex))
STAND_BEFORE(int, cnd_wait, (cnd_t * condition, mtx_t *mutex), (condition, mutex))
STAND_BEFORE(int, cnd_timedwait, (cnd_t * condition, mtx_t *mutex, deadline until),
             (condition, mutex, until))
STAND_BEFORE(int, cnd_signal, (cnd_t * condition), (condition))
STAND_BEFORE(int, cnd_broadcast, (cnd_t * condition), (condition))

void call_once(once_flag *flag, void (*function)(void))
{
    guard_check("call_once");
    pthread_once((pthread_once_t *)flag, function);
}

/* Random numbers: one generator for the process, behind a lock or without any */

STAND_BEFORE(int, rand, (void), ())
STAND_BEFORE(long, random, (void), ())
STAND_BEFORE(double, drand48, (void), ())
STAND_BEFORE(long, lrand48, (void), ())
STAND_BEFORE(long, mrand48, (void), ())

#define STAND_BEFORE_SEED(name, type)                                                              \
    void name(type seed)                                                                           \
    {                                                                                              \
        static void (*real)(type);                                                                 \
        guard_check(#name);                                                                        \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        real(seed);                                                                                \
    }

STAND_BEFORE_SEED(srand, unsigned)
STAND_BEFORE_SEED(srandom, unsigned)
STAND_BEFORE_SEED(srand48, long)

/* Text and files: locks, buffers that grow, and now and then the system */

STAND_BEFORE(int, puts, (const char *text), (text))
STAND_BEFORE(int, fputs, (const char *text, FILE *file), (text, file))
STAND_BEFORE(int, putchar, (int c), (c))
STAND_BEFORE(int, putc, (int c, FILE *file), (c, file))
STAND_BEFORE(int, fputc, (int c, FILE *file), (c, file))
STAND_BEFORE(int, getc, (FILE * file), (file))
STAND_BEFORE(int, fgetc, (FILE * file), (file))
STAND_BEFORE(char *, fgets, (char *text, int size, FILE *file), (text, size, file))
STAND_BEFORE(size_t, fread, (void *data, size_t size, size_t count, FILE *file),
             (data, size, count, file))
STAND_BEFORE(size_t, fwrite, (const void *data, size_t size, size_t count, FILE *file),
             (data, size, count, file))
STAND_BEFORE(int, vprintf, (const char *format, va_list args), (format, args))
STAND_BEFORE(int, vfprintf, (FILE * file, const char *format, va_list args), (file, format, args))
STAND_BEFORE(int, fflush, (FILE * file), (file))
STAND_BEFORE(FILE *, fopen, (const char *path, const char *mode), (path, mode))
STAND_BEFORE(int, fclose, (FILE * file), (file))

/** Defines printf() or fprintf() by its v-form, and the name that _FORTIFY_SOURCE gives it. */
#define PRINT(name, first, call)                                                                   \
    int name(first const char *format, ...)                                                        \
    {                                                                                              \
        va_list args;                                                                              \
        guard_check(#name);                                                                        \
        va_start(args, format);                                                                    \
        const int written = call;                                                                  \
        va_end(args);                                                                              \
        return written;                                                                            \
    }
#define FILE_FIRST FILE *file,
#define FILE_AND_FLAG FILE *file, int flag,
#define FLAG_FIRST int flag,
#define NOTHING

int __printf_chk(int flag, const char *format, ...);
int __fprintf_chk(FILE *file, int flag, const char *format, ...);

PRINT(printf, NOTHING, vprintf(format, args))
PRINT(fprintf, FILE_FIRST, vfprintf(file, format, args))
PRINT(__printf_chk, FLAG_FIRST, ((void)flag, vprintf(format, args)))
PRINT(__fprintf_chk, FILE_AND_FLAG, ((void)flag, vfprintf(file, format, args)))

/* The system, without a system call that the filter would see */

STAND_BEFORE(int, timespec_get, (struct timespec * now, int base), (now, base))
STAND_BEFORE(int, gettimeofday, (struct timeval *restrict now, void *restrict zone), (now, zone))
STAND_BEFORE(time_t, time, (time_t * now), (now))
STAND_BEFORE(clock_t, clock, (void), ())
STAND_BEFORE(struct tm *, localtime, (const time_t *now), (now))
STAND_BEFORE(struct tm *, localtime_r, (const time_t *now, struct tm *parts), (now, parts))
STAND_BEFORE(char *, getenv, (const char *name), (name))
STAND_BEFORE(int, setenv, (const char *name, const char *value, int again), (name, value, again))
STAND_BEFORE(char *, setlocale, (int category, const char *locale), (category, locale))
STAND_BEFORE(void *, dlopen, (const char *file, int mode), (file, mode))
