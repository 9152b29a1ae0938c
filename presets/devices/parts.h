/* SPDX-License-Identifier: ISC */
/* The nonlinear parts: currents through their ports, and the derivatives of these.
 *
 *   diode    port 0 from anode to cathode:  i = IS (exp(v / (N VT)) - 1)
 *   triode   port 0 from grid to cathode, port 1 from plate to cathode, after K. Dempwolf and
 *            U. Zölzer, "A physically-motivated triode model for circuit simulations", DAFx-11:
 *              ik = G (ln(1 + exp(C (vp / MU + vg))) / C)^GAMMA      what leaves the cathode
 *              ig = GG (ln(1 + exp(CG vg)) / CG)^XI                  what the grid catches
 *              ip = ik - ig */
#ifndef DEVICES_PARTS_H
#define DEVICES_PARTS_H

enum part_kind { PART_DIODE, PART_TRIODE };

enum { PART_PORTS = 2 /* the most that a part has */ };

/** Constants of a diode or a triode by their names in .model cards; those of the other are 0. */
struct part_model {
    char name[16];
    enum part_kind kind;
    double is, n;                       ///< diode: A, 1
    double g, mu, gamma, c, gg, cg, xi; ///< triode: A/V^GAMMA, 1, 1, 1/V, A/V^XI, 1/V, 1
};

/** Number of ports of a part. */
unsigned part_ports(const struct part_model *model);

/** Port currents i (A) at port voltages v (V), and their derivatives slope[a][b] = di[a] / dv[b].
 */
void part_currents(const struct part_model *model, const double v[PART_PORTS], double i[PART_PORTS],
                   double slope[PART_PORTS][PART_PORTS]);

/** Where Newton's method should go instead of from `old` straight to `wanted` volts at a port. */
double part_limit(const struct part_model *model, double wanted, double old);

#endif
