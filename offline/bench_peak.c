/* SPDX-License-Identifier: ISC */
/* Compiled once for each instruction set. */
#include "bench_peak_isa.h"

#include "vec.h"

enum { CHAINS = XL_REGISTERS == 32 ? 24 : 12 }; ///< enough to hide the latency, few enough to fit

double XL_FN(bench_peak_run)(size_t rounds, float seed)
{
    vf sum[CHAINS];
    const vf factor = vf_set((real)0.999), term = vf_set((real)seed);
    for (int i = 0; i < CHAINS; i++)
        sum[i] = vf_set((real)i);
    for (size_t round = 0; round < rounds; round++)
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            sum[i] = vf_fma(sum[i], factor, term);
    vf total = vf_zero();
    for (int i = 0; i < CHAINS; i++)
        total = total + sum[i];
    /* The sum is used, so that the work cannot be left out. */
    return 2.0 * CHAINS * W * (double)rounds + ((double)vf_sum(total) < -1e30 ? 1 : 0);
}
