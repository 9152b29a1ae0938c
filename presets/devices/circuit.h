/* SPDX-License-Identifier: ISC */
/* Solves a circuit step by step: nodal analysis, trapezoidal rule, Newton's method. */
#ifndef DEVICES_CIRCUIT_H
#define DEVICES_CIRCUIT_H

#include "netlist.h"

struct circuit;

/** Makes a circuit, at rest with its supplies on, that takes `rate` steps a second.
 *  The netlist may go afterwards. NULL and a sentence if it has no solution. */
struct circuit *circuit_new(const struct netlist *netlist, double rate, struct failure *failure);

/** Frees a circuit. NULL is fine. */
void circuit_free(struct circuit *circuit);

/** Advances by one step with `volts` at VIN; returns the voltage of node "out". */
double circuit_step(struct circuit *circuit, double volts);

/** Newton steps that each of the steps so far needed on average; steps that did not converge. */
double circuit_iterations(const struct circuit *circuit);
size_t circuit_failures(const struct circuit *circuit);

#endif
