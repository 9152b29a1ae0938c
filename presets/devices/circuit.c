/* SPDX-License-Identifier: ISC */
/* A step solves v = M_vw w + M_vi i(v) by Newton's method, a system as large as there are ports
 * (usually 3 or 4), then reads the voltages of the capacitors and the output off M (equations.h).
 */
#include "circuit.h"

#include "equations.h"
#include "matrix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Newton's method has converged when no port moves by more than this, V. The last move is much
 *  smaller still; a tighter bound would meet the rounding of circuits with floating nodes. */
#define TOLERANCE 1e-7

/** The supplies are switched on over RAMP_SECONDS; all is at rest SETTLE_SECONDS later. */
#define RAMP_SECONDS 0.1
#define SETTLE_SECONDS 3.0

/** After PATIENCE steps Newton's method goes half as far, to leave a cycle. */
enum { PATIENCE = 50, MOST_ITERATIONS = 200 };

struct circuit {
    struct equations equations;
    double *causes;                ///< [w; i]
    double volts[EQUATIONS_PORTS]; ///< v: where Newton's method starts and ends
    size_t steps, iterations, failures;
};

static double dot(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

/** The column of M where the port currents start. */
static size_t first_current(const struct equations *equations)
{
    return equations->columns - equations->ports;
}

/** Currents at the ports, and their derivatives by the voltages, part by part. */
static void port_currents(const struct circuit *circuit, double *currents,
                          double slope[EQUATIONS_PORTS][PART_PORTS])
{
    size_t port = 0;
    for (size_t k = 0; k < circuit->equations.parts; k++) {
        const struct part_model *model = &circuit->equations.models[k];
        part_currents(model, circuit->volts + port, currents + port, slope + port);
        port += part_ports(model);
    }
}

/** A row of the Newton step's system, 1 - M_vi di/dv. */
static void jacobian_row(const struct equations *equations, size_t row,
                         double slope[EQUATIONS_PORTS][PART_PORTS], double *jacobian)
{
    const double *m = equations_port_row(equations, row) + first_current(equations);
    for (size_t column = 0; column < equations->ports; column++)
        jacobian[column] = row == column;
    size_t port = 0;
    for (size_t k = 0; k < equations->parts; k++) {
        const size_t ports = part_ports(&equations->models[k]);
        for (size_t a = 0; a < ports; a++)
            for (size_t b = 0; b < ports; b++)
                jacobian[port + b] -= m[port + a] * slope[port + a][b];
        port += ports;
    }
}

/** Finds a Newton step: (1 - M_vi di/dv) step = known + M_vi i - v. */
static bool find_step(struct circuit *circuit, const double *known, double *step)
{
    const struct equations *equations = &circuit->equations;
    const size_t n = equations->ports, first = first_current(equations);
    double *currents = circuit->causes + first;
    double slope[EQUATIONS_PORTS][PART_PORTS], jacobian[EQUATIONS_PORTS * EQUATIONS_PORTS];
    port_currents(circuit, currents, slope);
    for (size_t row = 0; row < n; row++) {
        const double *m = equations_port_row(equations, row) + first;
        step[row] = known[row] + dot(m, currents, n) - circuit->volts[row];
        jacobian_row(equations, row, slope, jacobian + row * n);
    }
    return matrix_solve(jacobian, step, n, 1);
}

/** Moves the ports by a Newton step, kept where the parts can follow; returns the largest move. */
static double move(struct circuit *circuit, const double *step, double share)
{
    double largest = 0;
    size_t port = 0;
    for (size_t k = 0; k < circuit->equations.parts; k++) {
        const struct part_model *model = &circuit->equations.models[k];
        for (size_t a = 0; a < part_ports(model); a++, port++) {
            const double old = circuit->volts[port];
            circuit->volts[port] = part_limit(model, old + share * step[port], old);
            largest = fmax(largest, fabs(circuit->volts[port] - old));
        }
    }
    return largest;
}

/** Finds the port voltages for the causes w; leaves the currents i behind them. */
static void solve_ports(struct circuit *circuit)
{
    const struct equations *equations = &circuit->equations;
    double known[EQUATIONS_PORTS], step[EQUATIONS_PORTS], slope[EQUATIONS_PORTS][PART_PORTS];
    const size_t first = first_current(equations);
    for (size_t row = 0; row < equations->ports; row++)
        known[row] = dot(equations_port_row(equations, row), circuit->causes, first);
    bool converged = equations->ports == 0;
    for (int count = 0; count < MOST_ITERATIONS && !converged; count++) {
        if (!find_step(circuit, known, step))
            break;
        converged = move(circuit, step, count < PATIENCE ? 1 : 0.5) < TOLERANCE;
        circuit->iterations++;
    }
    port_currents(circuit, circuit->causes + first, slope);
    circuit->failures += !converged;
}

/** What the capacitors remember goes from z to z' = 4C/h v - z. */
static void recharge(struct circuit *circuit)
{
    const struct equations *equations = &circuit->equations;
    double next[NETLIST_ELEMENTS];
    for (size_t k = 0; k < equations->capacitors; k++) {
        const double *row = equations_capacitor_row(equations, k);
        const double volts = dot(row, circuit->causes, equations->columns);
        next[k] = equations->charge_factor[k] * volts - circuit->causes[k];
    }
    memcpy(circuit->causes, next, equations->capacitors * sizeof *next);
}

/** One step with the supplies at `supply` times their voltage. */
static double advance(struct circuit *circuit, double volts, double supply)
{
    const struct equations *equations = &circuit->equations;
    circuit->causes[equations->capacitors] = volts;
    circuit->causes[equations->capacitors + 1] = supply;
    solve_ports(circuit);
    const double out = dot(equations_output_row(equations), circuit->causes, equations->columns);
    recharge(circuit);
    circuit->steps++;
    return out;
}

static void settle(struct circuit *circuit, double rate)
{
    const size_t ramp = (size_t)(RAMP_SECONDS * rate);
    const size_t total = ramp + (size_t)(SETTLE_SECONDS * rate);
    for (size_t k = 0; k < total; k++)
        advance(circuit, 0, fmin(1, (double)k / (double)ramp));
    circuit->steps = circuit->iterations = circuit->failures = 0;
}

struct circuit *circuit_new(const struct netlist *netlist, double rate, struct failure *failure)
{
    struct circuit *circuit = calloc(1, sizeof *circuit);
    if (!circuit) {
        fail(failure, "out of memory");
        return NULL;
    }
    if (!equations_build(&circuit->equations, netlist, rate, failure)) {
        free(circuit);
        return NULL;
    }
    circuit->causes = calloc(circuit->equations.columns, sizeof *circuit->causes);
    if (!circuit->causes) {
        fail(failure, "out of memory");
        circuit_free(circuit);
        return NULL;
    }
    settle(circuit, rate);
    return circuit;
}

void circuit_free(struct circuit *circuit)
{
    if (!circuit)
        return;
    equations_free(&circuit->equations);
    free(circuit->causes);
    free(circuit);
}

double circuit_step(struct circuit *circuit, double volts)
{
    return advance(circuit, volts, 1);
}

double circuit_iterations(const struct circuit *circuit)
{
    return (double)circuit->iterations / (double)circuit->steps;
}

size_t circuit_failures(const struct circuit *circuit)
{
    return circuit->failures;
}
