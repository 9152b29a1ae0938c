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

/** Numbers that a step of a layer's cell leaves for the step before, with as many channels as rows.
 */
static size_t left_by_step(const struct xl_layer *layer, size_t rows)
{
    const size_t width = layer->type == XL_LAYER_CELL
                             ? (size_t)layer->cell.cell.width + layer->cell.input.in
                         : layer->type == XL_LAYER_SLSTM_BLOCK ? layer->slstm_block.cell.width
                                                               : 0;
    return width ? rows * (xl_pad(width) + XL_PAD) : 0;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t xl_back_work(const struct xl_plan *plan, size_t rows)
{
    /* A transposed matrix is padded along its other side: at most XL_PAD times as large. */
    const size_t transposed = (plan->packed + XL_PAD) * XL_PAD;
    size_t scratch = transposed;
    for (size_t i = 0; i < plan->layer_count; i++) {
        const struct xl_memory *memory = memory_of(&plan->layers[i]);
        /* One channel has the most steps for as many rows. */
        scratch = larger(scratch, memory ? xl_memory_back_scratch(memory, rows) : 0);
        scratch = larger(scratch, transposed + left_by_step(&plan->layers[i], rows));
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
