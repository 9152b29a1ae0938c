/* SPDX-License-Identifier: ISC */
/* The yardstick: the most that this core can multiply and add. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "xlstm.h"

/** Floating-point operations per second, 1e9, of float32 multiply-adds (two operations each) that
 *  depend on nothing but registers, with an instruction set; 0 if this build or CPU lacks it.
 *  `isa` is not XLSTM_ISA_AUTO. Takes a few milliseconds: the best of several short runs. */
double bench_peak_gflops(enum xlstm_isa isa);

#endif
