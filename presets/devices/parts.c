/* SPDX-License-Identifier: ISC */
#include "parts.h"

#include <math.h>

/** kT/q at SPICE's usual 27 degrees Celsius, V. */
#define THERMAL_VOLTAGE 0.0258649

unsigned part_ports(const struct part_model *model)
{
    return model->kind == PART_TRIODE ? 2 : 1;
}

static void diode_currents(const struct part_model *model, double v, double *i, double *slope)
{
    const double scale = model->n * THERMAL_VOLTAGE;
    const double e = exp(v / scale);
    *i = model->is * (e - 1);
    *slope = model->is * e / scale;
}

/** k (ln(1 + exp(c v)) / c)^p and its derivative: a power law with a soft knee at 0 V. */
static void soft_power(double k, double c, double p, double v, double *i, double *slope)
{
    enum { STRAIGHT = 40 }; // beyond, ln(1 + exp(x)) is x in double precision
    const double x = c * v;
    const double e = x < STRAIGHT ? exp(x) : 0;
    const double knee = x < STRAIGHT ? log1p(e) / c : v;
    const double knee_slope = x < STRAIGHT ? e / (1 + e) : 1;
    *i = k * pow(knee, p);
    *slope = knee > 0 ? *i * p / knee * knee_slope : 0;
}

static void triode_currents(const struct part_model *model, const double v[PART_PORTS],
                            double i[PART_PORTS], double slope[PART_PORTS][PART_PORTS])
{
    double cathode, cathode_slope, grid, grid_slope;
    soft_power(model->g, model->c, model->gamma, v[1] / model->mu + v[0], &cathode, &cathode_slope);
    soft_power(model->gg, model->cg, model->xi, v[0], &grid, &grid_slope);
    i[0] = grid;
    i[1] = cathode - grid;
    slope[0][0] = grid_slope;
    slope[0][1] = 0;
    slope[1][0] = cathode_slope - grid_slope;
    slope[1][1] = cathode_slope / model->mu;
}

void part_currents(const struct part_model *model, const double v[PART_PORTS], double i[PART_PORTS],
                   double slope[PART_PORTS][PART_PORTS])
{
    if (model->kind == PART_TRIODE)
        triode_currents(model, v, i, slope);
    else
        diode_currents(model, v[0], &i[0], &slope[0][0]);
}

/** Steps along the logarithm once the exponential curve is steep: where the straight line of
 *  Newton's method asks for i, this goes to the voltage at which the diode carries about i. */
double part_limit(const struct part_model *model, double wanted, double old)
{
    if (model->kind == PART_TRIODE)
        return wanted;
    const double scale = model->n * THERMAL_VOLTAGE;
    const double knee = scale * log(scale / model->is); // here the curve is as steep as 1 A/V
    if (wanted <= knee || wanted - old <= 2 * scale)
        return wanted;
    return old > 0 ? old + scale * log1p((wanted - old) / scale) : scale * log1p(wanted / scale);
}
