/* SPDX-License-Identifier: ISC */
/* Layers whose numbers are vectors with a channel in each lane: number i of a row at i * W. */
#ifndef XL_LANES_LAYERS_H
#define XL_LANES_LAYERS_H

#include "isa.h"
#include "layer.h"

/** Whether the layer can be run like this. */
bool XL_FN(xl_lanes_layer_fits)(const struct xl_layer *layer);
#define xl_lanes_layer_fits XL_FN(xl_lanes_layer_fits)

/** Numbers of the weights that its steps read in an order of their own, a multiple of XL_PAD; those
 *  of all layers are fewer than the plan's packed numbers. */
size_t XL_FN(xl_lanes_layer_weights)(const struct xl_layer *layer);
#define xl_lanes_layer_weights XL_FN(xl_lanes_layer_weights)

/** Brings them into that order. Real-time. */
void XL_FN(xl_lanes_layer_pack)(const struct xl_layer *layer, const real *parameters,
                                real *weights);
#define xl_lanes_layer_pack XL_FN(xl_lanes_layer_pack)

/** One step of such a layer: x to y, which differ. `state` holds the images of W channels; `fresh`
 *  has room for an output. Real-time. */
void XL_FN(xl_lanes_layer_step)(const struct xl_layer *layer, const real *parameters,
                                const real *weights, real *state, const real *x, real *y,
                                real *fresh);
#define xl_lanes_layer_step XL_FN(xl_lanes_layer_step)

/** y += M x + bias. */
void XL_FN(xl_lanes_matrix_add)(const struct xl_matrix *matrix, const real *parameters,
                                const real *x, real *y);
#define xl_lanes_matrix_add XL_FN(xl_lanes_matrix_add)

/** What a run does to the state first. */
void XL_FN(xl_lanes_layer_wake)(const struct xl_layer *layer, real *state);
#define xl_lanes_layer_wake XL_FN(xl_lanes_layer_wake)

#endif
