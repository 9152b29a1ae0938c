/* SPDX-License-Identifier: ISC */
/* Recurrent cells: sLSTM (specification 4; Beck et al. 2024, equations 8 to 17), LSTM and GRU. */
#ifndef XL_CELL_H
#define XL_CELL_H

#include "run.h"
#include "tape.h"

/** Runs the cell over all steps. The pre-activations are `input` (with the cell's bias) of the rows
 *  x; if `input` is NULL, `gates` (width xl_pad_flat(gates, width)) holds them. What `gates` holds
 *  afterwards is undefined. Writes the padded output to `h` and, unless its data is NULL, x + h to
 *  `sum`. Real-time. */
void XL_FN(xl_cell_forward)(const struct xl_cell *cell, const struct xl_run *run,
                            const struct xl_matrix *input, struct xl_rows x, struct xl_rows gates,
                            struct xl_rows h, struct xl_rows sum);
#define xl_cell_forward XL_FN(xl_cell_forward)

#endif
