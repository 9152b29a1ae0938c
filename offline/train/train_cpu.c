/* SPDX-License-Identifier: ISC */
#include "train_engine.h"

#include "memory_boundary.h"

static const struct xl_memory *memory_of(const struct xl_layer *layer)
{
    return layer->type == XL_LAYER_MEMORY        ? &layer->memory.memory
           : layer->type == XL_LAYER_MLSTM_BLOCK ? &layer->mlstm_block.memory
           : layer->type == XL_LAYER_LARGE_BLOCK ? &layer->large_block.memory
                                                 : NULL;
}

size_t xl_back_work(const struct xl_plan *plan, size_t rows)
{
    /* A transposed matrix is padded along its other side: at most XL_PAD times as large. */
    size_t scratch = (plan->packed + XL_PAD) * XL_PAD;
    for (size_t i = 0; i < plan->layer_count; i++) {
        const struct xl_memory *memory = memory_of(&plan->layers[i]);
        /* One channel has the most steps for as many rows. */
        const size_t wanted = memory ? xl_memory_back_scratch(memory, rows) : 0;
        scratch = wanted > scratch ? wanted : scratch;
    }
    return rows * (3 * plan->row_width + plan->layer_work) + scratch;
}

const struct xl_train_engine *xl_train_engine_find(const struct xl_engine *engine)
{
    static const struct xl_train_engine *const ENGINES[] = {
#ifdef XL_HAVE_X86
        &xl_train_engine_avx512,  &xl_train_engine_avx2, &xl_train_engine_sse2,
#endif
#ifdef XL_HAVE_NEON
        &xl_train_engine_neon,
#endif
        &xl_train_engine_generic, &xl_train_engine_f64,
    };
    for (size_t i = 0; i < sizeof ENGINES / sizeof *ENGINES; i++)
        if (ENGINES[i]->engine == engine)
            return ENGINES[i];
    return NULL;
}
