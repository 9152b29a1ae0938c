/* SPDX-License-Identifier: ISC */
#include "blocks_back.h"
void xl_memory_layer_back(const struct xl_memory_layer *layer, const struct xl_back *back,
                          struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    (void)layer;
    (void)back;
    (void)x;
    (void)y;
    (void)dy;
    (void)dx;
}
void xl_slstm_block_back(const struct xl_slstm_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    (void)layer;
    (void)back;
    (void)x;
    (void)y;
    (void)dy;
    (void)dx;
}
void xl_mlstm_block_back(const struct xl_mlstm_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    (void)layer;
    (void)back;
    (void)x;
    (void)y;
    (void)dy;
    (void)dx;
}
void xl_large_block_back(const struct xl_large_block *layer, const struct xl_back *back,
                         struct xl_rows x, struct xl_rows y, struct xl_rows dy, struct xl_rows dx)
{
    (void)layer;
    (void)back;
    (void)x;
    (void)y;
    (void)dy;
    (void)dx;
}
