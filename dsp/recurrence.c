/* SPDX-License-Identifier: ISC */
/* R h in tiles of channels x vectors that fit the registers. */
#include "recurrence.h"

static inline __attribute__((always_inline)) void tile(const struct xl_recurrence *r, size_t column,
                                                       const real *h, real *gates, int channels,
                                                       int vectors, int parts)
{
    vf sum[XL_MOST_SUMS];
    const size_t stride = r->gates_stride;
    XL_UNROLL
    for (int c = 0; c < channels; c++) {
        XL_UNROLL
        for (int v = 0; v < vectors; v++)
            sum[c * vectors + v] = vf_load(gates + (size_t)c * stride + v * W);
    }
    xl_recurrence_sums(r, column, h, channels, vectors, parts, sum);
    XL_UNROLL
    for (int c = 0; c < channels; c++) {
        XL_UNROLL
        for (int v = 0; v < vectors; v++)
            vf_store(gates + (size_t)c * stride + v * W, sum[c * vectors + v]);
    }
}

typedef xl_recurrence_tile tile_function;

/** A tile of each size, and tables of them by the number of vectors. */
#define TILE(name, channels, vectors, parts)                                                       \
    static void name##_##vectors(const struct xl_recurrence *r, size_t column, const real *h,      \
                                 real *gates)                                                      \
    {                                                                                              \
        tile(r, column, h, gates, channels, vectors, parts);                                       \
    }
#define TILES_TO_4(name, channels, parts)                                                          \
    TILE(name, channels, 1, parts)                                                                 \
    TILE(name, channels, 2, parts)                                                                 \
    TILE(name, channels, 3, parts)                                                                 \
    TILE(name, channels, 4, parts)
#define TILES_5_TO_8(name, channels, parts)                                                        \
    TILE(name, channels, 5, parts)                                                                 \
    TILE(name, channels, 6, parts)                                                                 \
    TILE(name, channels, 7, parts)                                                                 \
    TILE(name, channels, 8, parts)
#define TILES_9_TO_12(name, channels, parts)                                                       \
    TILE(name, channels, 9, parts)                                                                 \
    TILE(name, channels, 10, parts)                                                                \
    TILE(name, channels, 11, parts)                                                                \
    TILE(name, channels, 12, parts)
#define TILES_13_TO_16(name, channels, parts)                                                      \
    TILE(name, channels, 13, parts)                                                                \
    TILE(name, channels, 14, parts)                                                                \
    TILE(name, channels, 15, parts)                                                                \
    TILE(name, channels, 16, parts)
#define NAMES_TO_4(name) name##_1, name##_2, name##_3, name##_4
#define NAMES_5_TO_8(name) name##_5, name##_6, name##_7, name##_8
#define NAMES_9_TO_12(name) name##_9, name##_10, name##_11, name##_12
#define NAMES_13_TO_16(name) name##_13, name##_14, name##_15, name##_16

TILES_TO_4(solo_split, 1, 2)
TILES_TO_4(solo, 1, 1)
TILES_5_TO_8(solo, 1, 1)
TILES_9_TO_12(solo, 1, 1)
#if !defined(XL_SCALAR) && defined(__AVX512F__)
TILES_5_TO_8(solo_split, 1, 2)
TILES_13_TO_16(solo, 1, 1)
TILES_TO_4(pair_split, 2, 2)
TILES_TO_4(pair, 2, 1)
TILES_5_TO_8(pair, 2, 1)
#else
TILE(solo_split, 1, 5, 2)
TILE(solo_split, 1, 6, 2)
#endif

/** Tiles of 1, 2, … vectors, for one channel or two, with partial sums or without. */
struct tiles {
    size_t most;
    tile_function *const *of;
};

#define TABLE(...)                                                                                 \
    {                                                                                              \
        sizeof((tile_function *[]){__VA_ARGS__}) / sizeof(tile_function *),                        \
            (tile_function *const[])                                                               \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#if !defined(XL_SCALAR) && defined(__AVX512F__)
static const struct tiles SOLO_SPLIT = TABLE(NAMES_TO_4(solo_split), NAMES_5_TO_8(solo_split)),
                          SOLO = TABLE(NAMES_TO_4(solo), NAMES_5_TO_8(solo), NAMES_9_TO_12(solo),
                                       NAMES_13_TO_16(solo)),
                          PAIR_SPLIT = TABLE(NAMES_TO_4(pair_split)),
                          PAIR = TABLE(NAMES_TO_4(pair), NAMES_5_TO_8(pair));
#else
static const struct tiles SOLO_SPLIT = TABLE(NAMES_TO_4(solo_split), solo_split_5, solo_split_6),
                          SOLO = TABLE(NAMES_TO_4(solo), NAMES_5_TO_8(solo), NAMES_9_TO_12(solo));
#endif

static void plan_panels(const struct xl_recurrence *r, const struct tiles *tiles,
                        struct xl_panels *p)
{
    const size_t vectors = r->columns / W, count = (vectors + tiles->most - 1) / tiles->most;
    const size_t size = (vectors + count - 1) / count, last = vectors - (count - 1) * size;
    *p = (struct xl_panels){count, size * W, tiles->of[size - 1], tiles->of[last - 1]};
}

void xl_recurrence_plan(struct xl_recurrence *r)
{
    const bool split = xl_partial_sums(r->columns) == 2;
    plan_panels(r, split ? &SOLO_SPLIT : &SOLO, &r->solo);
#if !defined(XL_SCALAR) && defined(__AVX512F__)
    plan_panels(r, split ? &PAIR_SPLIT : &PAIR, &r->pair);
#endif
}

static inline void recur_panels(const struct xl_recurrence *r, const struct xl_panels *p,
                                const real *h, real *gates)
{
    size_t column = 0;
    for (size_t i = 1; i < p->count; i++, column += p->columns)
        p->tile(r, column, h, gates + column);
    p->last(r, column, h, gates + column);
}

void xl_recur(const struct xl_recurrence *r, size_t channels, const real *h, real *gates)
{
    size_t channel = 0;
#if !defined(XL_SCALAR) && defined(__AVX512F__)
    for (; channel + 2 <= channels; channel += 2)
        recur_panels(r, &r->pair, h + channel * r->h_stride, gates + channel * r->gates_stride);
#endif
    for (; channel < channels; channel++)
        recur_panels(r, &r->solo, h + channel * r->h_stride, gates + channel * r->gates_stride);
}
