/* SPDX-License-Identifier: ISC */
#include "equations.h"

#include "matrix.h"

#include <stdlib.h>

/** Conductance from every node to ground, as in SPICE: a node without a DC path has a voltage. */
#define MINIMUM_CONDUCTANCE 1e-12

/** A pair of nodes between which a voltage is taken or a current flows. */
struct pair {
    int plus, minus;
};

/** What is needed only while building. */
struct builder {
    const struct netlist *netlist;
    struct equations *equations;
    double rate;
    size_t unknowns;
    double *system;  ///< S
    double *sources; ///< [B, -P], then the solution X = S^-1 [B, -P]
    struct pair capacitors[NETLIST_ELEMENTS], ports[EQUATIONS_PORTS];
};

static void add(double *matrix, size_t width, int row, int column, double value)
{
    if (row != NETLIST_GROUND && column != NETLIST_GROUND)
        matrix[(size_t)row * width + (size_t)column] += value;
}

static void add_conductance(struct builder *builder, const int nodes[2], double conductance)
{
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            add(builder->system, builder->unknowns, nodes[i], nodes[j],
                i == j ? conductance : -conductance);
}

/** A voltage source or amplifier: one more unknown, its current, and one more equation. */
static void add_voltage(struct builder *builder, const struct element *element, int row)
{
    const size_t n = builder->unknowns;
    for (int i = 0; i < 2; i++) {
        const double sign = i ? -1 : 1;
        add(builder->system, n, element->nodes[i], row, sign);
        add(builder->system, n, row, element->nodes[i], sign);
        if (element->kind == AMPLIFIER)
            add(builder->system, n, row, element->nodes[2 + i], -sign * element->value);
    }
}

/** A unit current of `column` that enters the circuit at `in` and leaves it at `out`. */
static void add_current(struct builder *builder, int in, int out, size_t column)
{
    add(builder->sources, builder->equations->columns, in, (int)column, 1);
    add(builder->sources, builder->equations->columns, out, (int)column, -1);
}

static bool survey_part(struct builder *builder, const struct element *element,
                        struct failure *failure)
{
    struct equations *equations = builder->equations;
    const struct part_model *model = &builder->netlist->models[element->model];
    const size_t ports = part_ports(model);
    if (equations->ports + ports > EQUATIONS_PORTS)
        return fail(failure, "there are too many diodes and triodes");
    equations->models[equations->parts++] = *model;
    struct pair *pair = &builder->ports[equations->ports];
    const int *nodes = element->nodes;
    if (model->kind == PART_TRIODE) { // the line names plate, grid, cathode
        pair[0] = (struct pair){nodes[1], nodes[2]};
        pair[1] = (struct pair){nodes[0], nodes[2]};
    } else {
        pair[0] = (struct pair){nodes[0], nodes[1]};
    }
    equations->ports += ports;
    return true;
}

/** Lists capacitors and ports and counts the unknowns. */
static bool survey(struct builder *builder, struct failure *failure)
{
    struct equations *equations = builder->equations;
    builder->unknowns = builder->netlist->node_count;
    for (size_t k = 0; k < builder->netlist->element_count; k++) {
        const struct element *element = &builder->netlist->elements[k];
        if (element->kind == CAPACITOR) {
            const size_t place = equations->capacitors++;
            builder->capacitors[place] = (struct pair){element->nodes[0], element->nodes[1]};
            equations->charge_factor[place] = 4 * element->value * builder->rate;
        } else if (element->kind == SOURCE || element->kind == AMPLIFIER) {
            builder->unknowns++;
        } else if (element->kind == PART && !survey_part(builder, element, failure)) {
            return false;
        }
    }
    equations->rows = equations->capacitors + equations->ports + 1;
    equations->columns = equations->capacitors + 2 + equations->ports;
    return true;
}

/** Fills S. */
static void stamp_system(struct builder *builder)
{
    const struct netlist *netlist = builder->netlist;
    int row = (int)netlist->node_count;
    for (int node = 0; node < row; node++)
        add(builder->system, builder->unknowns, node, node, MINIMUM_CONDUCTANCE);
    for (size_t k = 0; k < netlist->element_count; k++) {
        const struct element *element = &netlist->elements[k];
        if (element->kind == RESISTOR)
            add_conductance(builder, element->nodes, 1 / element->value);
        else if (element->kind == CAPACITOR)
            add_conductance(builder, element->nodes, 2 * element->value * builder->rate);
        else if (element->kind == SOURCE || element->kind == AMPLIFIER)
            add_voltage(builder, element, row++);
    }
}

/** Fills [B, -P]. */
static void stamp_sources(struct builder *builder)
{
    const struct equations *equations = builder->equations;
    const struct netlist *netlist = builder->netlist;
    const size_t input = equations->capacitors, supplies = input + 1, currents = supplies + 1;
    int row = (int)netlist->node_count;
    for (size_t k = 0; k < netlist->element_count; k++) {
        const struct element *element = &netlist->elements[k];
        if (element->kind == SOURCE && k == netlist->input)
            add(builder->sources, equations->columns, row, (int)input, 1);
        else if (element->kind == SOURCE)
            add(builder->sources, equations->columns, row, (int)supplies, element->value);
        row += element->kind == SOURCE || element->kind == AMPLIFIER;
    }
    for (size_t i = 0; i < equations->capacitors; i++)
        add_current(builder, builder->capacitors[i].plus, builder->capacitors[i].minus, i);
    for (size_t i = 0; i < equations->ports; i++)
        add_current(builder, builder->ports[i].minus, builder->ports[i].plus, currents + i);
}

/** Reads a row of M = Q X off the solution X: the voltage between two nodes. */
static void read_row(const struct builder *builder, struct pair pair, double *row)
{
    const size_t columns = builder->equations->columns;
    for (size_t j = 0; j < columns; j++) {
        if (pair.plus != NETLIST_GROUND)
            row[j] += builder->sources[(size_t)pair.plus * columns + j];
        if (pair.minus != NETLIST_GROUND)
            row[j] -= builder->sources[(size_t)pair.minus * columns + j];
    }
}

static void read_response(const struct builder *builder)
{
    const struct equations *equations = builder->equations;
    double *row = equations->response;
    for (size_t i = 0; i < equations->capacitors; i++, row += equations->columns)
        read_row(builder, builder->capacitors[i], row);
    for (size_t i = 0; i < equations->ports; i++, row += equations->columns)
        read_row(builder, builder->ports[i], row);
    read_row(builder, (struct pair){builder->netlist->output, NETLIST_GROUND}, row);
}

static bool solve(struct builder *builder, struct failure *failure)
{
    const size_t columns = builder->equations->columns;
    if (!builder->system || !builder->sources || !builder->equations->response)
        return fail(failure, "out of memory");
    stamp_system(builder);
    stamp_sources(builder);
    if (!matrix_solve(builder->system, builder->sources, builder->unknowns, columns))
        return fail(failure, "the circuit's equations have no single solution");
    read_response(builder);
    return true;
}

bool equations_build(struct equations *equations, const struct netlist *netlist, double rate,
                     struct failure *failure)
{
    struct builder builder = {.netlist = netlist, .equations = equations, .rate = rate};
    *equations = (struct equations){.response = NULL};
    if (!survey(&builder, failure))
        return false;
    builder.system = calloc(builder.unknowns * builder.unknowns, sizeof(double));
    builder.sources = calloc(builder.unknowns * equations->columns, sizeof(double));
    equations->response = calloc(equations->rows * equations->columns, sizeof(double));
    const bool solved = solve(&builder, failure);
    free(builder.system);
    free(builder.sources);
    if (!solved)
        equations_free(equations);
    return solved;
}

void equations_free(struct equations *equations)
{
    free(equations->response);
    equations->response = NULL;
}

const double *equations_capacitor_row(const struct equations *equations, size_t capacitor)
{
    return equations->response + capacitor * equations->columns;
}

const double *equations_port_row(const struct equations *equations, size_t port)
{
    return equations->response + (equations->capacitors + port) * equations->columns;
}

const double *equations_output_row(const struct equations *equations)
{
    return equations->response + (equations->rows - 1) * equations->columns;
}
