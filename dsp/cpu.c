/* SPDX-License-Identifier: ISC */
/* Which engine this CPU can run. The build says which ones it has made. */
#include "engine.h"

static bool cpu_has(enum xlstm_isa isa)
{
    switch (isa) {
#ifdef XL_HAVE_X86
    case XLSTM_ISA_SSE2:
        return true;
    case XLSTM_ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case XLSTM_ISA_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               cpu_has(XLSTM_ISA_AVX2);
#endif
#ifdef XL_HAVE_NEON
    case XLSTM_ISA_NEON:
        return true;
#endif
    case XLSTM_ISA_GENERIC:
        return true;
    default:
        return false;
    }
}

const struct xl_engine *xl_engine_find(enum xlstm_isa isa)
{
    static const struct xl_engine *const BEST_FIRST[] = {
#ifdef XL_HAVE_X86
        &xl_engine_avx512,  &xl_engine_avx2, &xl_engine_sse2,
#endif
#ifdef XL_HAVE_NEON
        &xl_engine_neon,
#endif
        &xl_engine_generic,
    };
    for (size_t i = 0; i < sizeof BEST_FIRST / sizeof *BEST_FIRST; i++) {
        const struct xl_engine *engine = BEST_FIRST[i];
        if ((isa == XLSTM_ISA_AUTO || isa == engine->isa) && cpu_has(engine->isa))
            return engine;
    }
    return NULL;
}
