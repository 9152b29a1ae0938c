/* SPDX-License-Identifier: ISC */
/* Numbers too small to hear cost hundreds of cycles each unless the CPU counts them as 0. Set while
 * we compute and put back after: the rest of the host's thread is none of our business. */
#ifndef PLUGIN_DENORMALS_H
#define PLUGIN_DENORMALS_H

#include <stdint.h>

#if defined(__SSE2__)
#include <xmmintrin.h>

#define FLUSH_TO_ZERO 0x8000u
#define DENORMALS_ARE_ZERO 0x0040u

/** Returns what denormals_restore() needs. Real-time. */
static inline uint64_t denormals_off(void)
{
    const unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO);
    return mode;
}

/** Puts the mode back that denormals_off() gave. Real-time. */
static inline void denormals_restore(uint64_t mode)
{
    _mm_setcsr((unsigned)mode);
}

#elif defined(__aarch64__)

#define FLUSH_TO_ZERO (UINT64_C(1) << 24)

static inline uint64_t denormals_off(void)
{
    uint64_t mode = 0;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | FLUSH_TO_ZERO));
    return mode;
}

static inline void denormals_restore(uint64_t mode)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}

#else

static inline uint64_t denormals_off(void)
{
    return 0;
}

static inline void denormals_restore(uint64_t mode)
{
    (void)mode;
}

#endif

#endif
