/* SPDX-License-Identifier: ISC */
/* Reads a flat netlist in SPICE's words:
 *
 *   first line: title        * comment       rest of a line ; comment
 *   Rx a b OHM   Cx a b FARAD   Vx + - VOLT   Ex out+ out- in+ in- GAIN   Dx anode cathode MODEL
 *   Xx plate grid cathode MODEL
 *   .model NAME D(IS=… N=…)      .model NAME TRIODE(G=… MU=… GAMMA=… C=… GG=… CG=… XI=…)
 *   .param NAME=VALUE            .end
 *
 * Case does not matter. Values may be formulas of the parameters in braces. VIN is the source that
 * the audio drives, 1 V for full scale; the voltage of node "out" is what the device gives;
 * node 0 is ground. */
#ifndef DEVICES_NETLIST_H
#define DEVICES_NETLIST_H

#include "expression.h"
#include "parts.h"

enum { NETLIST_NODES = 40, NETLIST_ELEMENTS = 80, NETLIST_MODELS = 8, NETLIST_GROUND = -1 };

enum element_kind { RESISTOR, CAPACITOR, SOURCE, AMPLIFIER, PART };

struct element {
    char name[16];
    enum element_kind kind;
    int nodes[4]; ///< in the order of the line; numbers of nodes or NETLIST_GROUND
    double value; ///< ohm, farad, volt or gain
    size_t model; ///< of a part
};

struct netlist {
    struct parameters parameters;
    char node_names[NETLIST_NODES][16];
    size_t node_count;
    struct element elements[NETLIST_ELEMENTS];
    size_t element_count;
    struct part_model models[NETLIST_MODELS];
    size_t model_count;
    size_t input; ///< the element VIN
    int output;   ///< the node "out"
};

/** Parses the netlist in `text`. `settings` override its .param lines and may set no others. */
bool netlist_parse(struct netlist *netlist, const char *text, const struct parameters *settings,
                   struct failure *failure);

#endif
