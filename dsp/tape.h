/* SPDX-License-Identifier: ISC */
/* What the recurrent cells keep for the backward pass of training. */
#ifndef XL_TAPE_H
#define XL_TAPE_H

#include "layer.h"

/** What training keeps of each unit and step, in this order, flat: piece p of unit u at
 *  p * width + u. */
enum xl_slstm_tape {
    XL_SLSTM_I, ///< what c = F c + I z and n = F n + I add; negative where gate_limit held i
    XL_SLSTM_F, ///< and what they keep
    XL_SLSTM_Z, ///< tanh of the cell input
    XL_SLSTM_O, ///< sigmoid of the output gate
    XL_SLSTM_S, ///< d log f / d pre-activation of f; negative where gate_limit held it
    XL_SLSTM_C,
    XL_SLSTM_N,
    XL_SLSTM_TAPE
};
enum xl_lstm_tape {
    XL_LSTM_I,
    XL_LSTM_F, ///< negative where gate_limit held it
    XL_LSTM_Z,
    XL_LSTM_O,
    XL_LSTM_C,
    XL_LSTM_TANH_C,
    XL_LSTM_TAPE
};
enum xl_gru_tape { XL_GRU_R, XL_GRU_Z, XL_GRU_N, XL_GRU_INNER, XL_GRU_TAPE };

/** Gates that a cell of a type has, and pieces of its tape. */
static inline size_t xl_cell_gates(enum xl_cell_type type)
{
    return type == XL_CELL_GRU ? 3 : 4;
}
static inline size_t xl_cell_tape(enum xl_cell_type type)
{
    return type == XL_CELL_SLSTM  ? (size_t)XL_SLSTM_TAPE
           : type == XL_CELL_LSTM ? (size_t)XL_LSTM_TAPE
                                  : (size_t)XL_GRU_TAPE;
}

/** Numbers of a row of the tape. */
static inline size_t xl_tape_width(enum xl_cell_type type, size_t width)
{
    return xl_pad_flat(xl_cell_tape(type), width);
}

#endif
