/* SPDX-License-Identifier: ISC */
/* Every golden file, on every engine that this CPU runs, whole and cut into calls. */
#include "golden.h"
#include "golden_list.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double DOUBLE_TOLERANCE = 1e-11;

static const struct xl_engine *engines[8];
static size_t engine_count;

static void find_engines(void)
{
    for (int isa = XLSTM_ISA_GENERIC; isa <= XLSTM_ISA_NEON; isa++) {
        const struct xl_engine *engine = xl_engine_find((enum xlstm_isa)isa);
        if (engine)
            engines[engine_count++] = engine;
    }
    engines[engine_count++] = &xl_engine_f64;
}

static double tolerance_of(const struct xl_engine *engine, const struct golden_file *file)
{
    return engine == &xl_engine_f64 ? DOUBLE_TOLERANCE : file->tolerance;
}

/** Lets every memory of the model run chunkwise, or none. */
static void set_form(struct xl_plan *plan, bool chunkwise)
{
    for (size_t i = 0; i < plan->layer_count; i++) {
        struct xl_layer *layer = &plan->layers[i];
        if (layer->type == XL_LAYER_MEMORY)
            layer->memory.memory.chunkwise = chunkwise;
        if (layer->type == XL_LAYER_MLSTM_BLOCK)
            layer->mlstm_block.memory.chunkwise = chunkwise;
        if (layer->type == XL_LAYER_LARGE_BLOCK)
            layer->large_block.memory.chunkwise = chunkwise;
    }
}

/** Runs the file in calls of sizes[0], sizes[1], … and compares outputs and, wherever the file
 *  has them, states. Returns the worst error. */
static double run_split(struct golden *g, const size_t *sizes, size_t count)
{
    double worst = 0;
    size_t done = 0;
    golden_rest(g);
    for (size_t i = 0; done < g->steps; i++) {
        size_t step = sizes[i % count] < g->steps - done ? sizes[i % count] : g->steps - done;
        for (size_t mark = done + 1; mark < done + step; mark++)
            if (golden_has_state(g, mark))
                step = mark - done;
        golden_run(g, done, step);
        done += step;
        worst = fmax(worst, golden_state_error(g, done));
    }
    return fmax(worst, golden_output_error(g));
}

static double run_all_splits(struct golden *g)
{
    static const size_t WHOLE[] = {SIZE_MAX}, ONES[] = {1}, SEVENS[] = {7}, BLOCKS[] = {64},
                        MIXED[] = {1, 7, 64}, ODD[] = {3, 17, 5, 31};
    const double errors[] = {
        run_split(g, WHOLE, 1),  run_split(g, ONES, 1),  run_split(g, SEVENS, 1),
        run_split(g, BLOCKS, 1), run_split(g, MIXED, 3), run_split(g, ODD, 4),
    };
    double worst = 0;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (!(errors[i] <= worst))
            worst = errors[i];
    return worst;
}

static double file_error(const struct golden_file *file, const struct xl_engine *engine,
                         bool chunkwise)
{
    struct golden g;
    golden_open(&g, file->name, engine, false);
    set_form(&g.plan, chunkwise);
    const double error = run_all_splits(&g);
    golden_close(&g);
    return error;
}

static void test_outputs_and_states(void)
{
    printf("\n%-24s %9s", "worst error", "tolerance");
    for (size_t e = 0; e < engine_count; e++)
        printf(" %9s", engines[e]->name);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        printf("\n%-24s %9.0e", GOLDEN_FILES[i].name, GOLDEN_FILES[i].tolerance);
        for (size_t e = 0; e < engine_count; e++) {
            const double error = file_error(&GOLDEN_FILES[i], engines[e], false);
            printf(" %9.1e", error);
            CU_ASSERT(error <= tolerance_of(engines[e], &GOLDEN_FILES[i]));
        }
    }
    printf("\n");
}

static void test_chunkwise_form(void)
{
    for (size_t i = 0; i < GOLDEN_COUNT; i++)
        for (size_t e = 0; e < engine_count; e++) {
            const double error = file_error(&GOLDEN_FILES[i], engines[e], true);
            if (!(error <= tolerance_of(engines[e], &GOLDEN_FILES[i])))
                printf("\n%s chunkwise on %s: %.1e\n", GOLDEN_FILES[i].name, engines[e]->name,
                       error);
            CU_ASSERT(error <= tolerance_of(engines[e], &GOLDEN_FILES[i]));
        }
}

static void test_splits_give_the_same_bits(void)
{
    for (size_t i = 0; i < GOLDEN_COUNT; i++)
        for (size_t e = 0; e < engine_count; e++) {
            struct golden g;
            golden_open(&g, GOLDEN_FILES[i].name, engines[e], false);
            set_form(&g.plan, false);
            const size_t bytes = g.steps * g.plan.outputs * sizeof *g.out;
            golden_run(&g, 0, g.steps);
            memcpy(g.y, g.out, bytes);
            run_split(&g, (const size_t[]){5, 1, 16, 2}, 4);
            CU_ASSERT(memcmp(g.y, g.out, bytes) == 0);
            golden_close(&g);
        }
}

int main(void)
{
    static const struct test TESTS[] = {
        {"outputs and states of every golden file", test_outputs_and_states},
        {"the chunkwise mLSTM computes the same", test_chunkwise_form},
        {"cutting a run changes no bit", test_splits_give_the_same_bits},
    };
    find_engines();
    return run_suite("golden", TESTS, sizeof TESTS / sizeof *TESTS);
}
