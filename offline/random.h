/* SPDX-License-Identifier: ISC */
/* Random numbers that are the same on every machine: splitmix64. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/** A generator; not for two threads at once. */
struct random {
    uint64_t state; ///< any seed
};

/** 64 even bits. */
static inline uint64_t random_bits(struct random *random)
{
    uint64_t x = random->state += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

/** Even in [low, high). */
static inline double random_between(struct random *random, double low, double high)
{
    return low + (high - low) * (double)(random_bits(random) >> 11) * 0x1p-53;
}

/** Even in 0 … count - 1. */
static inline unsigned random_below(struct random *random, unsigned count)
{
    return (unsigned)random_between(random, 0, count);
}

#endif
