/* SPDX-License-Identifier: ISC */
/* The loop behind bench_peak.h, one for each instruction set. */
#ifndef BENCH_PEAK_ISA_H
#define BENCH_PEAK_ISA_H

#include <stddef.h>

/** Runs `rounds` rounds of multiply-adds and gives the number of operations that they were. */
#define BENCH_DECLARE_PEAK(isa) double bench_peak_run_##isa(size_t rounds, float seed)

BENCH_DECLARE_PEAK(generic);
BENCH_DECLARE_PEAK(sse2);
BENCH_DECLARE_PEAK(avx2);
BENCH_DECLARE_PEAK(avx512);
BENCH_DECLARE_PEAK(neon);

#endif
