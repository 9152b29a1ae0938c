/* SPDX-License-Identifier: ISC */
/* What a circuit comes down to before it runs.
 *
 * Each step of the trapezoidal rule, h seconds long, turns a capacitor C into a conductance 2C/h
 * beside a current source z that remembers its charge. So the circuit is linear but for the
 * currents i through the ports of its diodes and triodes:
 *
 *     S x = B w - P i(v)        x: node voltages and currents of sources
 *                               w: the z of all capacitors, the input voltage, the supplies
 *
 * Only three kinds of voltages matter afterwards: those of the capacitors, those of the ports and
 * the output. Their answer to each entry of w and i is computed here, once:
 *
 *     [vc; v; out] = M [w; i],     M = Q S^-1 [B, -P] */
#ifndef DEVICES_EQUATIONS_H
#define DEVICES_EQUATIONS_H

#include "netlist.h"

enum { EQUATIONS_PORTS = 12 /* the most that a circuit has */ };

struct equations {
    size_t capacitors, ports, parts;
    size_t rows;                               ///< of M: capacitors, ports, 1
    size_t columns;                            ///< of M: capacitors, input, supplies, ports
    double *response;                          ///< M, row-major; owned
    double charge_factor[NETLIST_ELEMENTS];    ///< 4C/h of each capacitor
    struct part_model models[EQUATIONS_PORTS]; ///< of each part; parts have ports in this order
};

/** Builds the equations of a netlist for `rate` steps a second. False and a sentence, with nothing
 *  to free, if there is no memory or no single solution. */
bool equations_build(struct equations *equations, const struct netlist *netlist, double rate,
                     struct failure *failure);

void equations_free(struct equations *equations);

/** The row of M that gives the voltage of a capacitor, of a port, or the output. */
const double *equations_capacitor_row(const struct equations *equations, size_t capacitor);
const double *equations_port_row(const struct equations *equations, size_t port);
const double *equations_output_row(const struct equations *equations);

#endif
