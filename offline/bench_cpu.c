/* SPDX-License-Identifier: ISC */
#include "bench_peak.h"

#include "bench_peak_isa.h"
#include "bench_time.h"

#include "engine.h"

#include <math.h>

enum { ROUNDS = 20000, REPEATS = 50 };

static double (*loop_of(enum xlstm_isa isa))(size_t, float)
{
    switch (isa) {
#ifdef XL_HAVE_X86
    case XLSTM_ISA_SSE2:
        return bench_peak_run_sse2;
    case XLSTM_ISA_AVX2:
        return bench_peak_run_avx2;
    case XLSTM_ISA_AVX512:
        return bench_peak_run_avx512;
#endif
#ifdef XL_HAVE_NEON
    case XLSTM_ISA_NEON:
        return bench_peak_run_neon;
#endif
    default:
        return bench_peak_run_generic;
    }
}

double bench_peak_gflops(enum xlstm_isa isa)
{
    double best = 0;
    if (!xl_engine_find(isa))
        return 0;
    for (int i = 0; i < REPEATS; i++) {
        const double begin = bench_now();
        const double operations = loop_of(isa)(ROUNDS, (float)begin);
        best = fmax(best, operations / (bench_now() - begin));
    }
    return best;
}
