/* SPDX-License-Identifier: ISC */
#include "soap.h"

#include "carve.h"
#include "pages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MEAN_DECAY = 0.9, SQUARE_DECAY = 0.999, MOMENT_DECAY = 0.98;

/** Updates from one turn of the bases to the next. */
enum { TURN = 10 };

/** Longest side with a basis: turning it costs its cube. */
enum { LONGEST_SIDE = 256 };

/* ---- memory --------------------------------------------------------------------------------- */

size_t xl_soap_work(size_t rows, size_t columns, size_t recent)
{
    const size_t longer = rows > columns ? rows : columns;
    const size_t turning = 2 * rows * xl_pad(columns) + longer * xl_pad(longer);
    const size_t flipped = recent * columns * xl_pad(rows);
    return turning > flipped ? turning : flipped;
}

static bool has_basis(size_t side)
{
    return side > 1 && side <= LONGEST_SIDE;
}

static float *floats(struct carver *carver, size_t count)
{
    return carve(carver, count * sizeof(float));
}

/** What a matrix keeps. */
static void carve_kept(struct xl_soap_matrix *m, struct carver *carver)
{
    const size_t size = m->rows * xl_pad(m->columns);
    m->mean = floats(carver, size);
    m->square = floats(carver, size);
    if (has_basis(m->rows) || has_basis(m->columns))
        m->recent = floats(carver, TURN * size);
    if (has_basis(m->rows)) {
        m->left = floats(carver, m->rows * xl_pad(m->rows));
        m->left_basis = floats(carver, m->rows * xl_pad(m->rows));
    }
    if (has_basis(m->columns)) {
        m->right = floats(carver, m->columns * xl_pad(m->columns));
        m->right_basis = floats(carver, m->columns * xl_pad(m->columns));
    }
}

/** All arrays: what is kept between updates lies together. */
static void carve_all(struct soap *soap, struct carver *carver)
{
    size_t work = 0;
    soap->kept = floats(carver, 0);
    const size_t before = carver->size;
    for (size_t i = 0; i < soap->tensor_count; i++)
        carve_kept(&soap->tensors[i].matrix, carver);
    soap->kept_count = (carver->size - before) / sizeof(float);
    soap->values = floats(carver, soap->count);
    soap->gradient = floats(carver, soap->count);
    soap->average = floats(carver, soap->count);
    for (size_t i = 0; i < soap->tensor_count; i++) {
        struct xl_soap_matrix *m = &soap->tensors[i].matrix;
        const size_t wanted = xl_soap_work(m->rows, m->columns, TURN);
        m->gradient = floats(carver, m->rows * xl_pad(m->columns));
        work = wanted > work ? wanted : work;
    }
    float *shared = floats(carver, work);
    for (size_t i = 0; i < soap->tensor_count; i++)
        soap->tensors[i].matrix.work = shared;
}

/** Bases begin as they are stored. */
static void begin(struct xl_soap_matrix *m)
{
    float *left = m->left_basis, *right = m->right_basis;
    for (size_t i = 0; left && i < m->rows; i++)
        left[i * xl_pad(m->rows) + i] = 1;
    for (size_t i = 0; right && i < m->columns; i++)
        right[i * xl_pad(m->columns) + i] = 1;
}

bool soap_init(struct soap *soap, const struct xl_plan *plan, const struct xl_train_engine *engine)
{
    struct carver carver = {0};
    *soap = (struct soap){.engine = engine,
                          .count = plan->values,
                          .tensor_count = plan->slot_count,
                          .tensors = calloc(plan->slot_count + 1, sizeof *soap->tensors)};
    if (!soap->tensors)
        return false;
    for (size_t i = 0; i < plan->slot_count; i++) {
        const struct xl_slot *slot = &plan->slots[i];
        const size_t columns = (size_t)slot->shape[slot->rank - 1];
        soap->tensors[i] = (struct soap_tensor){.offset = slot->offset, .rate = 1};
        soap->tensors[i].matrix.rows = slot->count / columns;
        soap->tensors[i].matrix.columns = columns;
    }
    carve_all(soap, &carver);
    soap->memory = pages_new(carver.size);
    if (!soap->memory)
        return false;
    carver = (struct carver){.at = (char *)soap->memory};
    carve_all(soap, &carver);
    for (size_t i = 0; i < soap->tensor_count; i++)
        begin(&soap->tensors[i].matrix);
    return true;
}

void soap_free(struct soap *soap)
{
    free(soap->memory);
    free(soap->tensors);
    *soap = (struct soap){.count = 0};
}

/* ---- updates -------------------------------------------------------------------------------- */

/** The gradient of a tensor, scaled, as its matrix. */
static void take(const struct soap *soap, const struct soap_tensor *tensor, float scale)
{
    const struct xl_soap_matrix *m = &tensor->matrix;
    const float *from = soap->gradient + tensor->offset;
    float *to = m->gradient;
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++)
            to[i * xl_pad(m->columns) + j] = scale * *from++;
}

static void move(struct soap *soap, const struct soap_tensor *tensor, double rate)
{
    const struct xl_soap_matrix *m = &tensor->matrix;
    const float *step = m->gradient, length = (float)(rate * tensor->rate);
    float *to = soap->values + tensor->offset;
    for (size_t i = 0; i < m->rows; i++)
        for (size_t j = 0; j < m->columns; j++)
            *to++ -= length * step[i * xl_pad(m->columns) + j];
}

static double norm_of(const float *numbers, size_t count)
{
    enum { PARTS = 8 }; /* sums that need not wait for each other */
    double energy[PARTS] = {0};
    size_t i = 0;
    for (; i + PARTS <= count; i += PARTS)
        for (size_t part = 0; part < PARTS; part++)
            energy[part] += (double)numbers[i + part] * (double)numbers[i + part];
    for (; i < count; i++)
        energy[0] += (double)numbers[i] * (double)numbers[i];
    for (size_t part = 1; part < PARTS; part++)
        energy[0] += energy[part];
    return sqrt(energy[0]);
}

void soap_update(struct soap *soap, double rate, double clip, double decay)
{
    const double norm = norm_of(soap->gradient, soap->count);
    if (!isfinite(norm))
        return; /* one bad window must not end the training */
    const uint64_t before = soap->updates;
    const bool first = before == 0, turn = before % TURN == 0;
    const double updates = (double)++soap->updates;
    const struct xl_soap_pace pace = {
        .waiting = first ? 0 : (size_t)((before - 1) % TURN),
        .turn = turn,
        .mean = 1 - MEAN_DECAY,
        .square = 1 - SQUARE_DECAY,
        .moment = first ? 1 : 1 - MOMENT_DECAY,
        .correct = 1 / (1 - pow(SQUARE_DECAY, updates)),
    };
    double sum = 0;
    for (size_t i = 0; i < soap->tensor_count; i++) {
        take(soap, &soap->tensors[i], (float)(norm > clip ? clip / norm : 1));
        sum += soap->engine->soap->follow(&soap->tensors[i].matrix, &pace);
    }
    /* How much larger than usual the gradient is. Where gradients suddenly grow, their averages lag
     * behind and steps would become three times as long as the rate allows; a recurrent network
     * does not always come back from there. */
    const double surprise = sqrt(sum / (double)soap->count);
    const double length = rate / (1 - pow(MEAN_DECAY, updates)) / fmax(1, surprise);
    for (size_t i = 0; i < soap->tensor_count; i++) {
        soap->engine->soap->step(&soap->tensors[i].matrix, &pace);
        move(soap, &soap->tensors[i], length);
    }
    /* The average is short at first, so that the start does not linger in it. */
    const float keep = (float)fmin(decay, (1 + updates) / (10 + updates));
    for (size_t i = 0; i < soap->count; i++)
        soap->average[i] = keep * soap->average[i] + (1 - keep) * soap->values[i];
}
