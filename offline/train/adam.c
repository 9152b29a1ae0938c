/* SPDX-License-Identifier: ISC */
#include "adam.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double MEAN_DECAY = 0.9, SQUARE_DECAY = 0.999, EPSILON = 1e-8;

bool adam_init(struct adam *adam, size_t count)
{
    float *memory = calloc(5 * count, sizeof *memory);
    *adam = (struct adam){.count = count};
    if (!memory)
        return false;
    adam->values = memory;
    adam->gradient = memory + count;
    adam->mean = memory + 2 * count;
    adam->square = memory + 3 * count;
    adam->average = memory + 4 * count;
    return true;
}

void adam_free(struct adam *adam)
{
    free(adam->values);
    adam->values = NULL;
}

/** Takes the gradient, scaled, into the moments. Returns how much larger than usual it is: the root
 *  of the mean of its squares over their moving averages. Where gradients suddenly grow, their
 *  averages lag behind and steps would become three times as long as the rate allows; a recurrent
 *  network does not always come back from there. */
static double follow(struct adam *adam, float scale, float correct)
{
    double sum = 0;
    for (size_t i = 0; i < adam->count; i++) {
        const float g = adam->gradient[i] * scale;
        adam->mean[i] += (float)(1 - MEAN_DECAY) * (g - adam->mean[i]);
        adam->square[i] += (float)(1 - SQUARE_DECAY) * (g * g - adam->square[i]);
        const float usual = adam->square[i] * correct;
        sum += usual > 0 ? (double)(g * g / usual) : 0;
    }
    return sqrt(sum / (double)adam->count);
}

double adam_update(struct adam *adam, double rate, double clip, double decay)
{
    double energy = 0;
    for (size_t i = 0; i < adam->count; i++)
        energy += (double)adam->gradient[i] * (double)adam->gradient[i];
    const double norm = sqrt(energy);
    if (!isfinite(norm))
        return norm; /* one bad window must not end the training */
    adam->steps++;
    const double steps = (double)adam->steps;
    const float scale = (float)(norm > clip ? clip / norm : 1);
    const float correct = (float)(1 / (1 - pow(SQUARE_DECAY, steps)));
    const double surprise = follow(adam, scale, correct);
    const double step = rate / (1 - pow(MEAN_DECAY, steps)) / fmax(1, surprise);
    /* The average is short at first, so that the start does not linger in it. */
    const float keep = (float)fmin(decay, (1 + steps) / (10 + steps));
    for (size_t i = 0; i < adam->count; i++) {
        adam->values[i] -=
            (float)step * adam->mean[i] / (sqrtf(adam->square[i] * correct) + (float)EPSILON);
        adam->average[i] = keep * adam->average[i] + (1 - keep) * adam->values[i];
    }
    return norm;
}
